/**
 * Watches one socket for a server: finds it when it comes, hears of its changes, and tells of its death at once.
 *
 *   absent ── it answers ──> present ── its process is gone ──> absent
 *
 * A death is believed only when the server's process is gone: a client of another version, or a socket that was
 * deleted, looks the same to tmux's clients.
 */
import { existsSync, watch, type FSWatcher } from 'node:fs';
import { dirname } from 'node:path';
import { processStartTime } from '../store/process-identity.js';
import { startWaiter, type Waiter } from '../tmux/events.js';
import type { TmuxTarget } from '../tmux/exec.js';
import { identifyServer, type PresentServer } from './identify-server.js';
import { startSentinel, type Sentinel, type ServerEnd } from '../tmux/sentinel.js';

/** How a server's end looked from here. */
export interface EndSeen {
  readonly waiter: ServerEnd | null;
}

/** What is told of the socket. */
export interface ServerHandlers {
  onServer(server: PresentServer): void;
  onChange(): void;
  onGone(server: PresentServer, end: EndSeen): void;
}

/** How often an absent server is looked for when nothing tells of it, in ms. */
const LOOK_FOR_EVERY_MS = 1000;

/** How long the sentinel's word may trail the death of its server, in ms: its client ends within a few. */
const WORD_WITHIN_MS = 500;

/** A sentinel that ended while its server lives was a client of another version, or was signalled by somebody; the next one starts after this time, in ms. */
const NEXT_SENTINEL_MS = 1000;

/** A sentinel that ends sooner than this, in ms, was refused by a server that says nothing new. */
const REFUSED_WITHIN_MS = 300;

/** The least time between two waits, in ms: a storm of events must not become a storm of clients. */
const LEAST_WAIT_MS = 40;

/** The most time between two waits on a server that lives and breaks them, in ms. */
const MOST_WAIT_MS = 500;

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
  #sentinel: Sentinel | null = null;
  /** While it is being learned how a server ended, nobody may meet the next one. */
  #isEnding = false;
  /** How many waits in a row ended without an answer. */
  #broken = 0;
  #target: TmuxTarget;

  constructor(
    readonly ownTarget: TmuxTarget,
    readonly bootId: string,
    readonly handlers: ServerHandlers,
  ) {
    this.#target = ownTarget;
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
    this.#sentinel?.stop();
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
    if (this.#server?.pid === pid) this.#lose();
  }

  /** Takes note that another server answers on the socket: the one that was there lives on out of everybody's reach. */
  replaced(): void {
    this.#server = null;
    this.#target = this.ownTarget;
    this.#waiter?.stop();
    this.#sentinel?.stop();
    this.poke();
  }

  /** Has a living server whose socket was deleted, as cleaners of /tmp do, make it again (tmux(1), SIGUSR1); returns whether it was told to. */
  reviveSocket(): boolean {
    const server = this.#server;
    if (server === null || existsSync(this.#target.socketPath) || !this.#isAlive(server)) return false;
    try {
      return process.kill(server.pid, 'SIGUSR1');
    } catch {
      // It ended in between.
      return false;
    }
  }

  async #look(): Promise<void> {
    if (this.#stopped || this.#isEnding) return;
    if (this.#server !== null) {
      if (!this.#isAlive(this.#server)) this.#lose();
      return;
    }
    const found = await identifyServer(this.#target, this.bootId);
    if (this.#isStopped()) return;
    if (found === null) {
      this.#awaitServer();
      return;
    }
    this.#server = found;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#folder?.close();
    this.#folder = null;
    this.#listen();
    this.#watchOver(found);
    this.handlers.onServer(found);
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
  #listen(again = false): void {
    const server = this.#server;
    if (this.#stopped || server === null) return;
    const startedAt = performance.now();
    this.#waiter = startWaiter(this.#target);
    // Not before: what changes between two waits may be told to nobody.
    if (again) {
      void this.#waiter.ready.then(() => {
        this.handlers.onChange();
      });
    }
    void this.#waiter.ended.then((end) => {
      if (this.#stopped || this.#server !== server || end === 'stopped') return;
      const blockedMs = performance.now() - startedAt;
      if (end === 'signalled') {
        this.#broken = 0;
      } else {
        this.#broken++;
        if (!this.#isAlive(server)) {
          this.#lose();
          return;
        }
        // It lives and does not understand us: the program it runs from is a client of its own version.
        if (this.#broken === BROKEN_LIMIT)
          this.#target = { ...this.#target, binary: `/proc/${String(server.pid)}/exe` };
      }
      // A server that is ending refuses every client until its last job is done.
      const brokenMs = Math.min(LEAST_WAIT_MS * 2 ** this.#broken, MOST_WAIT_MS);
      const pauseMs = end === 'signalled' && blockedMs > LEAST_WAIT_MS ? 0 : brokenMs;
      setTimeout(() => {
        this.#listen(true);
      }, pauseMs);
    });
  }

  /** Has a sentinel tell how this server ends, for as long as it lives. */
  #watchOver(server: PresentServer, earlier: ServerEnd | null = null): void {
    if (this.#stopped || this.#server !== server) return;
    const startedAt = performance.now();
    const sentinel = startSentinel(this.#target);
    // A server that is ending in order, and waits for its last job, refuses every further client.
    const word = sentinel.ended.then((end) =>
      performance.now() - startedAt < REFUSED_WITHIN_MS ? (earlier ?? end) : end,
    );
    this.#sentinel = { ...sentinel, ended: word };
    void word.then((end) => {
      setTimeout(() => {
        // The waiter may be waiting in the next server already, which took the socket over between two waits.
        if (this.#isAlive(server)) this.#watchOver(server, end);
        else this.poke();
      }, NEXT_SENTINEL_MS);
    });
  }

  /** Asked anew after each wait. */
  #isStopped(): boolean {
    return this.#stopped;
  }

  #isAlive(server: PresentServer): boolean {
    return processStartTime(server.pid) === server.processStart && server.processStart !== null;
  }

  #lose(): void {
    const server = this.#server;
    const sentinel = this.#sentinel;
    if (server === null) return;
    this.#server = null;
    this.#isEnding = true;
    // The program of a process that is gone can't be run any more.
    this.#target = this.ownTarget;
    this.#waiter?.stop();
    const silence = new Promise<null>((resolve) => setTimeout(resolve, WORD_WITHIN_MS, null));
    void Promise.race([sentinel?.ended ?? null, silence]).then((waiter) => {
      this.#isEnding = false;
      sentinel?.stop();
      if (this.#stopped) return;
      this.handlers.onGone(server, { waiter });
      this.#awaitServer();
      this.poke();
    });
  }
}
