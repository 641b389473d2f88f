#!/bin/sh
# Removes what install.sh put there, and nothing else: the tmux server goes on, and what was saved is kept.
set -eu
cd "$(dirname "$0")"
. ./folders.sh

if [ "$own" = yes ]; then
  [ ! -e "$bundle" ] || "${NODE:-node}" "$bundle" uninstall
else
  units=$DESTDIR$prefix/lib/systemd/user
  for unit in tmux-server.service tmux-persist.service tmux-server@.service tmux-persist@.service \
    tmux-spawn-.scope.d/10-tmux-persist.conf; do rm -f "$units/$unit"; done
  rm -f "$DESTDIR$prefix/share/dbus-1/services/org.tmuxpersist.Agent1.service"
  rmdir "$units/tmux-spawn-.scope.d" 2>/dev/null || true
fi
rm -f "$DESTDIR$bundle" "$DESTDIR$commands/tmux-persist" "$DESTDIR$manual" "$DESTDIR$bash_words" "$DESTDIR$zsh_words" \
  "$DESTDIR$fish_words"
rmdir "$DESTDIR$library" 2>/dev/null || true
[ "$own" = yes ] || exit 0
# Empty, they were made for us.
rmdir "$commands" "$prefix/lib" 2>/dev/null || true
cd "$share" 2>/dev/null || exit 0
for folder in man/man1 bash-completion/completions zsh/site-functions fish/vendor_completions.d; do
  rmdir -p "$folder" 2>/dev/null || true
done
cd .. && rmdir "$share" 2>/dev/null || true
