/**
 * What becomes of sessions that are being closed (R4), of all of them after the user's own `kill-server` (R5), and for how
 * long what was closed is kept (R6).
 */
import { entryKey } from './candidates.js';
import type { Death } from './cause.js';
import { unreachable } from './failure.js';
import { windowsOf } from './holds.js';
import type { State } from './lineage.js';
import type { Closed, Manifest, Pending } from './manifest.js';
import type { Policy } from './policy.js';

/** How long closed sessions are kept, and how many (R6). */
const CLOSED_DAYS = 7;
const CLOSED_LIMIT = 100;

/** Decided much later, or by another clock, a closing is of now: its time must not make it old at once. */
const LATELY_MS = 600_000;
const isLately = (since: string, at: string): boolean => Math.abs(Date.parse(at) - Date.parse(since)) < LATELY_MS;

/** What may become of sessions that are being closed. */
export type Settlement = 'closed' | 'lost';

/** Returns the state after the closings in `keys` were decided; `closed` moves them on, `lost` keeps them to be restored. */
export function settleClosings(state: State, keys: ReadonlySet<string>, settlement: Settlement, at: string): State {
  const decided = (entry: Pending): boolean =>
    entry.how === 'closing' && keys.has(entryKey('pending', entry.since, entry.session));
  const chosen = state.pending.filter(decided);
  const rest = state.pending.filter((entry) => !decided(entry));
  switch (settlement) {
    case 'lost':
      return { ...state, pending: [...rest, ...chosen.map((entry): Pending => ({ ...entry, how: 'lost' }))] };
    case 'closed': {
      // It was closed when it vanished; what vanished together is brought back together.
      const closed = chosen.map(({ since, session, windows }): Closed => ({
        closedAt: isLately(since, at) ? since : at,
        how: 'kill-session',
        session,
        windows,
      }));
      return { ...state, pending: rest, closed: keptClosed([...state.closed, ...closed], at) };
    }
    default:
      return unreachable(settlement);
  }
}

/** Returns whether all that lived on a server counts as closed now that it died so (R5). */
export const isClosedBy = (
  { clean }: Pick<Death, 'clean'>,
  { afterKillServer }: Pick<Policy, 'afterKillServer'>,
): boolean => clean && afterKillServer === 'nothing';

/** Returns the state after the user's own `kill-server`: all that lived is closed, and so is what was being closed (R5). */
export function closeServer(manifest: Manifest, at: string): State {
  const closing = new Set(manifest.pending.map((entry) => entryKey('pending', entry.since, entry.session)));
  const settled = settleClosings(manifest, closing, 'closed', at);
  const killed = manifest.sessions.map((session): Closed => ({
    closedAt: at,
    how: 'kill-server',
    session,
    windows: windowsOf(session, manifest.windows),
  }));
  return { ...settled, sessions: [], windows: [], closed: keptClosed([...settled.closed, ...killed], at) };
}

/**
 * Returns the state of the next server after the kill-server of the one before it, where somebody saved the next one first and took
 * for lost what lived on `died`; null when none of that is there.
 */
export function closeLate(manifest: Manifest, died: Manifest, at: string): State | null {
  const lived = [
    ...died.sessions,
    ...died.pending.filter(({ how }) => how === 'closing').map(({ session }) => session),
  ];
  const late = manifest.pending.filter(
    ({ how, part, session }) =>
      how === 'lost' &&
      !part &&
      lived.some(({ id, createdAt }) => id === session.id && createdAt === session.createdAt),
  );
  if (late.length === 0) return null;
  const closed = late.map(({ session, windows }): Closed => ({ closedAt: at, how: 'kill-server', session, windows }));
  const pending = manifest.pending.filter((entry) => !late.includes(entry));
  return { ...manifest, pending, closed: keptClosed([...manifest.closed, ...closed], at) };
}

/** Returns the closed sessions that are kept: a week's, the newest hundred of them (R6). */
export function keptClosed(closed: readonly Closed[], now: string): Closed[] {
  const oldest = Date.parse(now) - CLOSED_DAYS * 24 * 3_600_000;
  return closed.filter((entry) => Date.parse(entry.closedAt) >= oldest).slice(-CLOSED_LIMIT);
}
