#!/bin/sh
# Builds the Debian package of this checkout into a folder (build/deb): a source tree for debhelper is put together there.
# The same input gives the same bytes: its only date is SOURCE_DATE_EPOCH, or that of the last commit.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
out=${1:-$top/build/deb}
NODE=${NODE:-node}

command -v dh >/dev/null || { echo "make deb: the Debian package debhelper is needed" >&2; exit 1; }
version=$("$NODE" -p 'require(process.argv[1]).version' "$top/package.json")
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$top" log -1 --format=%ct 2>/dev/null || stat -c %Y "$top/package.json")}
maintainer="${DEBFULLNAME:-The tmux-persist authors} <${DEBEMAIL:-tmux-persist@packages.invalid}>"

tree=$out/tmux-persist-$version
rm -rf "$tree"
mkdir -p "$tree"
cp -R "$top/units/debian" "$tree/debian"
cd "$tree"
sed -i "s|@MAINTAINER@|$maintainer|" debian/control
cat >debian/changelog <<END
tmux-persist ($version-1) unstable; urgency=medium

  * What has changed is in changelog.gz beside this file.

 -- $maintainer  $(LC_ALL=C date -u -d "@$SOURCE_DATE_EPOCH" '+%a, %d %b %Y %H:%M:%S +0000')
END
"$NODE" debian/copyright.mjs "$top/LICENSE" "$top/dist/LICENSES" >debian/copyright
# Folders that debhelper makes get the mode of every other.
umask 022
export SOURCE_DATE_EPOCH NODE TOP="$top" DEB_RULES_REQUIRES_ROOT=no DH_QUIET=1
debian/rules binary >"$out/build.log" 2>&1 || { cat "$out/build.log" >&2; exit 1; }
rm -rf "$tree" "$out/build.log"
echo "built $out/tmux-persist_$version-1_all.deb"
