/**
 * What the next client is told of a restore that nobody asked for: once, and while it is news. Words of ours and numbers only, nothing
 * that was saved.
 */
import { causeAfter } from './cause-words.js';
import { lastOf, type JournalEntry, type LossEntry, type RestoreEntry } from './journal.js';
import { isRestoreInto } from './recovery.js';
import type { ServerIdentity } from './snapshot.js';
import { clockWords } from './time-words.js';

/** A restore of longer ago, in ms, is no news. */
const NEWS_MS = 7 * 24 * 3_600_000;

/** What is to be said of a restore. */
export interface Greeting {
  /** When it was: what was said of a restore is remembered by this. */
  readonly at: string;
  readonly text: string;
}

/** When and where a client would be told. */
export interface GreetingPlace {
  readonly server: ServerIdentity;
  /** The last restore that a client was told of, or null. */
  readonly told: string | null;
  /** In ms since the epoch. */
  readonly now: number;
}

/** Returns what a client of this server is to be told, or null when there is nothing new. */
export function greetingOf(journal: readonly JournalEntry[], { server, told, now }: GreetingPlace): Greeting | null {
  const restore = lastOf(journal, 'restore');
  if (restore === null || !restore.automatic || !isRestoreInto(restore, server) || restore.at === told) return null;
  if (now - Date.parse(restore.at) > NEWS_MS) return null;
  const back = restore.restored + restore.adopted;
  const due = needed(restore);
  if (back + due === 0) return null;
  const came = `${back === 0 ? 'no session is' : counted(back, 'session is', 'sessions are')} back ${after(journal, restore, now)}`;
  const needs = due === 0 ? '' : `; ${counted(due, 'needs', 'need')} you: tmux-persist status`;
  return { at: restore.at, text: `tmux-persist: ${came}${needs}` };
}

/** What did not come back, or only waits for a key: each is something that only its user can settle. */
const needed = ({ failed, skipped, conversations }: RestoreEntry): number =>
  failed + skipped + conversations.offered + conversations.missing;

/** Sessions that memory trouble took out of a living server come back into it without a loss of its own. */
function after(journal: readonly JournalEntry[], restore: RestoreEntry, now: number): string {
  const before = journal.slice(0, journal.indexOf(restore));
  const at = before.findLastIndex((entry) => entry.kind === 'loss');
  const isFirst = !before.slice(at + 1).some((entry) => entry.kind === 'restore' && entry.automatic);
  const loss = before[at] as LossEntry | undefined;
  return loss === undefined || !isFirst
    ? `since ${clockWords(restore.at, now)}`
    : `after ${causeAfter(loss.cause)} at ${clockWords(loss.at, now)}`;
}

const counted = (count: number, one: string, more: string): string => `${String(count)} ${count === 1 ? one : more}`;
