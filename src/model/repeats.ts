/**
 * Keeps `pending` from growing with every crash: a name that something else takes first on each new server (tmux.conf,
 * a reconnecting client) leaves one more skipped session behind each time. Nothing is let go of that is not kept elsewhere.
 */
import { holds } from './holds.js';
import type { Closed, Pending } from './manifest.js';

/** How many skipped sessions of one name wait to be restored; the newest is the one that its name stands for. */
const SKIPPED_LIMIT = 5;

/**
 * Returns the entries without those that a later one holds whole. Of the skipped ones of a name that are too many, the
 * oldest count as closed since they were skipped: their user has done without them on as many servers.
 */
export function thinRepeats(
  pending: readonly Pending[],
  closed: readonly Closed[],
): { readonly pending: Pending[]; readonly closed: Closed[] } {
  // A part has nothing of its session but windows, and does not come back by itself: it stands for no session.
  const distinct = pending.filter(
    (entry, at) => !pending.slice(at + 1).some((later) => (entry.part || !later.part) && holds(later, entry)),
  );
  const skipped = new Map<string, number>();
  const kept: Pending[] = [];
  const superseded: Closed[] = [];
  for (const entry of distinct.toReversed()) {
    const name = JSON.stringify(entry.session.name);
    const count = (skipped.get(name) ?? 0) + (entry.how === 'skipped' ? 1 : 0);
    skipped.set(name, count);
    if (entry.how !== 'skipped' || count <= SKIPPED_LIMIT) kept.unshift(entry);
    else
      superseded.unshift({
        closedAt: entry.since,
        how: 'kill-session',
        session: entry.session,
        windows: entry.windows,
      });
  }
  // The oldest come first: that is the end from which closed sessions are let go of.
  const all = [...superseded, ...closed].sort((left, right) => Date.parse(left.closedAt) - Date.parse(right.closedAt));
  return { pending: kept, closed: superseded.length === 0 ? [...closed] : all };
}
