/**
 * R15: a server that dies again soon after each restore must not be restored for ever.
 */
import type { JournalEntry } from './journal.js';

/** A server that dies within this time of a restore counts. */
const SOON_MS = 60_000;

/** So many times running end automatic restoring. */
const LIMIT = 3;

/** Returns whether the last restores into servers were each followed by a loss within a minute, three times running. */
export function isCrashLooping(journal: readonly JournalEntry[]): boolean {
  const restores = journal.flatMap((entry) =>
    entry.kind === 'restore' && entry.automatic && entry.restored + entry.adopted > 0 ? entry : [],
  );
  const last = restores.slice(-LIMIT);
  if (last.length < LIMIT) return false;
  return last.every((restore) =>
    journal.some((entry) => {
      if (entry.kind !== 'loss' || entry.cause === 'stopped' || entry.cause === 'reboot') return false;
      const afterMs = Date.parse(entry.at) - Date.parse(restore.at);
      return (
        afterMs >= 0 &&
        afterMs <= SOON_MS &&
        entry.server?.pid === restore.server?.pid &&
        entry.server?.startTime === restore.server?.startTime
      );
    }),
  );
}
