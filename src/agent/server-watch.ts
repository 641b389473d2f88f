/**
 * Watches one socket for a server: finds it when it comes, hears of its changes, and tells of its death at once.
 *
 *   absent ── it answers ──> present ── its process is gone ──> absent
 *
 * A death is believed only when the server's process is gone: a client of another version, or a socket that was
 * deleted, looks the same to tmux's clients.
 */
import { watch, type FSWatcher } from 'node:fs';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import type { ServerIdentity } from '../model/snapshot.js';
import { processStartTime } from '../store/process-identity.js';
import { placementOf } from '../systemd/cgroup.js';
import { startWaiter, type Waiter } from '../tmux/events.js';
import { runTmux, type TmuxTarget } from '../tmux/exec.js';

/** A server that answers. */
export interface PresentServer extends ServerIdentity {
  readonly version: string;
  /** Field 22 of its stat file: tells it from a later process of the same pid. */
  readonly processStart: string | null;
  /** The unit it lives in, as it was when the server was found. */
  readonly unit: string | null;
}

/** How a server's end looked from here. */
export interface EndSeen {
  readonly waiter: 'orderly' | 'crashed' | null;
}

/** What is told of the socket. */
export interface ServerHandlers {
  onServer(server: PresentServer): void;
  onChange(): void;
  onGone(server: PresentServer, end: EndSeen): void;
}

/** How often an absent server is looked for when nothing tells of it, in ms. */
const LOOK_FOR_EVERY_MS = 1000;

/** A wait that broke after this time, in ms, was heard by a living server: what broke it was no orderly end. */
const ORDERLY_WITHIN_MS = 150;

/** The least time between two waits, in ms: a storm of events must not become a storm of clients. */
const LEAST_WAIT_MS = 40;

/** After so many broken waits on a living server its own program is used as the client. */
const BROKEN_LIMIT = 3;

/** Watches a socket. */
export class ServerWatch {
  #server: PresentServer | null = null;
  #waiter: Waiter | null = null;
  #timer: NodeJS.Timeout | null = null;
  #folder: FSWatcher | null = null;
  #looking: Promise<void> | null = null;
  #again = false;
  #stopped = false;
  /** Whether the last wait that told anything ended with a signal: all waits are signalled when a server exits in order. */
  #heard = false;
  /** How many waits in a row ended without an answer. */
  #broken = 0;
  #target: TmuxTarget;

  constructor(
    target: TmuxTarget,
    readonly bootId: string,
    readonly handlers: ServerHandlers,
  ) {
    this.#target = target;
  }

  /** The client to talk to the server with. */
  get target(): TmuxTarget {
    return this.#target;
  }

  get server(): PresentServer | null {
    return this.#server;
  }

  start(): void {
    this.poke();
  }

  stop(): void {
    this.#stopped = true;
    this.#waiter?.stop();
    this.#folder?.close();
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  /** Looks now whether the server is there, or still there. */
  poke(): void {
    if (this.#looking !== null) {
      this.#again = true;
      return;
    }
    this.#looking = this.#look().finally(() => {
      this.#looking = null;
      if (!this.#again) return;
      this.#again = false;
      this.poke();
    });
  }

  /** Resolves when the look that is under way has found a server or none. */
  async settled(): Promise<void> {
    await this.#looking;
  }

  /** Takes note that systemd says this process is gone. */
  processEnded(pid: number): void {
    if (this.#server?.pid === pid) this.#lose({ waiter: null });
  }

  async #look(): Promise<void> {
    if (this.#stopped) return;
    if (this.#server !== null) {
      if (!this.#isAlive(this.#server)) this.#lose({ waiter: null });
      return;
    }
    const found = await this.#identify();
    if (this.#isStopped()) return;
    if (found === null) {
      this.#awaitServer();
      return;
    }
    this.#server = found;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#folder?.close();
    this.#folder = null;
    this.#heard = false;
    this.#listen();
    this.handlers.onServer(found);
  }

  async #identify(): Promise<PresentServer | null> {
    if (!(await hasListener(this.#target.socketPath))) return null;
    const output = await runTmux(this.#target, ['display-message', '-p', '#{pid} #{start_time} #{version}']);
    const match = output.ok ? /^(\d+) (\d+) (\S+)$/m.exec(output.value.stdout.toString('utf8')) : null;
    if (match === null) return null;
    const pid = Number(match[1]);
    return {
      bootId: this.bootId,
      pid,
      startTime: Number(match[2]),
      version: match[3] ?? '',
      processStart: processStartTime(pid),
      unit: placementOf(pid).unit,
    };
  }

  #awaitServer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.poke();
    }, LOOK_FOR_EVERY_MS);
    if (this.#folder !== null) return;
    try {
      this.#folder = watch(dirname(this.#target.socketPath), () => {
        this.poke();
      });
      this.#folder.on('error', () => {
        this.#folder?.close();
        this.#folder = null;
      });
    } catch {
      // The folder is not there yet: the timer looks for it.
    }
  }

  /** Blocks one client on our channel, again and again for as long as this server lives. */
  #listen(): void {
    const server = this.#server;
    if (this.#stopped || server === null) return;
    const startedAt = performance.now();
    this.#waiter = startWaiter(this.#target);
    void this.#waiter.ended.then((end) => {
      if (this.#stopped || this.#server !== server || end === 'stopped') return;
      const blockedMs = performance.now() - startedAt;
      if (end === 'signalled') {
        this.#heard = true;
        this.#broken = 0;
        this.handlers.onChange();
      } else {
        this.#broken++;
        if (blockedMs > ORDERLY_WITHIN_MS) this.#heard = false;
        if (!this.#isAlive(server)) {
          this.#lose({ waiter: this.#heard ? 'orderly' : 'crashed' });
          return;
        }
        // It lives and does not understand us: the program it runs from is a client of its own version.
        if (this.#broken === BROKEN_LIMIT)
          this.#target = { ...this.#target, binary: `/proc/${String(server.pid)}/exe` };
      }
      const pauseMs = end === 'signalled' && blockedMs > LEAST_WAIT_MS ? 0 : LEAST_WAIT_MS;
      setTimeout(() => {
        this.#listen();
      }, pauseMs);
    });
  }

  /** Asked anew after each wait. */
  #isStopped(): boolean {
    return this.#stopped;
  }

  #isAlive(server: PresentServer): boolean {
    return processStartTime(server.pid) === server.processStart && server.processStart !== null;
  }

  #lose(end: EndSeen): void {
    const server = this.#server;
    if (server === null) return;
    this.#server = null;
    this.#waiter?.stop();
    this.handlers.onGone(server, end);
    this.#again = false;
    this.#awaitServer();
    this.poke();
  }
}

/** Returns whether anything accepts connections on the socket: a dead server leaves its file behind. */
function hasListener(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    const finish = (found: boolean): void => {
      socket.destroy();
      resolve(found);
    };
    socket.once('connect', () => {
      finish(true);
    });
    socket.once('error', () => {
      finish(false);
    });
    socket.setTimeout(1000, () => {
      finish(true);
    });
  });
}
