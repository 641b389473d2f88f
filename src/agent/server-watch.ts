/**
 * Watches one socket for a server: finds it when it comes, and tells of its death at once.
 *
 *   absent ── it answers ──> present ── its process is gone ──> absent
 *
 * A death is believed only when the server's process is gone: a client of another version, or a socket that was
 * deleted, looks the same to tmux's clients.
 */
import { watch, type FSWatcher } from 'node:fs';
import { dirname } from 'node:path';
import type { TmuxTarget } from '../tmux/exec.js';
import type { ServerEnd } from '../tmux/sentinel.js';
import { identifyServer, isStillThere, type PresentServer } from './identify-server.js';
import { reviveSocket } from './revive-socket.js';
import { ServerEar } from './server-ear.js';

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

/** Watches a socket. */
export class ServerWatch {
  /** Listens to the server that is present. */
  #ear: ServerEar | null = null;
  #timer: NodeJS.Timeout | null = null;
  #folder: FSWatcher | null = null;
  #looking: Promise<void> | null = null;
  #again = false;
  #stopped = false;
  /** While it is being learned how a server ended, nobody may meet the next one. */
  #isEnding = false;

  constructor(
    readonly ownTarget: TmuxTarget,
    readonly bootId: string,
    readonly handlers: ServerHandlers,
  ) {}

  /** The client to talk to the server with. */
  get target(): TmuxTarget {
    return this.#ear?.target ?? this.ownTarget;
  }

  get server(): PresentServer | null {
    return this.#ear?.server ?? null;
  }

  start(): void {
    this.poke();
  }

  stop(): void {
    this.#stopped = true;
    this.#ear?.stop();
    this.#lookNoMore();
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
    if (this.server?.pid === pid) this.#lose();
  }

  /** Takes note that another server answers on the socket: the one that was there lives on out of everybody's reach. */
  replaced(): void {
    this.#ear?.stop();
    this.#ear = null;
    this.poke();
  }

  /** Has a living server whose socket is gone make it again; returns whether it did. */
  async reviveSocket(): Promise<boolean> {
    const { server } = this;
    return server !== null && isStillThere(server) && (await reviveSocket(this.ownTarget.socketPath, server.pid));
  }

  async #look(): Promise<void> {
    if (this.#stopped || this.#isEnding) return;
    if (this.server !== null) {
      if (!isStillThere(this.server)) this.#lose();
      return;
    }
    const identify = (): Promise<PresentServer | null> => identifyServer(this.ownTarget, this.bootId);
    const found = (await identify()) ?? ((await reviveSocket(this.ownTarget.socketPath)) ? await identify() : null);
    if (this.#isStopped()) return;
    if (found === null) {
      this.#awaitServer();
      return;
    }
    this.#lookNoMore();
    this.#ear = new ServerEar(found, this.ownTarget, {
      onChange: () => {
        this.handlers.onChange();
      },
      onEnd: () => {
        if (this.server === found) this.#lose();
      },
    });
    this.#ear.start();
    this.handlers.onServer(found);
  }

  #awaitServer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.poke();
    }, LOOK_FOR_EVERY_MS);
    if (this.#folder !== null) return;
    try {
      this.#folder = watch(dirname(this.ownTarget.socketPath), () => {
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

  #lookNoMore(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#folder?.close();
    this.#folder = null;
  }

  /** Asked anew after each wait. */
  #isStopped(): boolean {
    return this.#stopped;
  }

  #lose(): void {
    const ear = this.#ear;
    if (ear === null) return;
    this.#ear = null;
    this.#isEnding = true;
    void ear.lastWord().then((waiter) => {
      this.#isEnding = false;
      if (this.#stopped) return;
      this.handlers.onGone(ear.server, { waiter });
      this.#awaitServer();
      this.poke();
    });
  }
}
