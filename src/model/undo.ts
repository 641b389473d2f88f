/**
 * What was closed last. A moment is undone whole: one session, or all that one look found gone, or one kill-server. A name stands
 * for its newest state here as in every restore, so that bringing a moment back by its names brings back no other.
 */
import { entryKey } from './candidates.js';
import type { Closed, Manifest, Session, Window } from './manifest.js';
import { displayText, sameText } from './text.js';

/** A session that was closed, with its windows. */
export interface ClosedSession {
  readonly session: Session;
  readonly windows: readonly Window[];
}

/** What was closed in one moment. */
export interface Closing {
  readonly at: string;
  readonly how: Closed['how'];
  readonly sessions: readonly ClosedSession[];
}

/** What an undo brings back, and what it can't because a newer session has the name. */
export interface Undo {
  readonly closing: Closing;
  /** Names as a person reads them. */
  readonly names: readonly string[];
  readonly taken: readonly ClosedSession[];
}

/** A closed session, or with `how` null another state of its name that is newer than a closed one may be. */
interface Entry extends ClosedSession {
  readonly at: string;
  readonly how: Closed['how'] | null;
}

/** Returns what was closed, or is being closed, newest moment first; without what a newer state of its name stands for. */
export function closings(manifest: Pick<Manifest, 'pending' | 'closed'>): Closing[] {
  const closed = manifest.closed.map((entry): Entry => ({ ...entry, at: entry.closedAt }));
  const pending = manifest.pending
    .filter(({ part }) => !part)
    .map((entry): Entry => ({ ...entry, at: entry.since, how: entry.how === 'closing' ? 'kill-session' : null }));
  const entries = [...closed, ...pending].sort((left, right) => Date.parse(left.at) - Date.parse(right.at));
  const newest = new Map(entries.map((entry) => [JSON.stringify(entry.session.name), entry]));
  const moments = new Map<string, Closing & { sessions: ClosedSession[] }>();
  for (const { at, how, session, windows } of entries.filter((entry) => [...newest.values()].includes(entry))) {
    if (how === null) continue;
    const key = `${at} ${how}`;
    const moment = moments.get(key) ?? { at, how, sessions: [] };
    moments.set(key, moment);
    moment.sessions.push({ session, windows });
  }
  return [...moments.values()].reverse();
}

/** Returns when the server ended by a kill-server of which all that is still closed has its key in `keys`; null when there is none. */
export function killedWhole(closed: readonly Closed[], keys: ReadonlySet<string>): string | null {
  const killed = closed.filter(({ how }) => how === 'kill-server');
  const isMeant = ({ closedAt, session }: Closed): boolean => keys.has(entryKey('closed', closedAt, session));
  const whole = killed.filter(({ closedAt: at }) => killed.every((one) => one.closedAt !== at || isMeant(one)));
  return whole.at(-1)?.closedAt ?? null;
}

/** Returns whether another session has the name of a closed one: it lives, or lived last. */
export const isNameTaken = (manifest: Pick<Manifest, 'sessions'>, { session }: ClosedSession): boolean =>
  manifest.sessions.some(({ name }) => sameText(name, session.name));

/** Returns what an undo is about; null when nothing was closed. */
export function planUndo(manifest: Pick<Manifest, 'sessions' | 'pending' | 'closed'>): Undo | null {
  const [closing] = closings(manifest);
  if (closing === undefined) return null;
  const free = closing.sessions.filter((closed) => !isNameTaken(manifest, closed));
  return {
    closing,
    names: [...new Set(free.map(({ session }) => displayText(session.name)))],
    taken: closing.sessions.filter((closed) => isNameTaken(manifest, closed)),
  };
}
