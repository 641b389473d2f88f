/**
 * Follows sessions that vanished from a live server until it is known whether their user closed them (R4): half a minute
 * later, with the server still alive and no memory trouble near, they were.
 */
import { entryKey } from '../model/candidates.js';
import type { Manifest, Pending } from '../model/manifest.js';

/** How long a server must outlive a closing for it to count, in ms. */
const CONFIRM_AFTER_MS = 30_000;

interface Followed {
  /** Null once it has run out or was stopped: what is undecided then gets a new one. */
  timer: NodeJS.Timeout | null;
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
      if (timer !== null) clearTimeout(timer);
      this.#followed.delete(key);
    }
    for (const key of keys) {
      const followed = this.#followed.get(key) ?? { timer: null, since: performance.now() };
      if (followed.timer !== null) continue;
      followed.timer = setTimeout(() => {
        followed.timer = null;
        this.confirm(new Set([key]));
      }, CONFIRM_AFTER_MS);
      this.#followed.set(key, followed);
    }
  }

  /** Returns the keys of the closings that were followed for so long, in ms; also after `stop`. */
  followedFor(leastMs: number): Set<string> {
    const followed = [...this.#followed].filter(([, { since }]) => performance.now() - since >= leastMs);
    return new Set(followed.map(([key]) => key));
  }

  stop(): void {
    for (const followed of this.#followed.values()) {
      if (followed.timer !== null) clearTimeout(followed.timer);
      followed.timer = null;
    }
  }
}

const isClosing = (entry: Pending): boolean => entry.how === 'closing';
const keyOf = (entry: Pending): string => entryKey('pending', entry.since, entry.session);

/** Returns the keys of all closings of a manifest. */
export const closingKeys = (manifest: Manifest): Set<string> => new Set(manifest.pending.filter(isClosing).map(keyOf));
