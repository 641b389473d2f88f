/**
 * Decides a restore: (candidates, live snapshot) → Plan. It is a difference against what lives now, so planning twice
 * is harmless (P5): an existing name is left alone, but for a placeholder that nobody used (R10). All decisions are here;
 * tmux/apply only carries them out.
 *
 * Everything is created under a temporary name with idle placeholders, renamed, and only then settled by id: layouts first,
 * then the panes' own programs, which so start at their final size. What would act on the restore itself comes last.
 */
import { refOf, type Candidate } from './candidates.js';
import { splitGroups, type Member } from './plan-groups.js';
import { mustKeep, sessionOptionSteps, windowOptionSteps } from './plan-options.js';
import { createSession, windowOf } from './plan-session.js';
import type { Placeholder, PlanContext } from './plan-window.js';
import type { Session } from './manifest.js';
import type { Snapshot } from './snapshot.js';
import type { CreateStep, SettleStep } from './steps.js';
import { sameText } from './text.js';
import { TEMPORARY_PREFIX } from './unsettled.js';

/** A session that will be made, with the saved state it must equal. */
export interface PlannedSession {
  readonly candidate: Candidate;
  readonly ref: string;
  readonly temporaryName: string;
  /** The pristine session that it comes into, or null. */
  readonly placeholder: Placeholder | null;
  /** The id of the live session that its windows come into: a placeholder, or the session that they were lost from; null makes a session. */
  readonly host: string | null;
  readonly windows: number;
  readonly panes: number;
}

/** A session that is left alone. */
export interface Skip {
  readonly candidate: Candidate;
  readonly reason: string;
}

/** What a restore will do, in three batches. */
export interface Plan {
  readonly sessions: readonly PlannedSession[];
  readonly create: readonly CreateStep[];
  readonly settle: readonly SettleStep[];
  readonly finish: readonly SettleStep[];
  readonly skips: readonly Skip[];
  /** Windows that come into a session which this plan makes: in the next pass. */
  readonly later: readonly Candidate[];
}

/**
 * Returns the settling steps in their batches: one, or two where windows or sessions end on the way. In one batch with that a
 * select-window can crash tmux 3.8 (cmd-select-window.c hands what is gone to its hook).
 */
export function settleBatches({ settle }: Plan): readonly (readonly SettleStep[])[] {
  const ends = settle.some((step) => step.kind === 'move-in' || (step.kind === 'link-window' && step.replace));
  const cut = settle.findIndex(({ kind }) => kind === 'select-window');
  return ends && cut >= 0 ? [settle.slice(0, cut), settle.slice(cut)] : [settle];
}

/** Returns the plan that brings the candidates into the live server. */
export function planRestore(candidates: readonly Candidate[], context: PlanContext): Plan {
  const skips: Skip[] = [];
  const later: Candidate[] = [];
  const wanted: Wanted[] = [];
  // A name is its whole session's: a part makes one only where there is no other.
  for (const candidate of [...candidates.filter(({ part }) => !part), ...candidates.filter(({ part }) => part)]) {
    const there = context.live.sessions.find((session) => sameText(session.name, candidate.session.name));
    const placeholder = context.placeholders?.find(({ sessionId }) => sessionId === there?.id) ?? null;
    const isMade = wanted.some((other) => sameText(other.candidate.session.name, candidate.session.name));
    if (candidate.session.windows.length === 0) skips.push({ candidate, reason: 'it was saved without a window' });
    else if (candidate.part && there !== undefined)
      wanted.push({ candidate: atFreeIndexes(candidate, there, wanted), placeholder: null, host: there.id });
    else if (candidate.part && isMade) later.push(candidate);
    else if (there === undefined || placeholder !== null)
      wanted.push({ candidate, placeholder, host: placeholder?.sessionId ?? null });
    else skips.push({ candidate, reason: 'a session of this name is there already' });
  }
  // tmux picks the session with the latest activity when a client names none: the least recent is made first.
  wanted.sort(
    (left, right) => Date.parse(left.candidate.session.activityAt) - Date.parse(right.candidate.session.activityAt),
  );
  const sessions = wanted.map((one, at) => planSession(one, at, context));
  const { leaders, members } = splitGroups(sessions, context.live);
  const owned = new Set<string>();
  const create: CreateStep[] = [];
  const settle: SettleStep[] = [];
  for (const planned of leaders) createSession(planned, owned, context, create, settle);
  members.forEach((member, at) => {
    const isFirst = members.findIndex((other) => other.leader === member.leader) === at;
    joinGroup(member, isFirst ? groupNameOf(member, sessions, context.live) : null, context, settle);
  });
  for (const planned of sessions) selectWindows(planned, settle);
  for (const { placeholder } of sessions) if (placeholder !== null) settle.push(closeUnused(placeholder));
  // After the closing: one of them may be renumber-windows.
  for (const planned of sessions) settle.push(...sessionOptionSteps(planned.candidate, context.settings, false));
  return { sessions, create, settle, finish: finishing(sessions, context), skips, later };
}

type Wanted = Pick<PlannedSession, 'candidate' | 'placeholder' | 'host'>;

/** Returns lost windows with their own indexes where those are free, and the next ones where they are not. */
function atFreeIndexes(candidate: Candidate, host: Session, others: readonly Wanted[]): Candidate {
  const coming = others.flatMap((other) => (other.host === host.id ? other.candidate.session.windows : []));
  const taken = new Set([...host.windows, ...coming].map(({ index }) => index));
  const windows = candidate.session.windows.map((link) => {
    const index = taken.has(link.index) ? Math.max(...taken) + 1 : link.index;
    taken.add(index);
    return { ...link, index };
  });
  return { ...candidate, session: { ...candidate.session, windows } };
}

function planSession({ candidate, placeholder, host }: Wanted, at: number, context: PlanContext): PlannedSession {
  const windows = candidate.session.windows.flatMap((link) => windowOf(candidate, link.windowId) ?? []);
  return {
    candidate,
    ref: refOf(candidate, candidate.session.id),
    temporaryName: `${TEMPORARY_PREFIX}${context.nonce}-${String(at)}`,
    placeholder,
    host,
    windows: windows.length,
    panes: windows.reduce((sum, window) => sum + window.panes.length, 0),
  };
}

/** Returns the steps that come last: hooks and other arrays, which could act on the restore itself, and the mark. */
function finishing(sessions: readonly PlannedSession[], { live, settings }: PlanContext): SettleStep[] {
  const seen = new Set<string>();
  const isMarked = live.windows.some((window) => window.panes.some((pane) => pane.marked));
  return sessions.flatMap(({ candidate }) => {
    const windows = candidate.windows.filter((window) => {
      const ref = refOf(candidate, window.id);
      const isNew = candidate.session.windows.some((link) => link.windowId === window.id) && !seen.has(ref);
      return isNew && seen.add(ref);
    });
    const marked = isMarked ? undefined : windows.flatMap(({ panes }) => panes).find((pane) => pane.marked);
    return [
      ...sessionOptionSteps(candidate, settings, true),
      ...windows.flatMap((window) => windowOptionSteps(candidate, window, true)),
      ...(marked === undefined ? [] : [{ kind: 'mark' as const, pane: refOf(candidate, marked.id) }]),
    ];
  });
}

/** Returns the closing of a placeholder's own window, which is left where it is if somebody used it meanwhile. */
export const closeUnused = (placeholder: Placeholder): SettleStep => ({
  kind: 'close-unused',
  session: placeholder.sessionId,
  window: placeholder.windowId,
  pane: placeholder.paneId,
  condition: placeholder.unused,
});

function joinGroup(
  { planned, leader }: Member,
  names: { readonly group: SettleStep; readonly back: SettleStep } | null,
  context: PlanContext,
  settle: SettleStep[],
): void {
  const { ref: session, temporaryName: name, candidate } = planned;
  const keep = mustKeep(candidate.session, context.settings);
  if (names !== null) settle.push(names.group);
  settle.push({ kind: 'join-group', session: leader, member: session, name, path: candidate.session.path, keep });
  if (names !== null) settle.push(names.back);
  settle.push({ kind: 'rename-member', session, name, to: candidate.session.name });
}

/** A group gets the name that its leader has when the first member joins (session_group_new): it is lent the group's for that moment. */
function groupNameOf({ planned, leader }: Member, sessions: readonly PlannedSession[], live: Snapshot) {
  const { group } = planned.candidate.session;
  const leading = sessions.find(({ ref }) => ref === leader);
  if (group === null || leading === undefined || sameText(leading.candidate.session.name, group)) return null;
  const isTaken =
    live.sessions.some((session) => sameText(session.name, group)) ||
    sessions.some(({ candidate }) => sameText(candidate.session.name, group));
  if (isTaken) return null;
  const rename = (to: typeof group): SettleStep => ({ kind: 'rename-live', session: leader, to });
  return { group: rename(group), back: rename(leading.candidate.session.name) };
}

/** Visits the session's windows from the least to the most recent, which leaves tmux with the saved stack of last windows. */
function selectWindows(planned: PlannedSession, settle: SettleStep[]): void {
  const { session, part } = planned.candidate;
  // What its user looks at stays in sight.
  if (part && planned.host !== null) return;
  for (const windowId of [...session.lastWindows.toReversed(), session.activeWindow]) {
    const link = session.windows.find((candidate) => candidate.windowId === windowId);
    if (link !== undefined) settle.push({ kind: 'select-window', session: planned.ref, index: link.index });
  }
}
