/**
 * Decides what in a status keeps its user from being protected, each with the way out.
 */
import type { Manifest, Pending } from './manifest.js';
import type { Problem, StatusReport } from './report.js';
import { displayText } from './text.js';

/** A state that was not confirmed for so long, in seconds, is worth a word: the agent looks every 15 s. */
const STALE_SECONDS = 60;

/** Returns the problems of a status, the gravest first. */
export function statusProblems(status: Omit<StatusReport, 'problems'>, manifest: Manifest | null): Problem[] {
  const problems: Problem[] = [];
  const { agent, server } = status;
  if (!agent.running) {
    problems.push({
      code: 'agent-not-running',
      message: 'no agent is running: nothing is saved, and nothing comes back by itself',
      hint: 'systemctl --user enable --now tmux-persist',
    });
  }
  if (manifest === null && server !== null && server.sessions > 0) {
    problems.push({ code: 'nothing-saved', message: 'nothing is saved yet', hint: 'tmux-persist save' });
  }
  if (agent.running && server !== null && status.manifest !== null && status.manifest.ageSeconds > STALE_SECONDS) {
    problems.push({
      code: 'stale',
      message: `the agent runs, but the saved state was last confirmed ${String(status.manifest.ageSeconds)} s ago`,
      hint: 'journalctl --user -u tmux-persist',
    });
  }
  if (server?.unit != null && server.unit.endsWith('.scope') && /session-/.test(server.unit)) {
    problems.push({
      code: 'login-scope',
      message: `the tmux server lives in ${server.unit}, which may end with that login`,
      hint: 'the next server will live in tmux-server.service',
    });
  }
  const pending = manifest?.pending ?? [];
  const waiting = pending.filter(({ how, part }) => !part && how !== 'closing' && how !== 'skipped');
  if (waiting.length > 0 && server !== null) {
    problems.push({
      code: 'not-restored',
      message: `${waiting.length === 1 ? 'a session is' : `${String(waiting.length)} sessions are`} not back: ${namesOf(waiting)}`,
      hint: 'tmux-persist restore; tmux-persist forget NAME for what is not wanted any more',
    });
  }
  const parts = pending.filter(({ part }) => part);
  if (parts.length > 0 && server !== null) {
    problems.push({
      code: 'windows-lost',
      message: `memory trouble took windows or panes out of: ${namesOf(parts)}`,
      hint: 'tmux-persist restore NAME; tmux-persist forget NAME for what is not wanted any more',
    });
  }
  const skipped = pending.filter(({ how, part }) => !part && how === 'skipped');
  if (skipped.length > 0) {
    problems.push({
      code: 'name-taken',
      message: `a session of the same name was there first, so what was saved is kept aside: ${namesOf(skipped)}`,
      hint: 'rename the live session with tmux rename-session, then run: tmux-persist restore NAME; or tmux-persist forget NAME',
    });
  }
  return problems;
}

/** Returns what is to be said of servers that live without the socket that they made; `isTaken` says that another one answers there. */
export function unreachableServers(pids: readonly number[], socketPath: string, isTaken: boolean): Problem[] {
  const [pid = 0] = pids;
  if (pids.length === 0) return [];
  const [who, verb] = pids.length === 1 ? ['a tmux server', 'lives'] : [`${String(pids.length)} tmux servers`, 'live'];
  return [
    {
      code: 'unreachable-server',
      message: `${who} (pid ${pids.join(', ')}) ${verb} without a socket: what runs there goes on, and nobody reaches it`,
      hint: isTaken
        ? `kill ${String(pid)} ends it and all that runs in it; what was saved of it is in the server that answers, or kept`
        : `ls -ld '${displayText(socketPath)}': an agent has the socket made again once nothing is in its way`,
    },
  ];
}

/** The first names of what waits, each once. */
function namesOf(entries: readonly Pending[]): string {
  const names = [...new Set(entries.map(({ session }) => displayText(session.name)))];
  return `${names.slice(0, 5).join(', ')}${names.length > 5 ? ' ...' : ''}`;
}
