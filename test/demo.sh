#!/bin/sh
# The main job, for real: three sessions, their server killed, everything back. It has its own folder and its own socket,
# needs neither systemd nor root, and leaves nothing behind. 'make demo' installs and builds first.
set -eu
started=$(date +%s%3N)
bundle=$(cd "$(dirname "$0")/.." && pwd)/dist/tmux-persist.js
command -v tmux >/dev/null || { echo "demo: tmux 3.2 or later is needed (Debian: apt-get install tmux)" >&2; exit 8; }

# Short: the path of a socket may hold 107 bytes (unix(7)).
home=$(mktemp -d /tmp/tmux-persist-demo.XXXXXX)
unset TMUX TMUX_PANE XDG_STATE_HOME XDG_CONFIG_HOME
export HOME="$home" TMUX_TMPDIR="$home" PS1='$ ' ENV=/dev/null
tmux_() { tmux -u -L demo -f /dev/null "$@"; }
persist() { "${NODE:-node}" "$bundle" -L demo "$@"; }
agent=
clean() {
  [ -z "$agent" ] || kill "$agent" 2>/dev/null || true
  tmux_ kill-server 2>/dev/null || true
  [ -z "$agent" ] || wait "$agent" 2>/dev/null || true
  rm -rf "$home"
}
trap clean EXIT
trap 'exit 130' INT TERM

# within SECONDS WHAT COMMAND...: waits until the command succeeds.
within() {
  end=$(($(date +%s) + $1)); what=$2; shift 2
  until "$@" >/dev/null 2>&1; do
    [ "$(date +%s)" -lt "$end" ] || { echo "demo: waited in vain for $what" >&2; cat "$home/agent.log" >&2; exit 1; }
    sleep 0.02
  done
}
picture() {
  tmux_ list-panes -a -F '#{session_name}|#{window_index}:#{window_name}|#{pane_index}|#{pane_width}x#{pane_height}|#{pane_current_path}|#{?window_zoomed_flag,zoomed ,}#{?pane_active,active,}' |
    sed "s|$home|~|" | awk -F'|' '{
      if ($1 != session) print "  " $1; session = $1
      printf "    %-10s pane %s  %-7s %-14s %s\n", $2, $3, $4, $5, $6 }'
}
shows_scrollback() { tmux_ capture-pane -p -t =api:logs -S - | grep -q '^the line that must survive$'; }
all_back() { [ "$(picture)" = "$before" ]; }
has_answer() { persist status --json | grep -q '"state": "watching"'; }
is_saved() { persist show | grep -q '^docs'; }

mkdir -p "$home/api" "$home/web/src" "$home/docs"
"${NODE:-node}" "$bundle" -L demo agent --standalone >"$home/agent.log" 2>&1 &
agent=$!
tmux_ new-session -d -s api -n editor -x 120 -y 40 -c "$home/api" sh
tmux_ split-window -h -t =api:editor -c "$home/api" sh
tmux_ split-window -v -t =api:editor -c "$home/web" sh
tmux_ new-window -d -n logs -t =api: -c "$home/api" sh
tmux_ new-session -d -s 'web app' -n build -x 120 -y 40 -c "$home/web" sh
tmux_ split-window -v -t '=web app:build' -c "$home/web/src" sh
tmux_ resize-pane -Z -t '=web app:build'
tmux_ new-session -d -s docs -n notes -x 80 -y 24 -c "$home/docs" sh
tmux_ send-keys -t =api:logs "echo 'the line that must survive'" Enter
within 10 "the line in a pane" shows_scrollback
within 10 "the agent" has_answer
within 10 "the sessions on disk" is_saved
persist save >/dev/null

before=$(picture)
echo "Before:"
echo "$before"
server=$(tmux_ display-message -p '#{pid}')
killed=$(date +%s%3N)
kill -9 "$server"
echo
echo "kill -9 $server: the tmux server is dead. Nobody presses a key."
within 20 "everything to be back" all_back
back=$(date +%s%3N)
within 10 "the scrollback" shows_scrollback
within 10 "the agent to finish" has_answer
echo
echo "After:"
picture
echo
echo "In the scrollback of api:logs: $(tmux_ capture-pane -p -t =api:logs -S - | grep '^the line that must')"
echo
persist status
echo
echo "Everything was back $((back - killed)) ms after the kill. The demo took $(($(date +%s%3N) - started)) ms."
