/**
 * R15: a server that dies again soon after each restore must not be restored for ever.
 */
import type { JournalEntry, LossEntry } from './journal.js';

/** A server that dies within this time of a restore counts. */
const SOON_MS = 60_000;

/** So many times running end automatic restoring. */
const LIMIT = 3;

/**
 * Returns whether the last servers that were restored into by themselves each crashed within a minute of it, three times running.
 * A server that lived for longer ends the run, whether it was restored into or not: the next loss is restored again.
 */
export function isCrashLooping(journal: readonly JournalEntry[]): boolean {
  let run = 0;
  for (const { startTime, restoredAt, loss } of livesOf(journal)) {
    const crashed = loss !== null && loss.cause !== 'stopped' && loss.cause !== 'reboot';
    if (restoredAt !== null) run = crashed && isSoon(Date.parse(restoredAt), loss.at) ? run + 1 : 0;
    else if (loss !== null && !isSoon(startTime * 1000, loss.at)) run = 0;
  }
  return run >= LIMIT;
}

const isSoon = (startMs: number, end: string): boolean => {
  const elapsedMs = Date.parse(end) - startMs;
  return elapsedMs >= 0 && elapsedMs <= SOON_MS;
};

interface Life {
  readonly startTime: number;
  /** When it was first restored into: sessions may come back into a living server too. */
  readonly restoredAt: string | null;
  readonly loss: LossEntry | null;
}

/** Returns what the journal tells of each server, in the order of their first entries. */
function livesOf(journal: readonly JournalEntry[]): Life[] {
  const lives = new Map<string, Life>();
  for (const entry of journal) {
    if (entry.kind === 'refusal' || entry.server === null) continue;
    const { pid, startTime } = entry.server;
    const key = `${entry.bootId}/${String(pid)}/${String(startTime)}`;
    const life = lives.get(key) ?? { startTime, restoredAt: null, loss: null };
    if (entry.kind === 'loss') lives.set(key, { ...life, loss: entry });
    else if (entry.automatic && entry.restored + entry.adopted > 0)
      lives.set(key, { ...life, restoredAt: life.restoredAt ?? entry.at });
  }
  return [...lives.values()];
}
