/**
 * Judges what a new look means for the saved state: keep it, replace it, or put the look aside. A good state is never
 * replaced by less (P3): what is not there any more moves, whole, to `pending` (R3, R4), and only a closing by the
 * user, confirmed later by `settleClosings`, moves it on to `closed`.
 */
import { entryKey } from './candidates.js';
import { keptClosed } from './closing.js';
import { holds, windowsOf } from './holds.js';
import { keptParts, lostParts } from './lost-parts.js';
import type { Closed, Manifest, Pending, Session, Window } from './manifest.js';
import { thinRepeats } from './repeats.js';
import { sameServer, type ServerIdentity } from './snapshot.js';
import { sameText } from './text.js';

/** The part of a manifest that a look decides. */
export interface State {
  readonly server: Manifest['server'];
  readonly sessions: readonly Session[];
  readonly windows: readonly Window[];
  readonly pending: readonly Pending[];
  readonly closed: readonly Closed[];
  readonly buffers: Manifest['buffers'];
  readonly lastSession: Manifest['lastSession'];
}

/** One complete look, ready to be saved. */
export interface Look extends Pick<State, 'sessions' | 'windows' | 'buffers' | 'lastSession'> {
  readonly server: NonNullable<Manifest['server']>;
  readonly bootId: string;
  readonly takenAt: string;
}

/** What is known beside the look. */
export interface Circumstances {
  /** Whether an automatic restore into this server is still to come or under way. */
  readonly restoreIsDue: boolean;
  /** Whether an OOM counter moved lately. */
  readonly oomNear: boolean;
  /** Whether everything is being stopped: what is missing now may be dying with the server. */
  readonly isStopping: boolean;
  /** Age of the server in ms. */
  readonly serverAgeMs: number;
  /** Keys of the candidates that a restore brought back since the saved state was written. */
  readonly restored: ReadonlySet<string>;
  /** Names that a restore tried and failed to bring back, or found taken. */
  readonly unrestored: ReadonlyMap<string, Fate>;
}

/** What to do with a look. */
export type Verdict =
  /** Nothing changed. */
  | { readonly kind: 'equal' }
  /** The look replaces the saved state; `lost` names the sessions that must be restored at once. */
  | { readonly kind: 'replace'; readonly state: State; readonly lost: readonly Session[] }
  /** The look goes to history alone. */
  | { readonly kind: 'archive'; readonly state: State; readonly reason: string };

/** A server younger than this lost its sessions; an older one may have closed several (R4). */
const YOUNG_SERVER_MS = 60_000;

/** Returns what a look means for the saved state. */
export function judge(previous: Manifest | null, look: Look, circumstances: Circumstances): Verdict {
  const { server, sessions, windows, buffers, lastSession } = look;
  const now = { server, sessions, windows, buffers, lastSession };
  if (previous === null) return { kind: 'replace', state: { ...now, pending: [], closed: [] }, lost: [] };
  if (circumstances.restoreIsDue) {
    const state = { ...now, pending: previous.pending, closed: previous.closed };
    return { kind: 'archive', state, reason: 'the restore into this server is not finished' };
  }
  const same =
    previous.server !== null &&
    sameServer(identity(previous.server, previous.bootId), identity(look.server, look.bootId));
  // What came back and is gone again before anybody saw it was not brought back for good.
  const isBack = (key: string, session: Session): boolean => circumstances.restored.has(key) && livesIn(look, session);
  // A name that is free again was skipped for good reason once; now it is only missing.
  const fate = (session: Session): Fate | undefined => {
    const told = circumstances.unrestored.get(nameKey(session));
    return told === 'skipped' && !livesIn(look, session) ? undefined : told;
  };
  const carried = previous.pending
    .filter(({ since, session }) => !isBack(entryKey('pending', since, session), session))
    .filter(({ part, session }) => part || !(same && livesAgain(look, session)))
    .map((entry) => ({ ...entry, how: howCarried(entry, same, livesIn(look, entry.session), fate(entry.session)) }));
  const closed = keptClosed(previous.closed, look.takenAt).filter(
    (entry) => !isBack(entryKey('closed', entry.closedAt, entry.session), entry.session),
  );
  const gone = same ? vanishedFrom(previous, look) : leftBehind(previous, look);
  const vanished = gone.filter((session) => !isBack(`saved/${session.id}`, session));
  const how = same ? howVanished(vanished.length, previous.sessions.length - gone.length, circumstances) : null;
  const entries = vanished.map((session): Pending => ({
    since: look.takenAt,
    how: how ?? fate(session) ?? (livesIn(look, session) ? 'skipped' : 'lost'),
    part: false,
    session,
    windows: windowsOf(session, previous.windows),
  }));
  const mayBeLost = same && (circumstances.oomNear || circumstances.isStopping);
  const parts = mayBeLost ? lostParts(previous, look, gone) : [];
  if (same && circumstances.isStopping && vanished.length + parts.length > 0) {
    const state = { ...now, pending: previous.pending, closed: previous.closed };
    return { kind: 'archive', state, reason: 'everything is being stopped, and it shows less than was saved' };
  }
  const torn = parts.map((part): Pending => ({
    since: look.takenAt,
    how: 'lost',
    part: true,
    session: part.session,
    windows: [...part.windows],
  }));
  const open = keptParts([...carried, ...entries, ...torn]);
  const state: State = { ...now, ...(same ? { pending: open, closed } : thinRepeats(open, closed)) };
  if (same && entries.length === 0 && isEqual(previous, state, Date.parse(look.takenAt))) return { kind: 'equal' };
  return { kind: 'replace', state, lost: same && circumstances.oomNear && how === 'lost' ? vanished : [] };
}

/** Whether this very session is there after all, and not just one of its name; ids mean this on one server only. */
const livesAgain = (look: Look, session: Session): boolean =>
  look.sessions.some(
    (live) =>
      // What an earlier server lost may share the id and the second of a session that is here now.
      live.id === session.id && live.createdAt === session.createdAt && sameText(live.name, session.name),
  );

const livesIn = (look: Look, session: Session): boolean =>
  look.sessions.some((live) => sameText(live.name, session.name));

type Fate = 'failed' | 'skipped';

/** What was being closed when its server died was not closed: it died with it. What has no fate waits for its name to be free. */
function howCarried(entry: Pending, same: boolean, nameLives: boolean, fate: Fate | undefined): Pending['how'] {
  const { how } = entry;
  // A part is to come into the session of its name.
  if (entry.part) return fate === 'failed' ? fate : how;
  if (how === 'closing' && same) return how;
  if (fate !== undefined || how === 'failed' || how === 'imported') return fate ?? how;
  if (nameLives) return 'skipped';
  return same ? how : 'lost';
}

/** Returns the key under which `Circumstances.unrestored` knows a session. */
export const nameKey = (session: Session): string => JSON.stringify(session.name);

const identity = (server: { pid: number; startTime: number }, bootId: string): ServerIdentity => ({
  bootId,
  pid: server.pid,
  startTime: server.startTime,
});

const vanishedFrom = (previous: Manifest, look: Look): Session[] =>
  previous.sessions.filter(
    (session) => !look.sessions.some((live) => live.id === session.id && live.createdAt === session.createdAt),
  );

/** R3: of another server's sessions, those that have no counterpart here; beside one, keeping them would only be noise. */
const leftBehind = (previous: Manifest, look: Look): Session[] =>
  previous.sessions.filter(
    (session) =>
      !look.sessions.some((live) =>
        holds({ session: live, windows: look.windows }, { session, windows: previous.windows }),
      ),
  );

/**
 * R4: the user closes sessions one by one, or several beside others that stay. Several at once from a young server,
 * all at once, or any beside an OOM kill were lost.
 */
function howVanished(count: number, stayed: number, { oomNear, serverAgeMs }: Circumstances): 'lost' | 'closing' {
  if (oomNear) return 'lost';
  return count > 1 && (serverAgeMs < YOUNG_SERVER_MS || stayed === 0) ? 'lost' : 'closing';
}

/** Titles alone are written at most this often: a spinner in a title turns many times a second. */
const TITLES_EVERY_MS = 60_000;

/** R9: whether two states are the same for a user; the time of the last activity alone is not worth a write. */
function isEqual(previous: Manifest, next: State, now: number): boolean {
  // A clock that was set back must not hold titles back until it has caught up.
  const titlesAreDue = Math.abs(now - Date.parse(previous.savedAt)) >= TITLES_EVERY_MS;
  return canonical(previous, titlesAreDue) === canonical(next, titlesAreDue);
}

const canonical = ({ server, ...state }: State, withTitles: boolean): string =>
  JSON.stringify(
    [
      server?.pid,
      server?.startTime,
      server?.options,
      server?.configured,
      // PATH is that of whoever started the server, and never set again.
      { ...server?.environment, PATH: undefined },
      state.sessions,
      state.windows,
      state.pending,
      state.closed,
      state.buffers,
      state.lastSession,
    ],
    (key, value: unknown) =>
      key === 'activityAt' || key === 'lastAttachedAt' || (key === 'title' && !withTitles) ? undefined : value,
  );
