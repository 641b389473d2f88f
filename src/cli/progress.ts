/**
 * One line on a terminal that says how far a restore is, counted from the living server, and how many programs wait for their turn then;
 * it is erased at the end.
 * It only ever asks: a server that does not answer in time leaves the line as it was.
 */
import type { Context } from '../model/ports.js';
import { displayText } from '../model/text.js';
import { TEMPORARY_PREFIX, UNSETTLED_COMMAND } from '../model/unsettled.js';
import { runTmux, type TmuxTarget } from '../tmux/exec.js';
import { requested, type Request } from './saved-state.js';

/** A restore that is done by then needs no line, in ms. */
const FIRST_AFTER_MS = 1000;
const EVERY_MS = 250;
/** A server in the middle of a batch answers after it. */
const ANSWER_WITHIN_MS = 1000;

const ERASE = '\r\u001b[K';

/** The sessions of a server by id: whether every pane has got its own program. */
type Sessions = ReadonlyMap<string, { readonly name: string; readonly isSettled: boolean }>;

/** The line of one restore. */
export interface Progress {
  /** Everything is made, and so many programs wait for their turn. */
  starts(waiting: number): void;
  /** Erases the line. */
  end(): void;
}

const NO_PROGRESS: Progress = { starts: () => undefined, end: () => undefined };

/** Shows the progress of a restore that starts now, where stderr is a terminal. */
export async function startProgress(context: Context, request: Request): Promise<Progress> {
  if (!process.stderr.isTTY || process.env['TERM'] === 'dumb') return NO_PROGRESS;
  const target = { binary: context.tmux, socketPath: context.socketPath };
  const [before, wanted] = await Promise.all([look(target), requested(context, request)]);
  const live = new Set([...before.values()].map(({ name }) => name));
  const total = wanted.ok ? wanted.value.filter(({ session }) => !live.has(displayText(session.name))).length : 0;
  let hasEnded = false;
  let line = '';
  const say = (next: string): void => {
    if (next !== line) process.stderr.write(`${ERASE}${next}`);
    line = next;
  };
  const tick = async (): Promise<void> => {
    const now = await look(target);
    if (hasEnded) return;
    const done = [...now].filter(([id, { isSettled }]) => isSettled && !before.has(id)).length;
    const next = `restoring: ${String(Math.min(done, total))} of ${String(total)} sessions`;
    if (line === '' || now.size > 0) say(next);
    timer = setTimeout(() => void tick(), EVERY_MS);
  };
  let timer = total === 0 ? undefined : setTimeout(() => void tick(), FIRST_AFTER_MS);
  const stopCounting = (): void => {
    hasEnded = true;
    clearTimeout(timer);
  };
  return {
    starts: (waiting) => {
      stopCounting();
      say(
        `starting programs: ${String(waiting)} ${waiting === 1 ? 'waits' : 'wait'} for a turn (Ctrl-C leaves them to you)`,
      );
    },
    end: () => {
      stopCounting();
      if (line !== '') process.stderr.write(ERASE);
    },
  };
}

/** Returns the sessions that live now, by the pid of their server and their id; none where nobody answers. */
async function look(target: TmuxTarget): Promise<Sessions> {
  const isPlaceholder = `#{m:*${UNSETTLED_COMMAND.join(' ')}*,#{pane_start_command}}`;
  const format = `#{pid}#{session_id} #{pane_pid} ${isPlaceholder} #{session_name}`;
  const output = await runTmux(target, ['list-panes', '-a', '-F', format], { timeoutMs: ANSWER_WITHIN_MS });
  const sessions = new Map<string, { name: string; isSettled: boolean }>();
  if (!output.ok) return sessions;
  for (const row of output.value.stdout.toString('utf8').split('\n')) {
    const [, id = '', pid, placeholder, name = ''] = /^(\S+) (\d+) ([01]) (.*)$/.exec(row) ?? [];
    if (id === '') continue;
    const isMade = pid !== '0' && placeholder === '0' && !name.startsWith(TEMPORARY_PREFIX);
    sessions.set(id, { name: displayText(name), isSettled: isMade && (sessions.get(id)?.isSettled ?? true) });
  }
  return sessions;
}
