/**
 * Change events without an attached client: hooks at one fixed high index signal a wait-for channel, and one
 * blocked `tmux wait-for` is the ear. An event only says that something changed. Between two waits signals may be lost:
 * of two that nobody waits for the second takes the first one back (cmd-wait-for.c, cmd_wait_for_signal). So what
 * happened is looked at only when the next wait is in place, and the waiter's end tells of the server's death.
 */
import { ok, type Result } from '../model/failure.js';
import { quote } from './codec.js';
import { sourceLines, spawnTmux, type TmuxTarget } from './exec.js';

/** The index of our entry in each hook array: high, so that the user's own entries keep theirs. */
const HOOK_INDEX = 8317;
const CHANNEL = 'tmux-persist';

/**
 * The hooks of structure. Titles have none: spinners in titles would wake us many times a second, and the slow
 * look sees them. A name that this tmux does not know is refused for itself alone.
 */
const HOOKS = [
  'session-created session-closed session-renamed session-window-changed client-attached client-detached client-session-changed',
  'window-linked window-unlinked window-renamed window-layout-changed window-pane-changed window-resized pane-died pane-exited',
  'after-new-session after-new-window after-split-window after-kill-pane after-rename-session after-rename-window',
  'after-select-layout after-select-pane after-select-window after-resize-pane after-resize-window after-link-window',
  'after-unlink-window after-swap-pane after-rotate-window after-respawn-pane after-set-option after-set-environment',
].flatMap((line) => line.split(' '));

const isSession = /^\$\d+$/;

/** Puts our entry into the global hook arrays, and into the arrays that a session has of its own: those shadow the global ones. */
export async function installHooks(target: TmuxTarget, sessionIds: readonly string[] = []): Promise<Result<void>> {
  const lines = HOOKS.map(
    (hook) => `set-hook -g ${quote(`${hook}[${String(HOOK_INDEX)}]`)} ${quote(`wait-for -S ${CHANNEL}`)}`,
  );
  const globally = await sourceLines(target, lines);
  if (!globally.ok) return globally;
  const shadowed = await shadowingHooks(target, sessionIds);
  if (shadowed.length > 0) await sourceLines(target, shadowed);
  return ok(undefined);
}

/** Returns whether our entry is still in the global hooks; a reload of a tmux.conf can drop it. */
export async function hooksInstalled(target: TmuxTarget): Promise<Result<boolean>> {
  // Hooks of windows and panes are listed with -w alone since tmux 3.2 (options-table.c).
  const output = await sourceLines(target, ['show-hooks -g', 'show-hooks -gw']);
  if (!output.ok) return output;
  const ours = new Set(
    output.value.stdout.toString('utf8').match(new RegExp(`^[a-z-]+(?=\\[${String(HOOK_INDEX)}\\])`, 'gm')),
  );
  // The names that every supported version has; the rest may be unknown to this one.
  return ok(
    [
      'session-created',
      'session-closed',
      'window-linked',
      'window-unlinked',
      'window-layout-changed',
      'after-split-window',
    ].every((hook) => ours.has(hook)),
  );
}

/** Takes our entries out of every hook array; the user's entries stay as they are. */
export async function removeHooks(target: TmuxTarget, sessionIds: readonly string[]): Promise<Result<void>> {
  const entry = (hook: string): string => quote(`${hook}[${String(HOOK_INDEX)}]`);
  const lines = HOOKS.map((hook) => `set-hook -gu ${entry(hook)}`);
  const local = await shadowingHooks(target, sessionIds, true);
  const output = await sourceLines(target, [...lines, ...local]);
  return output.ok ? ok(undefined) : output;
}

/** Returns the commands that add (or remove) our entry in hook arrays that single sessions have of their own. */
async function shadowingHooks(target: TmuxTarget, sessionIds: readonly string[], remove = false): Promise<string[]> {
  const ids = sessionIds.filter((id) => isSession.test(id));
  if (ids.length === 0) return [];
  const output = await sourceLines(
    target,
    ids.flatMap((id) => [`display-message -p ${quote(`session ${id}`)}`, `show-hooks -t ${quote(id)}`]),
  );
  if (!output.ok) return [];
  const lines: string[] = [];
  let session = '';
  const known = new Set(HOOKS);
  const done = new Set<string>();
  for (const line of output.value.stdout.toString('utf8').split('\n')) {
    const header = /^session (\$\d+)$/.exec(line);
    const hook = /^([a-z-]+)\[\d+\]/.exec(line)?.[1];
    if (header?.[1] !== undefined) session = header[1];
    else if (hook !== undefined && known.has(hook) && !done.has(`${session} ${hook}`)) {
      done.add(`${session} ${hook}`);
      const entry = quote(`${hook}[${String(HOOK_INDEX)}]`);
      lines.push(
        remove
          ? `set-hook -u -t ${quote(session)} ${entry}`
          : `set-hook -t ${quote(session)} ${entry} ${quote(`wait-for -S ${CHANNEL}`)}`,
      );
    }
  }
  return lines;
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
  const child = spawnTmux(target, ['display-message', '-p', 'ready', ';', 'wait-for', CHANNEL]);
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
