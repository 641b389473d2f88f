/**
 * Decides when to look: soon after an event, a few seconds after a pane's directory or program changed, and now and then
 * regardless (some changes have no hook, and a reload of tmux.conf can drop ours).
 */
import { paneActivity } from '../programs/pane-activity.js';

/** Why a look is taken. */
export type Trigger = 'change' | 'activity' | 'look';

/** Quiet time after an event, in ms: a split or a new session is several events. */
const QUIET_MS = 80;

/** The least time between two looks, in ms; with QUIET_MS it keeps a change within 1 s of the disk (P6). */
const LEAST_BETWEEN_MS = 250;

/** How often /proc is asked for directories and programs, in ms (P6: within 5 s on disk). */
const ACTIVITY_EVERY_MS = 4000;

/** How often everything is looked at regardless, in ms. */
const SLOW_LOOK_EVERY_MS = 15_000;

/** Calls `look` when it is time to. */
export class Triggers {
  #pending: NodeJS.Timeout | null = null;
  #later: NodeJS.Timeout | null = null;
  #timers: NodeJS.Timeout[] = [];
  #lastLookAt = -Infinity;
  #activity = new Map<number, string>();

  constructor(readonly look: (trigger: Trigger) => Promise<void>) {}

  start(): void {
    this.stop();
    this.#timers = [
      setInterval(() => {
        this.#sample();
      }, ACTIVITY_EVERY_MS),
      setInterval(() => void this.#run('look'), SLOW_LOOK_EVERY_MS),
    ];
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
    if (this.#pending !== null) clearTimeout(this.#pending);
    if (this.#later !== null) clearTimeout(this.#later);
    this.#pending = null;
    this.#later = null;
    this.#timers = [];
  }

  /** Asks for a look soon; many events become one look. */
  request(trigger: Trigger): void {
    if (this.#pending !== null || this.#timers.length === 0) return;
    const wait = Math.max(QUIET_MS, this.#lastLookAt + LEAST_BETWEEN_MS - performance.now());
    this.#pending = setTimeout(() => {
      this.#pending = null;
      void this.#run(trigger);
    }, wait);
  }

  /** Asks for a look in `ms` at the earliest, for what could not be read yet. */
  requestIn(trigger: Trigger, ms: number): void {
    if (this.#later !== null || this.#timers.length === 0) return;
    this.#later = setTimeout(() => {
      this.#later = null;
      this.request(trigger);
    }, ms);
  }

  /** Takes note of the processes whose directory and program are to be followed. */
  follow(panePids: readonly number[]): void {
    this.#activity = new Map(panePids.map((pid) => [pid, this.#activity.get(pid) ?? paneActivity(pid)]));
  }

  #sample(): void {
    for (const [pid, before] of this.#activity) {
      if (paneActivity(pid) === before) continue;
      this.request('activity');
      return;
    }
  }

  async #run(trigger: Trigger): Promise<void> {
    // Before the look: what begins while it is taken is news to the next one.
    for (const pid of this.#activity.keys()) this.#activity.set(pid, paneActivity(pid));
    await this.look(trigger);
    this.#lastLookAt = performance.now();
  }
}
