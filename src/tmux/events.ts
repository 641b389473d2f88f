/**
 * Change events without an attached client: hooks at one fixed high index signal a wait-for channel, and one
 * blocked `tmux wait-for` is the ear. An event only says that something changed. Between two waits signals may be lost:
 * of two that nobody waits for the second takes the first one back (cmd-wait-for.c, cmd_wait_for_signal). So what
 * happened is looked at only when the next wait is in place, and the waiter's end tells of the server's death.
 */
import { ok, type Result } from '../model/failure.js';
import { quote } from './codec.js';
import { sourceLines, spawnTmux, type TmuxTarget } from './exec.js';
import { askFramed, type Question } from './framed.js';
import { KEEP_OPTION } from './step-lines.js';

/** The index of our entry in each hook array: high, so that the user's own entries keep theirs. */
export const HOOK_INDEX = 8317;
const CHANNEL = 'tmux-persist';

/** The hidden variable that counts changes of options, environments and buffers; a format reads it, no pane ever gets it. */
export const CHANGES_VARIABLE = 'TMUX_PERSIST_CHANGES';

// The end of any client ends every session that destroy-unattached tells to, and tmux before 3.8 crashes when a client that is just
// detaching still shows one (server-fn.c, server_check_unattached; fixed in 72c5037f). A key's commands may detach right after what
// woke us, so the waiter of such a server stays until that is over.
const HAS_UNATTACHED_END = '#{m/r:1|on|keep,#{S:#{destroy-unattached} }}';
const LINGER = 'run-shell -d 0.1';

const WAKE = `wait-for -S ${CHANNEL}`;
// Commands of hooks run no hooks, so that counting does not count itself (cmd-queue.c, CMDQ_STATE_NOHOOKS).
const COUNT = `set-environment -Fgh ${CHANGES_VARIABLE} "#{e|+|:#{${CHANGES_VARIABLE}},1}" ; ${WAKE}`;
const RELEASE = `if-shell -F "#{${KEEP_OPTION}}" { set-option -u destroy-unattached ; set-option -u ${KEEP_OPTION} } ; ${WAKE}`;

/**
 * The hooks of structure, of a client's coming, and of what is set, each with the command of our entry. Titles have none: spinners in
 * titles would wake us many times a second, and the slow look sees them. Not every tmux has every name.
 */
const HOOKS = new Map(
  Object.entries({
    [WAKE]: [
      'session-created session-closed session-renamed session-window-changed client-detached window-linked window-unlinked',
      'window-renamed window-layout-changed window-pane-changed window-resized pane-died pane-exited marked-pane-changed',
      'after-new-session after-new-window after-split-window after-kill-pane after-rename-session after-rename-window',
      'after-select-layout after-select-pane after-select-window after-resize-pane after-resize-window after-swap-window',
    ],
    [RELEASE]: ['client-attached client-session-changed'],
    [COUNT]: [
      'after-set-option after-set-environment after-set-buffer after-load-buffer after-delete-buffer after-set-hook',
    ],
  }).flatMap(([command, lines]) => lines.flatMap((line) => line.split(' ')).map((hook) => [hook, command] as const)),
);

/** Returns the questions whose answers say which hooks there are: globally, and in the sessions that have arrays of their own. */
export const hookQuestions = (sessionIds: readonly string[]): Question[] => [
  // Hooks of windows and panes are listed with -w alone since tmux 3.2 (options-table.c).
  { about: null, commands: ['show-hooks -g', 'show-hooks -gw'] },
  ...sessionIds
    .filter((id) => isSession.test(id))
    .map((id) => ({ about: id, commands: [`show-hooks -t ${quote(id)}`] })),
];

const isSession = /^\$\d+$/;

/**
 * Returns the commands that put our entries where they are missing, from the answers to `hookQuestions`: into the global arrays, and
 * into those that a session has of its own, which shadow the global ones. A tmux lists all the hooks that it knows.
 */
export function missingHooks(questions: readonly Question[], answers: readonly (Buffer | null)[]): string[] {
  return questions.flatMap(({ about }, at) =>
    [...arraysOf(answers[at] ?? null)].flatMap(([hook, ours]) => {
      const command = HOOKS.get(hook) ?? '';
      return ours !== null && unquoted(ours) === unquoted(command) ? [] : `${entry(about, hook, '')} ${quote(command)}`;
    }),
  );
}

/** tmux prints a command with quotes of its own choice. */
const unquoted = (command: string): string => command.replaceAll(/["']/g, '');

const entry = (session: string | null, hook: string, flags: string): string =>
  `set-hook ${session === null ? `-g${flags}` : `${flags === '' ? '' : `-${flags} `}-t ${quote(session)}`} ${quote(`${hook}[${String(HOOK_INDEX)}]`)}`;

/** Returns the hook arrays of a listing that we have an entry for, each with the command of the entry that is there. */
function arraysOf(listing: Buffer | null): Map<string, string | null> {
  const arrays = new Map<string, string | null>();
  for (const line of (listing ?? '').toString().split('\n')) {
    const [, hook = '', index, command = ''] = /^([a-z-]+)(?:\[([\w-]+)\] (.*))?$/.exec(line) ?? [];
    if (!HOOKS.has(hook)) continue;
    arrays.set(hook, index === String(HOOK_INDEX) ? command : (arrays.get(hook) ?? null));
  }
  return arrays;
}

/** Puts our entry into the global hook arrays, and into the arrays that a session has of its own; what is there is left alone. */
export async function installHooks(target: TmuxTarget, sessionIds: readonly string[] = []): Promise<Result<void>> {
  const questions = hookQuestions(sessionIds);
  const answers = await askFramed(target, questions);
  return answers.ok ? setHooks(target, missingHooks(questions, answers.value)) : answers;
}

/** Runs what `missingHooks` returned. */
export async function setHooks(target: TmuxTarget, lines: readonly string[]): Promise<Result<void>> {
  const output = lines.length === 0 ? ok(undefined) : await sourceLines(target, lines);
  return output.ok ? ok(undefined) : output;
}

/** Takes our entries out of every hook array; the user's entries stay as they are. */
export async function removeHooks(target: TmuxTarget, sessionIds: readonly string[]): Promise<Result<void>> {
  const questions = hookQuestions(sessionIds);
  const answers = await askFramed(target, questions);
  if (!answers.ok) return answers;
  const lines = questions.flatMap(({ about }, at) =>
    [...arraysOf(answers.value[at] ?? null)].flatMap(([hook, ours]) => (ours === null ? [] : entry(about, hook, 'u'))),
  );
  return setHooks(target, [...lines, `set-environment -gu ${CHANGES_VARIABLE}`]);
}

/** How a blocked wait ended. */
export type WaitEnd =
  /** Something changed, or the server came to an orderly end: a look tells. */
  | 'signalled'
  /** The client lost its server without an answer: a crash, or a client of another version. */
  | 'broken'
  /** We ended it ourselves. */
  | 'stopped';

/** One blocked `tmux wait-for`. */
export interface Waiter {
  /** Resolves when the wait is in place: whatever changes after that ends it. Never resolves when it fails before. */
  readonly ready: Promise<void>;
  readonly ended: Promise<WaitEnd>;
  stop(): void;
}

/** Blocks a tmux client on our channel until something changes or the server is gone; it has no deadline, by design. */
export function startWaiter(target: TmuxTarget): Waiter {
  // The server runs both in one go, so that what the first one prints says that the second one waits.
  const wait = ['display-message', '-p', 'ready', ';', 'wait-for', CHANNEL];
  const child = spawnTmux(target, [...wait, ';', 'if-shell', '-F', HAS_UNATTACHED_END, LINGER]);
  const ready = new Promise<void>((resolve) => {
    child.stdout.once('data', () => {
      resolve();
    });
  });
  let stopped = false;
  const ended = new Promise<WaitEnd>((resolve) => {
    const finish = (exitCode: number | null): void => {
      child.stdout.destroy();
      child.stderr.destroy();
      if (stopped) resolve('stopped');
      else resolve(exitCode === 0 ? 'signalled' : 'broken');
    };
    // The exit, not the end of the output: a stopped server, and some versions always, keep the client's output open.
    child.once('exit', finish);
    void child.then((result) => {
      if (result.failed) finish(null);
    });
  });
  return {
    ready,
    ended,
    stop: () => {
      stopped = true;
      child.kill('SIGKILL');
    },
  };
}
