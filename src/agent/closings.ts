/**
 * Follows sessions that vanished from a live server until it is known whether their user closed them (R4): half a minute
 * later, with the server still alive and no memory trouble near, they were.
 */
import { entryKey } from '../model/candidates.js';
import type { Manifest, Pending } from '../model/manifest.js';

/** How long a server must outlive a closing for it to count, in ms. */
const CONFIRM_AFTER_MS = 30_000;

/** Timers of closings. */
export class Closings {
  readonly #timers = new Map<string, NodeJS.Timeout>();

  constructor(readonly confirm: (keys: ReadonlySet<string>) => void) {}

  /** Starts a timer for each closing that has none, and drops those of closings that are decided. */
  follow(manifest: Manifest | null): void {
    const keys = new Set((manifest?.pending ?? []).filter(isClosing).map(keyOf));
    for (const [key, timer] of this.#timers) {
      if (keys.has(key)) continue;
      clearTimeout(timer);
      this.#timers.delete(key);
    }
    for (const key of keys) {
      if (this.#timers.has(key)) continue;
      const timer = setTimeout(() => {
        this.#timers.delete(key);
        this.confirm(new Set([key]));
      }, CONFIRM_AFTER_MS);
      this.#timers.set(key, timer);
    }
  }

  stop(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }
}

const isClosing = (entry: Pending): boolean => entry.how === 'closing';
const keyOf = (entry: Pending): string => entryKey('pending', entry.since, entry.session);

/** Returns the keys of all closings of a manifest. */
export const closingKeys = (manifest: Manifest): Set<string> => new Set(manifest.pending.filter(isClosing).map(keyOf));
