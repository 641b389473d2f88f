/**
 * Compares the options and variables that were to come back with those that are there.
 */
import type { Difference } from './report.js';
import { displayText, sameText, type Text } from './text.js';

type Named = Readonly<Record<string, Text>>;
type Found = Pick<Difference, 'what' | 'expected' | 'actual'>;

/** Not judged: a window's size and who names it are compared as such, and a session is kept from destroy-unattached until somebody attaches. */
const NOT_JUDGED = new Set(['window-size', 'automatic-rename', 'destroy-unattached']);

/** Returns what differs between saved and live options; `others` says whether more of them than the saved ones is a difference. */
export function compareOptions(kind: string, saved: Named, live: Named, others: boolean): Found[] {
  const names = new Set([...Object.keys(saved), ...(others ? Object.keys(live) : [])]);
  return [...names].flatMap((name): Found[] => {
    const [expected, actual] = [saved[name], live[name]];
    const same = expected !== undefined && actual !== undefined && sameText(expected, actual);
    if (same || NOT_JUDGED.has(name)) return [];
    return [{ what: `${kind} ${name}`, expected: shown(expected), actual: shown(actual) }];
  });
}

const shown = (value: Text | undefined): string => (value === undefined ? 'not set' : displayText(value));
