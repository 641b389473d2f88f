/**
 * Tries something again, later and later: what failed once may succeed in a moment, and must not be tried in a storm.
 */

/** Pauses before each further try, in ms; the last one is kept. */
const PAUSES_MS = [1000, 2000, 5000, 15_000, 60_000];

/** One thing that is tried again. */
export class Retry {
  #timer: NodeJS.Timeout | null = null;
  #tries = 0;

  /** Runs `again` after the next pause; an earlier wish that still waits is dropped. */
  later(again: () => void): void {
    this.stop();
    const pause = PAUSES_MS[Math.min(this.#tries, PAUSES_MS.length - 1)] ?? 0;
    this.#tries++;
    this.#timer = setTimeout(again, pause);
  }

  /** It succeeded: the next failure begins with the shortest pause. */
  done(): void {
    this.stop();
    this.#tries = 0;
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
