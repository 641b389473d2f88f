/**
 * Compares two servers fact by fact. What may differ is listed here with its reason, and nowhere else.
 */
import { existsSync, statSync } from 'node:fs';
import type { Difference, RestoreReport } from '../../src/model/report.js';
import { factsOf, shown, type Fact } from './facts.js';
import type { Seen } from './observer.js';

/** Fields that are not brought back yet. */
export const NOT_YET: ReadonlySet<string> = new Set<string>([
  'session.group name',
  'session.removed environment',
  'session.hidden environment',
  'pane.input off',
]);

/** Where a value may be another one than it was. */
const MAY_DIFFER: Readonly<Record<string, (was: string, is: string) => boolean>> = {
  // A window or pane that is current at first stays behind as the last one, where there was none.
  'session.last': (was, is) => is.startsWith(was === ',' ? '' : was),
  'window.last pane': (was) => was === '-1',
  'window.name': (was) => was === '(automatic)',
  // A dead pane has no directory.
  'pane.path': (was) => was === '',
  // tmux may miss how a pane ended until another process ends (seen with a fast respawn-pane -k).
  'pane.end of dead': (was, is) => was === '/' || is === '/',
  // What runs is another program after a restore; programs have tests of their own.
  'pane.start command': () => true,
};

/** Returns what was seen without the sessions of a name. */
export function without(seen: Seen, name: string): Seen {
  const ids = new Set(seen.sessions.filter((session) => session.name === name).map(({ id }) => id));
  return {
    ...seen,
    sessions: seen.sessions.filter(({ id }) => !ids.has(id)),
    windows: seen.windows.filter(({ session }) => !ids.has(session)),
    panes: seen.panes.filter(({ session }) => !ids.has(session)),
  };
}

/** Returns what differs between what was and what is, without what the report of the restore names. */
export function differencesBetween(was: Seen, is: Seen, report: RestoreReport | null): string[] {
  const [before, after] = [byPlace(factsOf(was)), byPlace(factsOf(is))];
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((key) => {
    const [one, other] = [before.get(key), after.get(key)];
    const field = (one ?? other)?.field ?? '';
    if (NOT_YET.has(field)) return [];
    if (one === undefined || other === undefined) return `${key} ${one === undefined ? 'appeared' : 'is missing'}`;
    if (one.value === other.value || MAY_DIFFER[field]?.(one.value, other.value)) return [];
    if (report?.differences.some((difference) => names(difference, one))) return [];
    return `${key} was ${JSON.stringify(one.value)} and is ${JSON.stringify(other.value)}`;
  });
}

/** Options are told level by level, so that a key may stand for several facts. */
function byPlace(facts: readonly Fact[]): Map<string, Fact> {
  const found = new Map<string, Fact>();
  for (const fact of facts) {
    const key = `${fact.where} ${fact.field}`;
    const known = found.get(key);
    found.set(key, known === undefined ? fact : { ...fact, value: `${known.value}\n${fact.value}` });
  }
  return found;
}

const names = ({ session, window, pane, what }: Difference, { alias, field }: Fact): boolean =>
  what === 'directory' && field === 'pane.path' && alias === `${session}:${window ?? ''}.${pane ?? ''}`;

/** Returns the differences of a report that nothing explains: a pane that is not in its directory, though one can be there. */
export function unexplained(report: RestoreReport): Difference[] {
  return report.differences.filter(({ what, expected }) => what !== 'directory' || isDirectory(expected));
}

const isDirectory = (path: string): boolean => existsSync(path) && statSync(path).isDirectory();

/** Returns all that is seen of some sessions, with ids, pids and times, so that nothing may happen to them unseen. */
export function exactly(seen: Seen, names: ReadonlySet<string>): string[] {
  const ids = new Set(seen.sessions.filter(({ name }) => names.has(shown(name))).map(({ id }) => id));
  const windows = seen.windows.filter(({ session }) => ids.has(session));
  const panes = seen.panes.filter(({ session }) => ids.has(session));
  // tmux itself renames a window half a second after its program changed.
  const named = windows.map((window) => ({ ...window, name: window.automaticRename === '1' ? '' : window.name }));
  const sessions = seen.sessions.filter(({ id }) => ids.has(id));
  const rows = [...sessions, ...named, ...panes, ...seen.clients].map((row) => JSON.stringify(row));
  const of = new Set([...ids, ...windows.map(({ id }) => id), ...panes.map(({ id }) => id)]);
  const kinds = ['options', 'hooks', 'environment', 'hidden', 'keys'];
  const blocks = [...of, 'server', 'session', 'window'].flatMap((id) =>
    kinds.map((kind) => `${kind} of ${id}: ${seen.block(kind, id)}`),
  );
  const settings = ['server', 'session', 'window'].flatMap((level) =>
    seen
      .block('settings', level)
      .split('\n')
      .map((line) => `${level}: ${line}`),
  );
  return [
    ...rows,
    ...blocks,
    ...settings,
    ...seen.buffers.map(({ name }) => `buffer ${name}: ${seen.block('buffer', name)}`),
  ];
}

/** Returns the lines that only one of two lists has, but for buffers and `@` options of the server that come back beside others. */
export const changed = (before: readonly string[], after: readonly string[]): string[] => [
  ...before.filter((line) => !after.includes(line)).map((line) => `was ${line}`),
  ...after
    .filter((line) => !before.includes(line) && !/^(buffer |(server|session|window): @)/.test(line))
    .map((line) => `is ${line}`),
];
