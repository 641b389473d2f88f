/**
 * Listens to one living server for as long as it lives: hears of its changes, and of how it ends. What its clients say is only a
 * reason to look whether the process is there: a client of another version is told nothing but that the server is gone.
 */
import { startWaiter, type Waiter } from '../tmux/events.js';
import { programOf, type TmuxTarget } from '../tmux/exec.js';
import { startSentinel, type Sentinel, type ServerEnd } from '../tmux/sentinel.js';
import { isStillThere, type PresentServer } from './identify-server.js';

/** What is heard of a server. */
export interface EarHandlers {
  onChange(): void;
  /** Its process is gone. */
  onEnd(): void;
}

/** How long the sentinel's word may trail the death of its server, in ms: its client ends within a few. */
const WORD_WITHIN_MS = 500;

/** The next sentinel starts after this time, in ms, where the last one was refused: by a server that is ending, or that does not understand us. */
const NEXT_SENTINEL_MS = 1000;

/** The least time between two waits, in ms: a storm of events must not become a storm of clients. */
const LEAST_WAIT_MS = 40;

/** The most time between two waits on a server that lives and breaks them, in ms. */
const MOST_WAIT_MS = 500;

/** After so many broken waits on a living server its own program is used as the client. */
const BROKEN_LIMIT = 3;

/** Listens to one server. */
export class ServerEar {
  #waiter: Waiter | null = null;
  #sentinel: Sentinel | null = null;
  #word: Promise<ServerEnd> | null = null;
  #stopped = false;
  /** How many waits in a row ended without an answer. */
  #broken = 0;
  #target: TmuxTarget;

  constructor(
    readonly server: PresentServer,
    target: TmuxTarget,
    readonly handlers: EarHandlers,
  ) {
    this.#target = target;
  }

  /** The client that this server understands. */
  get target(): TmuxTarget {
    return this.#target;
  }

  start(): void {
    this.#listen();
    this.#watchOver();
  }

  stop(): void {
    this.#stopped = true;
    this.#waiter?.stop();
    this.#sentinel?.stop();
  }

  /** Stops, and returns how the server ended, null when nobody heard it; for one whose process is gone. */
  async lastWord(): Promise<ServerEnd | null> {
    this.#stopped = true;
    this.#waiter?.stop();
    const silence = new Promise<null>((resolve) => setTimeout(resolve, WORD_WITHIN_MS, null));
    const word = await Promise.race([this.#word, silence]);
    this.#sentinel?.stop();
    return word;
  }

  /** Blocks one client on our channel, again and again for as long as this server lives. */
  #listen(again = false): void {
    if (this.#stopped) return;
    const startedAt = performance.now();
    const waiter = startWaiter(this.#target);
    this.#waiter = waiter;
    // Not before: what changes between two waits may be told to nobody.
    if (again) {
      void waiter.ready.then(() => {
        if (!this.#stopped) this.handlers.onChange();
      });
    }
    void waiter.ended.then((end) => {
      if (this.#stopped || end === 'stopped') return;
      const blockedMs = performance.now() - startedAt;
      if (end === 'signalled') {
        this.#broken = 0;
      } else {
        this.#broken++;
        if (!isStillThere(this.server)) {
          this.handlers.onEnd();
          return;
        }
        // It lives and does not understand us: the program it runs from is a client of its own version.
        if (this.#broken === BROKEN_LIMIT) this.#target = { ...this.#target, binary: programOf(this.server.pid) };
      }
      // A server that is ending refuses every client until its last job is done.
      const brokenMs = Math.min(LEAST_WAIT_MS * 2 ** this.#broken, MOST_WAIT_MS);
      const pauseMs = end === 'signalled' && blockedMs > LEAST_WAIT_MS ? 0 : brokenMs;
      setTimeout(() => {
        this.#listen(true);
      }, pauseMs);
    });
  }

  /** Has a sentinel tell how this server ends, one after the other for as long as it lives. */
  #watchOver(earlier: ServerEnd | null = null, releases = true): void {
    if (this.#stopped) return;
    const sentinel = startSentinel(this.#target, { releases });
    // A server that is ending in order, and waits for its last job, refuses every further client: then the word before counts.
    const word = sentinel.ended.then((end) => (sentinel.wasTakenIn() ? end : (earlier ?? end)));
    this.#sentinel = sentinel;
    this.#word = word;
    void word.then((end) => {
      // Until the next one is taken in, an answer to somebody's signal looks like the end.
      const pauseMs = end === 'orderly' && sentinel.wasTakenIn() ? 0 : NEXT_SENTINEL_MS;
      setTimeout(() => {
        if (this.#stopped) return;
        // The waiter may be waiting in the next server already, which took the socket over between two waits.
        if (isStillThere(this.server)) this.#watchOver(end, false);
        else this.handlers.onEnd();
      }, pauseMs);
    });
  }
}
