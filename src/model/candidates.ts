/**
 * Which saved sessions a restore is about. A name stands for one session: the newest state of it wins,
 * what is older stays where it is.
 */
import { fail, ok, type Result } from './failure.js';
import type { Manifest, Session, Window } from './manifest.js';
import { displayText } from './text.js';

/** A saved session that could be restored, with the windows it links. */
export interface Candidate {
  /** Names this saved session among all of a manifest's. */
  readonly key: string;
  /** Sessions of one scope share windows: their window ids mean the same windows. */
  readonly scope: string;
  readonly session: Session;
  readonly windows: readonly Window[];
  /** Whether these are windows of a session that lived on: they come into it. */
  readonly part: boolean;
}

/** What a user or the agent asks to be restored. */
export interface RestoreRequest {
  /** Names of sessions; null asks for all that was lost. */
  readonly names: readonly string[] | null;
  /** Whether everything that was closed is asked for as well. */
  readonly closed: boolean;
  /** Whether nobody asks: what is only offered is left out. */
  readonly isAutomatic?: boolean;
  /** Id of an earlier state, where it is not the last good one. */
  readonly from?: string | null;
}

/** The option that windows have which came back as a part: its key. It tells whoever restores the same part again that it is there. */
export const PART_OPTION = '@tmux-persist-part';

/** Returns the key of a pending or closed entry: what it was and since when. */
export const entryKey = (kind: 'pending' | 'closed', at: string, session: Session): string =>
  `${kind}/${at}/${session.id}/${session.createdAt}`;

/** Returns the candidates, one for each name, newest state first; fails with `not-found` for a name that nothing saved has. */
export function selectCandidates(manifest: Manifest, request: RestoreRequest): Result<readonly Candidate[]> {
  const { names } = request;
  const saved = manifest.sessions.map((session) => ({
    key: `saved/${session.id}`,
    scope: 'saved',
    session,
    windows: manifest.windows,
    part: false,
  }));
  // Nothing tells whether the parts of an earlier state have come back since: each is asked for by name.
  const isEarlier = names === null && request.from != null;
  const waiting = manifest.pending.filter(({ part }) => !(part && (request.isAutomatic === true || isEarlier)));
  const pending = waiting.map((entry): Entry => ({ ...entry, kind: 'pending', at: entry.since }));
  const closed = manifest.closed.map((entry): Entry => ({ ...entry, kind: 'closed', at: entry.closedAt, part: false }));
  const entries = [...pending.toReversed(), ...(request.closed || names !== null ? closed.toReversed() : [])];
  entries.sort((left, right) => Date.parse(right.at) - Date.parse(left.at));
  const chosen = new Map<string, Candidate>();
  for (const candidate of [...saved, ...scoped(entries).map(marked)]) {
    const { name } = candidate.session;
    const key = candidate.part ? candidate.key : JSON.stringify(name);
    if (!chosen.has(key) && (names === null || names.includes(displayText(name)))) chosen.set(key, candidate);
  }
  const found = [...chosen.values()];
  const unknown = names?.find((name) => !found.some(({ session }) => displayText(session.name) === name));
  if (unknown !== undefined) return fail({ reason: 'not-found', what: `session '${unknown}'` });
  return ok(found);
}

const marked = (candidate: Candidate): Candidate => {
  if (!candidate.part) return candidate;
  const windows = candidate.windows.map((window) => ({
    ...window,
    options: { ...window.options, [PART_OPTION]: candidate.key },
  }));
  return { ...candidate, windows };
};

interface Entry {
  readonly kind: 'pending' | 'closed';
  readonly at: string;
  readonly session: Session;
  readonly windows: readonly Window[];
  readonly part: boolean;
}

/**
 * Gives the entries of one moment one scope: they left one server together, and groups and linked windows come back as such.
 * One whose ids mean something else there, as after an import, has a scope of its own.
 */
function scoped(entries: readonly Entry[]): Candidate[] {
  const moments = new Map<string, Map<string, string>>();
  return entries.map(({ kind, at, session, windows, part }) => {
    const key = entryKey(kind, at, session);
    const moment = `${kind}/${at}`;
    const known = moments.get(moment) ?? new Map<string, string>();
    moments.set(moment, known);
    const meanings = windows.flatMap((window) => {
      const meaning = JSON.stringify(window);
      return [window.id, ...window.panes.map((pane) => pane.id)].map((id): [string, string] => [id, meaning]);
    });
    const agrees = !known.has(session.id) && meanings.every(([id, meaning]) => (known.get(id) ?? meaning) === meaning);
    if (!agrees) return { key, scope: key, session, windows, part };
    known.set(session.id, key);
    for (const [id, meaning] of meanings) known.set(id, meaning);
    return { key, scope: moment, session, windows, part };
  });
}

/** Returns the ref of a session, window or pane of a candidate. */
export const refOf = (candidate: Candidate, id: string): string => `${candidate.scope}/${id}`;
