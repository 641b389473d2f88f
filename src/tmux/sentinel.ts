/**
 * Tells how a server ended. One more blocked client, on a channel that nobody signals: a server that exits in order
 * answers every waiter before it goes (cmd-wait-for.c, cmd_wait_for_flush), a killed or crashed one answers nobody. The
 * waiter for changes can't tell the two apart, for it may just have been answered for a change.
 */
import { spawnTmux, type TmuxTarget } from './exec.js';

const CHANNEL = 'tmux-persist-end';

/** How long output may trail the exit of the client, in ms. */
const DRAIN_MS = 50;

/** How a server ended; a client of another version may say `crashed` of a server that lives. */
export type ServerEnd = 'orderly' | 'crashed';

/** One blocked client. */
export interface Sentinel {
  /** Its server may live all the same: another client that gets a place there proves it. */
  readonly ended: Promise<ServerEnd>;
  /** Returns whether the server took the client in; for one that has ended. */
  wasTakenIn(): boolean;
  stop(): void;
}

/**
 * Blocks a client until its server ends. The first one `releases` what a killed agent left blocked here; where there was none,
 * it is answered itself, at once, and another one has to take its place.
 */
export function startSentinel(target: TmuxTarget, { releases }: { readonly releases: boolean }): Sentinel {
  const release = releases ? ['wait-for', '-S', CHANNEL, ';'] : [];
  const child = spawnTmux(target, ['display-message', '-p', 'ready', ';', ...release, 'wait-for', CHANNEL]);
  let takenIn = false;
  child.stdout.once('data', () => {
    takenIn = true;
  });
  const ended = new Promise<ServerEnd>((resolve) => {
    let exitCode: number | null = null;
    const finish = (): void => {
      child.stdout.destroy();
      child.stderr.destroy();
      resolve(exitCode === 0 ? 'orderly' : 'crashed');
    };
    // The end of its output may come later than its exit, or never (see exec.ts); what it said may be read later too.
    child.once('exit', (code) => {
      exitCode = code;
      setTimeout(finish, DRAIN_MS);
    });
    child.once('close', finish);
    // A client that could not be started has no exit.
    void child.then((result) => {
      if (result.failed && result.exitCode === undefined) finish();
    });
  });
  return {
    ended,
    wasTakenIn: () => takenIn,
    stop: () => {
      child.kill('SIGKILL');
    },
  };
}
