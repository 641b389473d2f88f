/**
 * Which earlier states are kept (R6). Pure: it sees ids and times, never files.
 * What it protects (the newest of an hour, of a day, of a server, before a forgetting) gives way to age alone; the cap thins the rest.
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
  /** Why it was saved. */
  readonly trigger?: string;
}

/**
 * Returns the ids to keep: all of the last hour, the newest of each hour for a day, and for `historyDays` the newest
 * of each day, the last of each server and the last before a forgetting; over the cap, what is not protected is thinned
 * evenly in time.
 */
export function retain(entries: readonly Retained[], now: Date, historyDays = DEFAULT_HISTORY_DAYS): Set<string> {
  const newestFirst = entries
    .map((entry) => ({ ...entry, time: Date.parse(entry.savedAt) }))
    .sort((left, right) => right.time - left.time || (left.id < right.id ? 1 : -1));
  const ages = livedAges([now.getTime(), ...newestFirst.map(({ time }) => time)]);
  const taken = new Set<string>();
  const safe = new Set<string>();
  const kept: { readonly id: string; readonly time: number }[] = [];

  for (const [at, entry] of newestFirst.entries()) {
    const age = ages[at] ?? 0;
    const titles = ['newest'];
    if (age < DAY_MS) titles.push(`hour ${entry.savedAt.slice(0, 13)}`);
    if (age < historyDays * DAY_MS) titles.push(`day ${entry.savedAt.slice(0, 10)}`);
    if (age < Math.max(historyDays, 1) * DAY_MS && entry.serverKey !== null) titles.push(`server ${entry.serverKey}`);
    // What a run of `forget` took out is promised to be found in the state before it; the first of the run marks that.
    const [newer, older] = [newestFirst[at - 1], newestFirst[at + 1]];
    const isForget = entry.trigger === 'forget';
    const isBesideForget = isForget ? older?.trigger !== 'forget' : newer?.trigger === 'forget';
    if (isBesideForget && age < historyDays * DAY_MS) safe.add(entry.id);
    if (titles.some((title) => !taken.has(title))) safe.add(entry.id);
    for (const title of titles) taken.add(title);
    if (safe.has(entry.id) || age < HOUR_MS) kept.push(entry);
  }
  return thin(kept, safe);
}

/**
 * Returns how long ago each time after the first was, in ms, counting a day at most where nothing was saved: a clock that jumped
 * ahead, or a machine that was off for long, must not make everything old at once. What is of the future, after a clock that was
 * set back, is new.
 */
function livedAges([now = 0, ...times]: readonly number[]): number[] {
  let age = 0;
  let later = now;
  return times.map((time) => {
    age += Math.min(Math.max(later - time, 0), DAY_MS);
    later = Math.min(later, time);
    return age;
  });
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
