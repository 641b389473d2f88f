#!/bin/sh
# Removes what install.sh wrote, and nothing else: the tmux server goes on, and what was saved is kept.
set -eu
cd "$(dirname "$0")"
. ./folders.sh

if [ "$own" = yes ] && has_manager; then
  # Disabled first: an agent that is stopped for good takes its hooks out of the server.
  systemctl --user disable --quiet tmux-persist.service tmux-server.service 2>/dev/null || true
  systemctl --user stop tmux-persist.service 2>/dev/null || true
fi
rm -f "$DESTDIR$bundle" "$DESTDIR$commands/tmux-persist" "$DESTDIR$units/tmux-server.service" \
  "$DESTDIR$units/tmux-persist.service" "$DESTDIR$services/org.tmuxpersist.Agent1.service" \
  "$DESTDIR$units/tmux-spawn-.scope.d/10-tmux-persist.conf"
rmdir "$DESTDIR$library" "$DESTDIR$units/tmux-spawn-.scope.d" 2>/dev/null || true
if [ "$own" = yes ] && has_manager; then systemctl --user daemon-reload; fi
echo "removed; the saved state stays in ${XDG_STATE_HOME:-$HOME/.local/state}/tmux-persist"
