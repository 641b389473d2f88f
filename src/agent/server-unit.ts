/**
 * What brings a server back: the user manager's unit for it, or ourselves where there is none. Who may start it is decided here.
 */
import { ok, type Result } from '../model/failure.js';
import type { UnitDeath } from '../model/cause.js';
import { HostService } from '../systemd/host-service.js';
import { LoginWatch } from '../systemd/logind.js';
import type { UnitWatch } from '../systemd/unit-watch.js';
import type { TmuxTarget } from '../tmux/exec.js';
import { awaitServer, startDetachedServer } from './server-start.js';

/** How long systemd's word on a death may take after the waiter's, in ms: 8 ms when idle. */
const WORD_WITHIN_MS = 1000;

/** Pauses before the slow restarts after systemd gave up, in ms. */
const SLOW_RESTARTS_MS = [5000, 15_000, 60_000];

/** The ways to a server. */
export interface ServerUnit {
  /** Takes note of the living server and of where it lives, to know later whether it was the unit's, or a login's that ended. */
  noteServer(pid: number): void;
  /** Returns the unit that the server lived in when it was noted last. */
  place(): string | null;
  /** Returns how the unit's main process died; null for a server outside of the unit. */
  deathOf(pid: number): Promise<UnitDeath | null>;
  /** Returns whether the machine, the user manager, or the login that the server lives in is ending. */
  isShuttingDown(): Promise<boolean>;
  /** Returns whether another service, that the server lived in as a guest, was stopped or restarted a moment ago. */
  wasHostStopped(): Promise<boolean>;
  /** Sees to it that a server comes back, if it is for us to do; `wanted` says whether anything is to be restored. */
  bringBack(why: 'start' | 'loss' | 'closed', wanted: boolean): Promise<Result<void>>;
  /** Starts a server because a person asked for it, and waits until it answers. */
  start(): Promise<Result<void>>;
  stop(): void;
}

/** Returns the ways to a server without a user manager: the embedded default. */
export function detachedServer(target: () => TmuxTarget): ServerUnit {
  const login = new LoginWatch();
  const host = new HostService();
  let place: string | null = null;
  return {
    noteServer: (pid) => {
      host.follow(pid);
      place = login.follow(pid);
    },
    place: () => place,
    deathOf: () => Promise.resolve(null),
    isShuttingDown: () => login.isEnding(),
    wasHostStopped: () => host.wasStopped(),
    bringBack: (why, wanted) =>
      wanted && why !== 'closed' ? startDetachedServer(target()) : Promise.resolve(ok(undefined)),
    start: () => startDetachedServer(target()),
    stop: () => {
      login.stop();
    },
  };
}

/** The server's unit under the user manager. */
export class ManagedServer implements ServerUnit {
  #watch: UnitWatch | null = null;
  #mainPid = 0;
  #lastWasOurs = true;
  #place: string | null = null;
  #failures = 0;
  #slow: NodeJS.Timeout | null = null;
  readonly #login = new LoginWatch();
  readonly #host = new HostService();
  readonly #deaths = new Map<number, UnitDeath>();
  readonly #awaited = new Map<number, (death: UnitDeath) => void>();

  constructor(readonly target: () => TmuxTarget) {}

  /** Begins with a watch whose handlers are this object's `onUp`, `onDown` and `onRest`. */
  attach(watch: UnitWatch): void {
    this.#watch = watch;
    this.#mainPid = watch.state().mainPid;
  }

  onUp(mainPid: number): void {
    this.#mainPid = mainPid;
    this.#failures = 0;
  }

  onDown(death: UnitDeath): void {
    this.#deaths.set(death.mainPid, death);
    if (this.#deaths.size > 20) this.#deaths.delete(this.#deaths.keys().next().value ?? 0);
    this.#awaited.get(death.mainPid)?.(death);
  }

  /** systemd has given up: after a reached start limit the slow restarts are ours (systemd 252 has no back-off). */
  onRest(rest: string): void {
    if (rest !== 'failed' || this.#slow !== null) return;
    const pause = SLOW_RESTARTS_MS[Math.min(this.#failures, SLOW_RESTARTS_MS.length - 1)] ?? 0;
    this.#failures++;
    this.#slow = setTimeout(() => {
      this.#slow = null;
      if (this.#watch?.rest() === 'failed') void this.#watch.start();
    }, pause);
  }

  noteServer(pid: number): void {
    this.#lastWasOurs = pid === this.#mainPid || pid === this.#watch?.state().mainPid;
    if (!this.#lastWasOurs) this.#host.follow(pid);
    this.#place = this.#login.follow(pid);
  }

  place(): string | null {
    return this.#place;
  }

  async deathOf(pid: number): Promise<UnitDeath | null> {
    const known = this.#deaths.get(pid);
    if (known !== undefined || !this.#lastWasOurs) return known ?? null;
    let timer: NodeJS.Timeout | undefined;
    const told = new Promise<UnitDeath | null>((resolve) => {
      this.#awaited.set(pid, resolve);
      timer = setTimeout(() => {
        resolve(null);
      }, WORD_WITHIN_MS);
    });
    const death = await told;
    clearTimeout(timer);
    this.#awaited.delete(pid);
    return death;
  }

  async isShuttingDown(): Promise<boolean> {
    const answer = await this.#watch?.isShuttingDown();
    // A manager that does not answer is on its way out, or nobody can tell: then nothing counts as closed.
    return answer === undefined || !answer.ok || answer.value || this.#login.isEnding();
  }

  async wasHostStopped(): Promise<boolean> {
    return !this.#lastWasOurs && this.#host.wasStopped();
  }

  /** Returns whether a unit is enabled, or null when systemd does not say. */
  async isEnabled(unit: string): Promise<boolean | null> {
    const answer = await this.#watch?.isEnabled(unit);
    return answer?.ok === true ? answer.value : null;
  }

  async bringBack(why: 'start' | 'loss' | 'closed'): Promise<Result<void>> {
    const rest = this.#watch?.rest() ?? null;
    // No rest: systemd is at it. Stopped: its user wants it so, unless the server that died was another one.
    if (rest === null || (rest === 'stopped' && (why === 'start' || this.#lastWasOurs))) return ok(undefined);
    if (rest === 'failed' && why !== 'start') return ok(undefined);
    return (await this.#watch?.start()) ?? ok(undefined);
  }

  async start(): Promise<Result<void>> {
    const started = await this.#watch?.start();
    return started?.ok === false ? started : awaitServer(this.target());
  }

  stop(): void {
    if (this.#slow !== null) clearTimeout(this.#slow);
    this.#login.stop();
    this.#watch?.stop();
  }
}
