/**
 * Decides what to do when a server answers: restore into it, or leave it as it is.
 */
import { isCrashLooping } from './crash-loop.js';
import { lastOf, type JournalEntry, type RestoreEntry } from './journal.js';
import type { Manifest } from './manifest.js';
import { sameServer, type ServerIdentity } from './snapshot.js';

/** What a new server is to be met with. */
export type Recovery =
  /** Sessions of an earlier server are to be brought back. */
  | 'restore'
  /** They are, but the last servers died of it (R15). */
  | 'crash-loop'
  /** It is the server that was saved last, it was restored into, or its user closed everything. */
  | 'nothing';

/** Returns whether a manifest was taken from another server than this one. */
export const isOfAnother = (manifest: Manifest, server: ServerIdentity): boolean =>
  manifest.server === null || !sameServer({ ...manifest.server, bootId: manifest.bootId }, server);

/** Returns whether sessions of an earlier server are still to come back: a save without an agent took note of them and no more. */
export const isWaiting = (manifest: Manifest): boolean =>
  manifest.pending.some(({ how, part }) => !part && (how === 'lost' || how === 'imported'));

/** Returns whether a journal entry is a restore into this server. */
export const isRestoreInto = (entry: JournalEntry, server: ServerIdentity): entry is RestoreEntry =>
  entry.kind === 'restore' && entry.server !== null && sameServer({ ...entry.server, bootId: entry.bootId }, server);

/** Returns whether a journal entry is the loss of this server. */
export const isLossOf = (entry: JournalEntry, server: ServerIdentity): boolean =>
  entry.kind === 'loss' && entry.server !== null && sameServer({ ...entry.server, bootId: entry.bootId }, server);

/** Returns what to do about the saved state now that `server` answers; a server is restored into once. */
export function decideRecovery(
  previous: Manifest | null,
  server: ServerIdentity,
  journal: readonly JournalEntry[],
): Recovery {
  if (previous === null || !(isOfAnother(previous, server) || isWaiting(previous))) return 'nothing';
  if (journal.some((entry) => isRestoreInto(entry, server) && entry.automatic)) return 'nothing';
  if (wasClosed(previous, journal)) return 'nothing';
  return isCrashLooping(journal) ? 'crash-loop' : 'restore';
}

/** Returns whether the user closed everything that lived on the server of a manifest (R5): then nothing comes back by itself. */
export function wasClosed(previous: Manifest, journal: readonly JournalEntry[]): boolean {
  const loss = lastOf(journal, 'loss');
  if (loss === null || previous.server === null) return false;
  const isClosed = loss.closed ?? loss.cause === 'kill-server';
  return isClosed && isLossOf(loss, { ...previous.server, bootId: previous.bootId });
}
