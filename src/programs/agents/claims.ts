/**
 * What the sources of a family say about the conversation of a process, and what follows from it. The first claim in order of trust is the
 * conversation; it is sure only when its source follows every change and nothing that would know better says otherwise.
 */
import type { Conversation } from '../../model/manifest.js';
import type { Text } from '../../model/text.js';
import type { Around, Held, Identity } from '../family.js';
import { waitingProgram } from '../launcher.js';
import { isGone, TICK_MS, type ProcessInfo } from '../process-view.js';

/** The form of ids that most agents use. */
export const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What one source says. */
export interface Claim {
  readonly id: string;
  readonly source: string;
  /** Whether the source would say otherwise by now if the process had moved on. */
  readonly isCurrent: boolean;
  /** When it was so at the latest known, in ms since the epoch, or null. */
  readonly at: number | null;
}

/** The start of a process is known to about a second only: the boot time is rounded. */
export const START_SLACK_MS = 2000;
const CANDIDATE_LIMIT = 8;
const DESCENDANT_LIMIT = 512;

/** Returns when a process started, in ms since the epoch, give or take START_SLACK_MS. */
export const startOf = ({ startTime }: ProcessInfo, { bootMs }: Around): number => bootMs + Number(startTime) * TICK_MS;

/** Returns the conversation that claims, in order of trust, amount to; null without any. */
export function conversationOf(claims: readonly Claim[]): Conversation | null {
  const [first] = claims;
  if (first === undefined) return null;
  const isLater = ({ at }: Claim): boolean => at !== null && first.at !== null && at > first.at + START_SLACK_MS;
  const rivals = claims.filter((claim) => claim.isCurrent || !first.isCurrent || isLater(claim));
  const others = new Set(rivals.map(({ id }) => id).filter((id) => id !== first.id));
  const isSure = claims.some(({ id, isCurrent }) => id === first.id && isCurrent);
  const confidence = others.size > 0 ? 'ambiguous' : isSure ? 'exact' : 'inferred';
  return { id: first.id, source: first.source, confidence, candidates: [...others].slice(0, CANDIDATE_LIMIT) };
}

/** Returns the identities of processes by what `claimsOf` finds, each conversation sure in one of them at most. */
export function identities(
  held: readonly Held[],
  around: Around,
  validId: RegExp,
  claimsOf: (one: Held) => readonly Claim[],
  cwdOf: (one: Held, id: string | null) => Text | null = () => null,
): Identity[] {
  return onceSure(
    held.map((one) => {
      // What a launcher still holds back has begun nothing yet; what it only offers was in doubt before.
      const waiting = waitingProgram(around.view.read(one.info.pid)?.argv ?? []);
      const claims = waiting === null ? claimsOf(one) : argvClaims(one, waiting.wait !== 'enter');
      const conversation = conversationOf(claims.filter(({ id }) => validId.test(id)));
      return { conversation, cwd: cwdOf(one, conversation?.id ?? null) ?? one.info.cwd ?? around.home };
    }),
  );
}

/** Of several that are sure of one conversation, the first stays so; one that says so now goes before one that was started with it. */
function onceSure(found: readonly Identity[]): Identity[] {
  const sure = found.filter(({ conversation }) => conversation?.confidence === 'exact');
  const isArgv = ({ conversation }: Identity): number => (conversation?.source === 'argv' ? 1 : 0);
  const owners = new Map<string, Identity>();
  for (const identity of sure.toSorted((left, right) => isArgv(left) - isArgv(right))) {
    const id = identity.conversation?.id ?? '';
    if (!owners.has(id)) owners.set(id, identity);
  }
  return found.map((identity) => {
    const { conversation } = identity;
    if (conversation?.confidence !== 'exact' || owners.get(conversation.id) === identity) return identity;
    return { ...identity, conversation: { ...conversation, confidence: 'ambiguous' } };
  });
}

/** Returns what a process told our hooks; a record that was marked as ended is no news of what came then. */
export function hookClaims(tool: string, { info }: Held, { records }: Around): Claim[] {
  return records
    .filter((record) => record.tool === tool && record.pid === info.pid && record.startTime === info.startTime)
    .toSorted((left, right) => right.at - left.at)
    .slice(0, 1)
    .map(({ sessionId, ended, at }) => ({ id: sessionId, source: 'hook', isCurrent: !ended, at }));
}

/** Returns the id that a process began with; that of a fork is its parent's only. `isFixed`: the program can't leave it unnoticed. */
export function argvClaims({ reading: { startId, fork } }: Held, isFixed = false): Claim[] {
  return startId === null || fork ? [] : [{ id: startId, source: 'argv', isCurrent: isFixed, at: null }];
}

/** Returns what the same process had in the previous snapshot. */
export function previousClaims({ info }: Held, { previous }: Around): Claim[] {
  const before = previous(info.pid, info.startTime);
  return before === null ? [] : [{ id: before.id, source: before.source, isCurrent: false, at: null }];
}

/**
 * Returns the id that the newest living descendant was given in a variable: so it was when that one started, and perhaps no more since.
 * What the process itself inherited is another's; `isOther` tells descendants whose own children speak for themselves.
 */
export function environmentClaims(
  variable: string,
  { info, environment }: Held,
  around: Around,
  isOther: (info: ProcessInfo) => boolean,
): Claim[] {
  if (environment === null) return [];
  const claims = descendants(info.pid, around, isOther).flatMap((child): Claim[] => {
    const id = around.view.environ(child.pid)?.get(variable);
    if (typeof id !== 'string' || id === environment.get(variable)) return [];
    return [{ id, source: 'environ', isCurrent: false, at: startOf(child, around) }];
  });
  return claims.toSorted((left, right) => (right.at ?? 0) - (left.at ?? 0)).slice(0, 1);
}

/** Returns the living processes below one, without those that `isOther` tells and what is below them. */
export function descendants(
  pid: number,
  { view }: Around,
  isOther: (info: ProcessInfo) => boolean = () => false,
): ProcessInfo[] {
  const found: ProcessInfo[] = [];
  const seen = new Set([pid]);
  for (let level = [pid]; level.length > 0 && found.length < DESCENDANT_LIMIT;) {
    const next = level.flatMap((parent) => view.children(parent)).filter((child) => !seen.has(child));
    for (const child of next) seen.add(child);
    const living = next.flatMap((child) => view.read(child) ?? []);
    const own = living.filter((child) => !isGone(child) && !isOther(child));
    found.push(...own);
    level = own.map((child) => child.pid);
  }
  return found;
}
