/**
 * Which earlier states are kept (R6). Pure: it sees ids and times, never files.
 * What it protects (the newest of an hour, of a day, of a server) gives way to age alone; the cap thins the rest.
 */

/** How many earlier states are kept, as far as what is protected allows. */
export const HISTORY_LIMIT = 200;

/** How long the newest of each day is kept, in days, unless the user says otherwise. */
export const DEFAULT_HISTORY_DAYS = 30;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** One earlier state, as far as retention cares. */
export interface Retained {
  readonly id: string;
  readonly savedAt: string;
  /** Names the server that it was taken from (R1), null for an imported one. */
  readonly serverKey: string | null;
}

/**
 * Returns the ids to keep: all of the last hour, the newest of each hour for a day, and for `historyDays` the newest
 * of each day and the last of each server; over the cap, what is not protected is thinned evenly in time.
 */
export function retain(entries: readonly Retained[], now: Date, historyDays = DEFAULT_HISTORY_DAYS): Set<string> {
  const newestFirst = entries
    .map((entry) => ({ ...entry, time: Date.parse(entry.savedAt) }))
    .sort((left, right) => right.time - left.time || (left.id < right.id ? 1 : -1));
  const taken = new Set<string>();
  const safe = new Set<string>();
  const kept: { readonly id: string; readonly time: number }[] = [];

  for (const entry of newestFirst) {
    // A clock that was set back leaves states of the future: their age is negative, so they count as new.
    const age = now.getTime() - entry.time;
    const titles = ['newest'];
    if (age < DAY_MS) titles.push(`hour ${entry.savedAt.slice(0, 13)}`);
    if (age < historyDays * DAY_MS) titles.push(`day ${entry.savedAt.slice(0, 10)}`);
    if (age < Math.max(historyDays, 1) * DAY_MS && entry.serverKey !== null) titles.push(`server ${entry.serverKey}`);
    if (titles.some((title) => !taken.has(title))) safe.add(entry.id);
    for (const title of titles) taken.add(title);
    if (safe.has(entry.id) || age < HOUR_MS) kept.push(entry);
  }
  return thin(kept, safe);
}

/**
 * Removes one at a time the state whose neighbours are closest to each other, the oldest of equals: done again at
 * every save, this settles at even gaps, where taking every n-th would eat one end.
 */
function thin(newestFirst: { readonly id: string; readonly time: number }[], safe: ReadonlySet<string>): Set<string> {
  while (newestFirst.length > Math.max(HISTORY_LIMIT, safe.size)) {
    let victim = -1;
    let smallest = Infinity;
    for (const [index, entry] of newestFirst.entries()) {
      if (safe.has(entry.id)) continue;
      const gap = (newestFirst[index - 1]?.time ?? Infinity) - (newestFirst[index + 1]?.time ?? -Infinity);
      if (victim === -1 || gap <= smallest) [victim, smallest] = [index, gap];
    }
    newestFirst.splice(victim, 1);
  }
  return new Set(newestFirst.map((entry) => entry.id));
}
