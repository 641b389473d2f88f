/**
 * Times as a person says them, in local time: the hour of today, else the day as well, and how long ago that was.
 */

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const two = (value: number): string => String(value).padStart(2, '0');

/** Returns `03:12` of a time today, `22 Nov 03:12` of another day, and the year where it is another one; `now` is in ms. */
export function clockWords(at: string, now: number): string {
  const [then, today] = [new Date(at), new Date(now)];
  const hour = `${two(then.getHours())}:${two(then.getMinutes())}`;
  if (then.toDateString() === today.toDateString()) return hour;
  const year = then.getFullYear() === today.getFullYear() ? '' : ` ${String(then.getFullYear())}`;
  return `${String(then.getDate())} ${MONTHS[then.getMonth()] ?? ''}${year} ${hour}`;
}

/** Returns `3 s`, `12 min`, `5 hours` or `4 days`. */
export function ageWords(seconds: number): string {
  if (seconds < 120) return `${String(Math.max(0, Math.round(seconds)))} s`;
  if (seconds < 7200) return `${String(Math.round(seconds / 60))} min`;
  if (seconds < 172_800) return `${String(Math.round(seconds / 3600))} hours`;
  return `${String(Math.round(seconds / 86_400))} days`;
}

/** Returns `03:12, 5 hours ago`; `now` is in ms. */
export const whenWords = (at: string, now: number): string =>
  `${clockWords(at, now)}, ${ageWords((now - Date.parse(at)) / 1000)} ago`;
