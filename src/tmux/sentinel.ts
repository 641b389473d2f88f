/**
 * Tells how a server ended. One more blocked client, on a channel that nobody signals: a server that exits in order
 * answers every waiter before it goes (cmd-wait-for.c, cmd_wait_for_flush), a killed or crashed one answers nobody. The
 * waiter for changes can't tell the two apart, for it may just have been answered for a change.
 */
import { spawnTmux, type TmuxTarget } from './exec.js';

const CHANNEL = 'tmux-persist-end';

/** An answer within this time, in ms, was the one left over from the start. */
const LEFT_OVER_MS = 500;

/** How a server ended; a client of another version may say `crashed` of a server that lives. */
export type ServerEnd = 'orderly' | 'crashed';

/** One blocked client. */
export interface Sentinel {
  readonly ended: Promise<ServerEnd>;
  stop(): void;
}

/** Blocks a client until its server ends. */
export function startSentinel(target: TmuxTarget): Sentinel {
  const startedAt = performance.now();
  // The signal releases what a killed agent left blocked here; where there was none, it answers our own first wait at once.
  let child = spawnTmux(target, ['wait-for', '-S', CHANNEL, ';', 'wait-for', CHANNEL]);
  let stopped = false;
  const ended = answerOf(child).then(async (first): Promise<ServerEnd> => {
    if (first === 'crashed' || stopped || performance.now() - startedAt > LEFT_OVER_MS) return first;
    child = spawnTmux(target, ['wait-for', CHANNEL]);
    return answerOf(child);
  });
  return {
    ended,
    stop: () => {
      stopped = true;
      child.kill('SIGKILL');
    },
  };
}

/** Returns what the exit of a client tells; the end of its output may come later, or never (see exec.ts). */
function answerOf(child: ReturnType<typeof spawnTmux>): Promise<ServerEnd> {
  return new Promise((resolve) => {
    const finish = (exitCode: number | null): void => {
      child.stdout.destroy();
      child.stderr.destroy();
      resolve(exitCode === 0 ? 'orderly' : 'crashed');
    };
    child.once('exit', finish);
    // A client that could not be started has no exit.
    void child.then((result) => {
      if (result.failed) finish(null);
    });
  });
}
