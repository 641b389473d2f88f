/**
 * Decides what in a status keeps its user from being protected, each with the way out.
 */
import type { Manifest, Pending } from './manifest.js';
import type { Problem, StatusReport } from './report.js';
import { oneLine, shellQuote } from './shell-words.js';
import { STALE_SECONDS } from './status-line.js';
import { displayText } from './text.js';
import { ageWords } from './time-words.js';

/** What the problems of a status are told by. */
export interface Standing extends Pick<StatusReport, 'lingering'> {
  readonly agent: Pick<StatusReport['agent'], 'running' | 'pid'> & { readonly isHalted?: boolean };
  readonly server: Pick<NonNullable<StatusReport['server']>, 'sessions' | 'unit'> | null;
  /** Of what is saved, when it was last confirmed. */
  readonly manifest: Pick<NonNullable<StatusReport['manifest']>, 'ageSeconds'> | null;
}

/** What a person types on this machine for this socket. */
export interface Commands {
  /** `tmux-persist`, with the socket where it is not the default one. */
  readonly program: string;
  /** What has an agent serve the socket from now on. */
  readonly start: string;
  /** What shows what the agent wrote. */
  readonly log: string;
}

/** The commands of the default socket. */
const DEFAULT_COMMANDS: Commands = {
  program: 'tmux-persist',
  start: 'tmux-persist install --now',
  log: 'journalctl --user -u tmux-persist',
};

/** Returns the problems of a status, the gravest first; each hint is one command that can be pasted. */
export function statusProblems(
  status: Standing,
  manifest: Manifest | null,
  { program, start, log }: Commands = DEFAULT_COMMANDS,
): Problem[] {
  const problems: Problem[] = [];
  const { agent, server } = status;
  const age = status.manifest?.ageSeconds ?? 0;
  if (!agent.running) {
    problems.push({
      code: 'agent-not-running',
      message: 'no agent is running: nothing is saved, and nothing comes back by itself',
      hint: start,
    });
  }
  if (agent.isHalted === true) {
    const pid = String(agent.pid);
    const message = `the agent (pid ${pid}) was halted by a signal: until it goes on nothing is saved`;
    problems.push({ code: 'agent-halted', message, hint: `kill -CONT ${pid}` });
  }
  if (manifest === null && server !== null && server.sessions > 0) {
    problems.push({ code: 'nothing-saved', message: 'nothing is saved yet', hint: `${program} save` });
  }
  if (agent.running && agent.isHalted !== true && server !== null && age > STALE_SECONDS) {
    problems.push({
      code: 'stale',
      message: `the agent runs, but the saved state was last confirmed ${ageWords(age)} ago`,
      hint: log,
    });
  }
  if (status.lingering === false) {
    problems.push({
      code: 'lingering-off',
      message:
        'lingering is off: your last logout may end all sessions, and after a reboot nothing comes back before you log in',
      hint: 'loginctl enable-linger',
    });
  }
  if (server?.unit != null && server.unit.endsWith('.scope') && /session-/.test(server.unit)) {
    problems.push({
      code: 'login-scope',
      message: `the tmux server lives in ${server.unit}, which may end with that login`,
      hint: `${program} adopt`,
    });
  }
  const pending = manifest?.pending ?? [];
  const waiting = pending.filter(({ how, part }) => !part && how !== 'closing' && how !== 'skipped');
  if (waiting.length > 0 && server !== null) {
    problems.push({
      code: 'not-restored',
      message: `${waiting.length === 1 ? 'a session is' : `${String(waiting.length)} sessions are`} not back: ${namesOf(waiting)}${DROPPED}`,
      hint: `${program} restore`,
    });
  }
  const parts = pending.filter(({ part }) => part);
  if (parts.length > 0 && server !== null) {
    problems.push({
      code: 'windows-lost',
      message: `memory trouble took windows or panes out of: ${namesOf(parts)}${DROPPED}`,
      hint: `${program} restore${firstOf(parts)}`,
    });
  }
  const skipped = pending.filter(({ how, part }) => !part && how === 'skipped');
  if (skipped.length > 0) {
    problems.push({
      code: 'name-taken',
      message: `a session of the same name was there first, so what was saved is kept aside: ${namesOf(skipped)}; once the live one is renamed, 'tmux-persist restore NAME' brings it back, and 'forget NAME' drops it`,
      hint: `${program} forget${firstOf(skipped)}`,
    });
  }
  return problems;
}

/** Returns what is to be said of servers that live without the socket that they made; `isTaken` says that another one answers there. */
export function unreachableServers(pids: readonly number[], socketPath: string, isTaken: boolean): Problem[] {
  if (pids.length === 0) return [];
  const [who, verb] = pids.length === 1 ? ['a tmux server', 'lives'] : [`${String(pids.length)} tmux servers`, 'live'];
  return [
    {
      code: 'unreachable-server',
      message: `${who} (pid ${pids.join(', ')}) ${verb} without a socket: what runs there goes on, and nobody reaches it; ${isTaken ? 'ending it ends all that runs in it, and what was saved of it is in the server that answers, or kept' : 'an agent has the socket made again once nothing is in its way'}`,
      hint: isTaken ? `ps -o pid,lstart,args -p ${pids.join(',')}` : `ls -ld ${shellQuote(socketPath)}`,
    },
  ];
}

const DROPPED = ' (to drop one: tmux-persist forget NAME)';

/** As many names as a sentence holds, and as many characters as a name in it. */
const NAMES = 5;
const NAME_LENGTH = 40;

/** The first names of what waits, each once. */
function namesOf(entries: readonly Pending[]): string {
  const names = [...new Set(entries.map(({ session }) => shortName(oneLine(session.name))))];
  const more = names.length - NAMES;
  return `${names.slice(0, NAMES).join(', ')}${more > 0 ? ` and ${String(more)} more` : ''}`;
}

/** Returns a name that fits into a sentence. */
export function shortName(name: string): string {
  const letters = Array.from(name);
  return letters.length > NAME_LENGTH ? `${letters.slice(0, NAME_LENGTH - 3).join('')}...` : name;
}

/** The name of what waits as a word for the shell; one that begins with - is no option. */
function firstOf(entries: readonly Pending[]): string {
  const name = displayText(entries[0]?.session.name ?? '');
  return `${name.startsWith('-') ? ' --' : ''} ${shellQuote(name)}`;
}
