#!/bin/sh
# Installs the built bundle and its units. In the user's own folders it also enables and starts them (not with ENABLE=no).
set -eu
cd "$(dirname "$0")"
. ./folders.sh

node=$("${NODE:-node}" -p process.execPath) || { echo "install: node 20 or later is needed" >&2; exit 8; }
tmux=${TMUX_BINARY:-}
[ -n "$tmux" ] || { echo "install: tmux 3.2 or later is needed; install it, or name it with TMUX_BINARY=" >&2; exit 8; }

# escaped PATH: for systemd, where % begins a specifier, and for the replacement of sed.
escaped() { printf '%s' "$1" | sed -e 's/%/%%/g' -e 's/[&|\\]/\\&/g'; }

# fill FILE.in TARGET: units see a bare PATH, so they name everything in full.
fill() {
  sed -e "s|@NODE@|$(escaped "$node")|g" -e "s|@BUNDLE@|$(escaped "$bundle")|g" -e "s|@TMUX@|$(escaped "$tmux")|g" \
    "$1" >"$DESTDIR$2.new"
  chmod 644 "$DESTDIR$2.new"
  mv -f "$DESTDIR$2.new" "$DESTDIR$2"
}

mkdir -p "$DESTDIR$library" "$DESTDIR$commands" "$DESTDIR$units/tmux-spawn-.scope.d" "$DESTDIR$services"
# A running agent keeps the file that it was started from.
cp ../dist/tmux-persist.js "$DESTDIR$bundle.new"
chmod 755 "$DESTDIR$bundle.new"
mv -f "$DESTDIR$bundle.new" "$DESTDIR$bundle"
ln -sfn "$bundle" "$DESTDIR$commands/tmux-persist"
fill tmux-server.service.in "$units/tmux-server.service"
fill tmux-persist.service.in "$units/tmux-persist.service"
fill org.tmuxpersist.Agent1.service.in "$services/org.tmuxpersist.Agent1.service"
fill tmux-spawn-.scope.d/10-tmux-persist.conf "$units/tmux-spawn-.scope.d/10-tmux-persist.conf"
echo "installed $DESTDIR$commands/tmux-persist and its units in $DESTDIR$units"

[ "$own" = yes ] || exit 0
if ! has_manager; then
  echo "no systemd user manager answers here; without one run: tmux-persist agent --standalone"
  exit 0
fi
systemctl --user daemon-reload
[ "${ENABLE:-yes}" = yes ] || exit 0
systemctl --user enable --quiet tmux-persist.service
systemctl --user restart tmux-persist.service
case :$PATH: in *":$commands:"*) ;; *) echo "add $commands to your PATH to use the command by its name" ;; esac
"$node" "$bundle" status
