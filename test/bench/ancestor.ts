/**
 * How this program's ancestor saved, every five minutes: one line a session of its name, its directory, and the conversation that is
 * found in the command lines below its first pane. Every question is a process of its own.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchServer } from './server.js';

const SCRIPT = `
socket=$1 out=$2
ask() { tmux -u -S "$socket" "$@"; }
conversation() {
  grep -ao '[0-9a-f]\\{8\\}-[0-9a-f]\\{4\\}-[0-9a-f]\\{4\\}-[0-9a-f]\\{4\\}-[0-9a-f]\\{12\\}' "/proc/$1/cmdline" 2>/dev/null | head -n 1
}
descend() {
  local id child
  id=$(conversation "$1")
  if [ -n "$id" ]; then echo "$id"; return; fi
  for child in $(pgrep -P "$1"); do descend "$child"; done
}
ask list-sessions -F '#{session_name}' | while IFS= read -r name; do
  directory=$(ask display-message -p -t "=$name:" '#{pane_current_path}')
  pid=$(ask list-panes -t "=$name:" -F '#{pane_pid}' | head -n 1)
  printf '%s\\t%s\\t%s\\n' "$name" "$directory" "$(descend "$pid" | head -n 1)"
done >"$out.new"
mv "$out.new" "$out"
`;

/** Saves the server as the ancestor did; throws unless every session is in the file. */
export function runAncestor(server: BenchServer, folder: string, sessions: number): void {
  const out = join(folder, 'ancestor.tsv');
  execFileSync('bash', ['-c', SCRIPT, 'ancestor', server.socket, out], { env: server.environment() });
  const lines = readFileSync(out, 'utf8').split('\n').length - 1;
  if (lines !== sessions) throw new Error(`the ancestor's way saved ${lines} sessions of ${sessions}`);
}
