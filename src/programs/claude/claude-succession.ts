/**
 * Whether a process may have moved on from the conversation that it is known to have had: `/clear`, `/branch` and `/resume` change it
 * in place. A doubt makes it less sure, and never leads to another one that would be started unasked.
 */
import type { Conversation } from '../../model/manifest.js';
import type { Claim } from './claude-claims.js';
import type { Selection } from './claude-projects.js';
import type { Transcript } from './claude-transcripts.js';

/** A conversation that a process may have moved on to. */
export interface Successor {
  readonly id: string;
  /** When it shows so at the earliest, and its end, in ms since the epoch. */
  readonly at: number;
  readonly lastAt: number;
  /** Whether it began then, after the end of the one that it followed, and is nobody else's. */
  readonly isBegun: boolean;
}

/** What the search for successors rests on. */
export interface Succession {
  readonly claim: Pick<Claim, 'id' | 'since' | 'rivals'>;
  /** The transcript of the conversation that is left behind, if there is one. */
  readonly transcript: Transcript | null;
  /** Whether an older conversation that went on meanwhile is a hint too: `/resume` leaves the command line as it was. */
  readonly countsActivity: boolean;
  /** Whether another process may have written in this conversation, so that its end says nothing of this process. */
  readonly isShared: boolean;
  /** The directories that others must name one of. */
  readonly cwds: ReadonlySet<string>;
  /** Returns whether another living process, or a background agent, accounts for a conversation at a time. */
  readonly isExplained: (id: string, at: number) => boolean;
  /** Returns whether another process holds a conversation now: this one may have held it before, and gone on elsewhere. */
  readonly isHeld: (id: string) => boolean;
  readonly now: number;
}

const CANDIDATE_LIMIT = 8;

/** Returns since when a conversation counts that another one followed, in ms since the epoch. */
export function successionStart({ claim, transcript, isShared, now }: Succession): number {
  const lastAt = transcript?.lastAt ?? -Infinity;
  return isShared || lastAt > now ? claim.since : Math.max(claim.since, lastAt);
}

/** Returns the conversations that the process may have moved on to, oldest first. */
export function successors(question: Succession, others: Selection): readonly Successor[] {
  const { claim } = question;
  const since = successionStart(question);
  const found = new Map<string, Successor>();
  for (const other of others.transcripts) {
    if (other.id === claim.id || claim.rivals.includes(other.id) || !other.isInteractive) continue;
    if (other.cwds.length > 0 && !other.cwds.some((cwd) => question.cwds.has(cwd))) continue;
    const successor = evidence(other, since, question);
    if (successor !== null && !question.isExplained(other.id, successor.at)) found.set(other.id, successor);
  }
  return [...found.values()].sort((left, right) => left.at - right.at);
}

function evidence(
  other: Transcript,
  since: number,
  { claim, transcript, countsActivity, isHeld, now }: Succession,
): Successor | null {
  const { id, firstAt } = other;
  const lastAt = other.lastAt ?? now;
  // Without a readable time its file alone, changed since, is the hint.
  if (firstAt === null) return (other.lastAt ?? Infinity) > since ? { id, at: lastAt, lastAt, isBegun: false } : null;
  if (firstAt > since) {
    const isAfter = firstAt > (transcript?.lastAt ?? -Infinity);
    return { id, at: firstAt, lastAt, isBegun: isAfter && !isHeld(id) };
  }
  // `/branch` copies what was said so far, with its old times.
  const isBranch = other.forkedFrom === claim.id || firstAt === transcript?.firstAt;
  return (isBranch || countsActivity) && lastAt > since ? { id, at: lastAt, lastAt, isBegun: false } : null;
}

/**
 * Returns the conversation of a process. What followed becomes its conversation when it is one chain, each begun after the one before
 * ended, and `isAlone` says that no other process can have begun it; inferred even so.
 */
export function succeed(
  claim: Claim,
  later: readonly Successor[],
  isComplete: boolean,
  isAlone: () => boolean,
): Conversation {
  const { id, source, atBest, rivals } = claim;
  const newest = later.at(-1);
  if (newest === undefined && isComplete) return { id, source, confidence: atBest, candidates: [...rivals] };
  const others = (than: string): string[] =>
    [...new Set([...later.map((one) => one.id).reverse(), id, ...rivals])]
      .filter((one) => one !== than)
      .slice(0, CANDIDATE_LIMIT);
  if (newest !== undefined && isComplete && atBest !== 'ambiguous' && isOneChain(later) && isAlone())
    return { id: newest.id, source: 'succession', confidence: 'inferred', candidates: others(newest.id) };
  return { id, source, confidence: 'ambiguous', candidates: others(id) };
}

const isOneChain = (later: readonly Successor[]): boolean =>
  later.every((one, index) => one.isBegun && one.at > (later[index - 1]?.lastAt ?? -Infinity));
