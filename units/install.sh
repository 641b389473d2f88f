#!/bin/sh
# Installs the built program: a copy, a link, and its units. For a user the program itself does the rest; a packager gets files only.
set -eu
cd "$(dirname "$0")"
. ./folders.sh
mkdir -p "$DESTDIR$library" "$DESTDIR$commands"
# A running agent keeps the file that it was started from.
cp ../dist/tmux-persist.js "$DESTDIR$bundle.new"
chmod 755 "$DESTDIR$bundle.new"
mv -f "$DESTDIR$bundle.new" "$DESTDIR$bundle"
ln -sfn "$bundle" "$DESTDIR$commands/tmux-persist"

# beside FILE TARGET
beside() {
  mkdir -p "$DESTDIR$(dirname "$2")"
  cp "../dist/$1" "$DESTDIR$2.new"
  chmod 644 "$DESTDIR$2.new"
  mv -f "$DESTDIR$2.new" "$DESTDIR$2"
}
beside tmux-persist.1 "$manual"
beside completions/tmux-persist "$bash_words"
beside completions/_tmux-persist "$zsh_words"
beside completions/tmux-persist.fish "$fish_words"

if [ "$own" = no ]; then
  # What a package runs is where packages put it, and need not be on the machine that makes the package.
  case ${NODE:-} in
    /*) node=$NODE ;;
    *) if [ -n "$DESTDIR" ] || [ "$prefix" = /usr ]; then node=/usr/bin/node; else node=$(node -p process.execPath); fi ;;
  esac
  if [ -x "$node" ]; then run=$node; else run=node; fi
  "$run" ../dist/tmux-persist.js units "$DESTDIR$prefix" "$node" "$bundle" "${TMUX_BINARY:-/usr/bin/tmux}" >/dev/null
  echo "installed $DESTDIR$commands/tmux-persist and its units in $DESTDIR$prefix/lib/systemd/user"
  exit 0
fi

[ -z "${TMUX_BINARY:-}" ] || export TMUX_PERSIST_TMUX="$TMUX_BINARY"
echo "installed $commands/tmux-persist"
case :$PATH: in *":$commands:"*) ;; *) echo "add $commands to your PATH to use the command by its name" ;; esac
if [ "${ENABLE:-yes}" = no ]; then exec "${NODE:-node}" "$bundle" install --no-enable; fi
if ! systemctl --user show-environment >/dev/null 2>&1; then
  echo "no systemd user manager answers here; without one run: tmux-persist agent --standalone"
  exit 0
fi
exec "${NODE:-node}" "$bundle" install --now
