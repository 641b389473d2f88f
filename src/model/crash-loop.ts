/**
 * R15: a server that dies again soon after each restore must not be restored for ever.
 */
import type { JournalEntry } from './journal.js';

/** A server that dies within this time of a restore counts. */
const SOON_MS = 60_000;

/** So many times running end automatic restoring. */
const LIMIT = 3;

/**
 * Returns whether the last automatic restores were each followed by the server's loss within a minute, three times running.
 * A server that lived for longer ends the run, whether it was restored into or not: the next loss is restored again.
 */
export function isCrashLooping(journal: readonly JournalEntry[]): boolean {
  let run = 0;
  for (const entry of journal) {
    if (entry.kind === 'restore' && entry.automatic && entry.restored + entry.adopted > 0)
      run = journal.some((other) => isCrashAfter(entry, other)) ? run + 1 : 0;
    if (entry.kind === 'loss' && entry.server !== null) {
      const { server } = entry;
      if (msAfter(entry.at, server.startTime) > SOON_MS && !journal.some((other) => isCrashAfter(other, entry)))
        run = 0;
    }
  }
  return run >= LIMIT;
}

const msAfter = (at: string, startTime: number): number => Date.parse(at) - startTime * 1000;

/** Whether `after` is the crash, soon after `before`, of the server that `before` restored into. */
function isCrashAfter(before: JournalEntry, after: JournalEntry): boolean {
  if (before.kind !== 'restore' || !before.automatic || before.server === null) return false;
  if (after.kind !== 'loss' || after.cause === 'stopped' || after.cause === 'reboot') return false;
  const { pid, startTime } = before.server;
  const elapsedMs = Date.parse(after.at) - Date.parse(before.at);
  const isSoon = elapsedMs >= 0 && elapsedMs <= SOON_MS;
  return isSoon && after.bootId === before.bootId && after.server?.pid === pid && after.server.startTime === startTime;
}
