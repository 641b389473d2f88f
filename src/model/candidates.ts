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
}

/** What a user or the agent asks to be restored. */
export interface RestoreRequest {
  /** Names of sessions; null asks for all that was lost. */
  readonly names: readonly string[] | null;
  /** Whether everything that was closed is asked for as well. */
  readonly closed: boolean;
}

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
  }));
  const entries = (kind: 'pending' | 'closed'): Candidate[] => {
    const list =
      kind === 'pending'
        ? manifest.pending.map((entry) => ({ ...entry, at: entry.since }))
        : manifest.closed.map((entry) => ({ ...entry, at: entry.closedAt }));
    return list
      .sort((left, right) => (left.at < right.at ? 1 : -1))
      .map(({ at, session, windows }) => {
        const key = entryKey(kind, at, session);
        return { key, scope: key, session, windows };
      });
  };
  const closed = request.closed || names !== null ? entries('closed') : [];
  const all = [...saved, ...entries('pending'), ...closed];
  const chosen = new Map<string, Candidate>();
  for (const candidate of all) {
    const name = displayText(candidate.session.name);
    if (!chosen.has(name) && (names === null || names.includes(name))) chosen.set(name, candidate);
  }
  const unknown = names?.find((name) => !chosen.has(name));
  if (unknown !== undefined) return fail({ reason: 'not-found', what: `session '${unknown}'` });
  return ok([...chosen.values()]);
}

/** Returns the ref of a session, window or pane of a candidate. */
export const refOf = (candidate: Candidate, id: string): string => `${candidate.scope}/${id}`;
