/**
 * Follows sessions that vanished from a live server until it is known whether their user closed them (R4): half a minute
 * later, with the server still alive and no memory trouble near, they were.
 */
import { entryKey } from '../model/candidates.js';
import type { Manifest, Pending } from '../model/manifest.js';

/** How long a server must outlive a closing for it to count, in ms. */
const CONFIRM_AFTER_MS = 30_000;

interface Followed {
  readonly timer: NodeJS.Timeout;
  /** Monotonic, in ms. */
  readonly since: number;
}

/** Timers of closings. */
export class Closings {
  readonly #followed = new Map<string, Followed>();

  constructor(readonly confirm: (keys: ReadonlySet<string>) => void) {}

  /** Starts a timer for each closing that has none, and drops those of closings that are decided. */
  follow(manifest: Manifest | null): void {
    const keys = manifest === null ? new Set<string>() : closingKeys(manifest);
    for (const [key, { timer }] of this.#followed) {
      if (keys.has(key)) continue;
      clearTimeout(timer);
      this.#followed.delete(key);
    }
    for (const key of keys) {
      if (this.#followed.has(key)) continue;
      const timer = setTimeout(() => {
        this.confirm(new Set([key]));
      }, CONFIRM_AFTER_MS);
      this.#followed.set(key, { timer, since: performance.now() });
    }
  }

  /** Returns the keys of the closings that were followed for so long, in ms; also after `stop`. */
  followedFor(leastMs: number): Set<string> {
    const followed = [...this.#followed].filter(([, { since }]) => performance.now() - since >= leastMs);
    return new Set(followed.map(([key]) => key));
  }

  stop(): void {
    for (const { timer } of this.#followed.values()) clearTimeout(timer);
  }
}

const isClosing = (entry: Pending): boolean => entry.how === 'closing';
const keyOf = (entry: Pending): string => entryKey('pending', entry.since, entry.session);

/** Returns the keys of all closings of a manifest. */
export const closingKeys = (manifest: Manifest): Set<string> => new Set(manifest.pending.filter(isClosing).map(keyOf));
