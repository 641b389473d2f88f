#!/bin/sh
# Installs what the tests need, from the host's own Debian packages. It says and does nothing where everything is there,
# where it may not (not root) or can't (no apt-get): the tests then name what is missing.
set -eu

[ "$(id -u)" = 0 ] || exit 0
command -v apt-get >/dev/null || exit 0

# COMMAND:PACKAGE; the demo needs no more than tmux.
wanted='tmux:tmux dbus-daemon:dbus gdbus:libglib2.0-bin busctl:systemd systemd-analyze:systemd less:less vi:vim-tiny
  ps:procps script:bsdutils setpriv:util-linux faketime:faketime
  strace:strace mkfs.ext4:e2fsprogs zsh:zsh fish:fish busybox:busybox dh:debhelper lintian:lintian
  groff:groff-base man:man-db mandoc:mandoc'
[ "${TMUX_PERSIST_SKIP_MACHINES:-}" = 1 ] || wanted="$wanted systemd-nspawn:systemd-container debootstrap:debootstrap
  chromium-headless-shell:chromium-headless-shell"

[ "${1:-}" != demo ] || wanted=tmux:tmux

missing=
for pair in $wanted; do
  command -v "${pair%%:*}" >/dev/null || missing="$missing ${pair#*:}"
done
[ -n "$missing" ] || exit 0

echo "installing$missing"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# shellcheck disable=SC2086 # the list is split into words on purpose
# An index that can not be refreshed (a third party, say) need not hold up the packages that are asked for.
if { apt-get update -q || true; apt-get install -q -y --no-install-recommends $missing; } >"$log" 2>&1; then exit 0; fi
cat "$log" >&2
exit 1
