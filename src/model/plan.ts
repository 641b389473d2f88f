/**
 * Decides a restore: (candidates, live snapshot) → Plan. It is a difference against what lives now, so planning twice
 * is harmless (P5): an existing name is left alone (R10). All decisions are here; tmux/apply only carries them out.
 *
 * Everything is created under a temporary name with idle placeholders, renamed, and only then settled by id: layouts first,
 * then the panes' own programs, which so start at their final size.
 */
import { refOf, type Candidate } from './candidates.js';
import type { Session, Window } from './manifest.js';
import { settleWindow, type PlanContext } from './plan-window.js';
import type { Snapshot } from './snapshot.js';
import type { CreateStep, SettleStep } from './steps.js';
import { sameText, type Text } from './text.js';
import { TEMPORARY_PREFIX } from './unsettled.js';

/** A session that will be made, with the saved state it must equal. */
export interface PlannedSession {
  readonly candidate: Candidate;
  readonly ref: string;
  readonly temporaryName: string;
  readonly windows: number;
  readonly panes: number;
}

/** A session that is left alone. */
export interface Skip {
  readonly candidate: Candidate;
  readonly reason: string;
}

/** What a restore will do. */
export interface Plan {
  readonly sessions: readonly PlannedSession[];
  readonly create: readonly CreateStep[];
  readonly settle: readonly SettleStep[];
  readonly skips: readonly Skip[];
}

/** Returns the plan that brings the candidates into the live server. */
export function planRestore(candidates: readonly Candidate[], context: PlanContext): Plan {
  const skips: Skip[] = [];
  const wanted: Candidate[] = [];
  for (const candidate of candidates) {
    const lives = context.live.sessions.some((session) => sameText(session.name, candidate.session.name));
    if (lives) skips.push({ candidate, reason: 'a session of this name is there already' });
    else if (candidate.session.windows.length === 0) skips.push({ candidate, reason: 'it was saved without a window' });
    else wanted.push(candidate);
  }
  // tmux picks the session with the latest activity when a client names none: the least recent is made first.
  wanted.sort((left, right) => Date.parse(left.session.activityAt) - Date.parse(right.session.activityAt));
  const create: CreateStep[] = [];
  const settle: SettleStep[] = [];
  const owned = new Set<string>();
  const sessions = wanted.map((candidate, at) => planSession(candidate, at, context));
  const { leaders, members } = splitGroups(sessions, context.live);
  for (const planned of leaders) createSession(planned, owned, context, create, settle);
  for (const { planned, leader } of members) joinGroup(planned, leader, settle);
  for (const planned of sessions) selectWindows(planned, settle);
  return { sessions, create, settle, skips };
}

function planSession(candidate: Candidate, at: number, context: PlanContext): PlannedSession {
  const windows = candidate.session.windows.flatMap((link) => windowOf(candidate, link.windowId) ?? []);
  return {
    candidate,
    ref: refOf(candidate, candidate.session.id),
    temporaryName: `${TEMPORARY_PREFIX}${context.nonce}-${String(at)}`,
    windows: windows.length,
    panes: windows.reduce((sum, window) => sum + window.panes.length, 0),
  };
}

/**
 * Splits off the sessions that join the group of another: of a live member of their own group, else of the one that carries
 * the group's name, else of the first. A group of this name that is not theirs would replace their windows by its own:
 * beside it each is made by itself, and windows they had in common are linked.
 */
function splitGroups(sessions: readonly PlannedSession[], live: Snapshot) {
  const leaders: PlannedSession[] = [];
  const members: { planned: PlannedSession; leader: string }[] = [];
  const aliveOf = new Map(sessions.map((planned) => [planned, liveMember(planned.candidate, live)]));
  for (const planned of sessions) {
    const { group } = planned.candidate.session;
    const alive = aliveOf.get(planned);
    if (alive !== undefined) {
      members.push({ planned, leader: alive.id });
      continue;
    }
    const peers = sessions.filter((other) => {
      const theirs = other.candidate.session.group;
      const isTheirs = group !== null && theirs !== null && sameText(theirs, group);
      return isTheirs && other.candidate.scope === planned.candidate.scope && aliveOf.get(other) === undefined;
    });
    const leader = peers.find((peer) => group !== null && sameText(peer.candidate.session.name, group)) ?? peers[0];
    // tmux names a group after the session that is joined, and takes one of that name for it (session_group_new).
    const isTaken = leader !== undefined && hasGroup(live, leader.candidate.session.name);
    if (leader === undefined || leader === planned || isTaken) leaders.push(planned);
    else members.push({ planned, leader: leader.ref });
  }
  return { leaders, members };
}

const hasGroup = (live: Snapshot, name: Text): boolean =>
  live.sessions.some((session) => session.group !== null && sameText(session.group, name));

/** Returns a live session that shows the very windows of a saved one: of the same group, and both of this server. */
function liveMember({ session }: Candidate, live: Snapshot): Session | undefined {
  if (session.group === null || Date.parse(session.createdAt) < live.server.startTime * 1000) return undefined;
  const { group } = session;
  const own = new Set(session.windows.map((link) => link.windowId));
  return live.sessions.find(
    (other) =>
      other.group !== null && sameText(other.group, group) && other.windows.some((link) => own.has(link.windowId)),
  );
}

const windowOf = (candidate: Candidate, id: string): Window | undefined =>
  candidate.windows.find((window) => window.id === id);

function createSession(
  planned: PlannedSession,
  owned: Set<string>,
  context: PlanContext,
  create: CreateStep[],
  settle: SettleStep[],
): void {
  const { candidate, ref: session, temporaryName: name } = planned;
  const { baseIndex } = context.settings;
  const links = candidate.session.windows.map((link) => ({
    ...link,
    ref: refOf(candidate, link.windowId),
    window: windowOf(candidate, link.windowId),
  }));
  const mine = links.filter(
    (link, at) =>
      link.window !== undefined && !owned.has(link.ref) && links.findIndex((other) => other.ref === link.ref) === at,
  );
  const theirs = links.filter((link) => !mine.includes(link));
  const first = mine.find((link) => link.index === baseIndex) ?? mine[0];
  const windows = links.flatMap((link) => link.window ?? []);
  create.push({
    kind: 'new-session',
    session,
    window: first?.ref ?? `${session}/placeholder`,
    pane: first === undefined ? `${session}/placeholder` : firstPane(candidate, first.window),
    name,
    path: candidate.session.path,
    width: Math.max(...windows.map((window) => window.width), 1),
    // Tall enough for every pane to be split off the last one with a line each (tmux refuses panes without space).
    height: Math.max(...windows.map((window) => Math.max(window.height, 2 * window.panes.length + 2)), 1),
  });
  if (first !== undefined && first.index !== baseIndex)
    create.push({ kind: 'move-window', name, from: baseIndex, to: first.index });
  for (const link of mine) {
    owned.add(link.ref);
    const { window } = link;
    if (window === undefined) continue;
    if (link !== first)
      create.push({
        kind: 'new-window',
        name,
        window: link.ref,
        pane: firstPane(candidate, window),
        index: link.index,
      });
    splitPanes(candidate, window, name, link.index, create);
    settleWindow(candidate, window, context, settle);
  }
  create.push({ kind: 'rename-session', session, name, to: candidate.session.name });
  let placeholder = first === undefined;
  for (const link of theirs) {
    settle.push({
      kind: 'link-window',
      session,
      window: link.ref,
      index: placeholder ? baseIndex : link.index,
      replace: placeholder,
    });
    if (placeholder && link.index !== baseIndex)
      settle.push({ kind: 'move-linked', session, from: baseIndex, to: link.index });
    placeholder = false;
  }
  // new-session -x -y leaves a session option behind (cmd-new-session.c).
  settle.push({ kind: 'unset-default-size', session });
}

const firstPane = (candidate: Candidate, window: Window | undefined): string =>
  refOf(candidate, window?.panes[0]?.id ?? 'none');

function splitPanes(candidate: Candidate, window: Window, name: string, index: number, create: CreateStep[]): void {
  const height = 2 * window.panes.length + 2;
  window.panes.slice(1).forEach((pane, at) => {
    create.push({
      kind: 'split-window',
      name,
      window: refOf(candidate, window.id),
      pane: refOf(candidate, pane.id),
      index,
      size: height - 2 * (at + 1),
    });
  });
}

function joinGroup(planned: PlannedSession, leader: string, settle: SettleStep[]): void {
  const { ref: session, temporaryName: name, candidate } = planned;
  settle.push({ kind: 'join-group', session: leader, member: session, name, path: candidate.session.path });
  settle.push({ kind: 'rename-member', session, name, to: candidate.session.name });
}

/** Visits the session's windows from the least to the most recent, which leaves tmux with the saved stack of last windows. */
function selectWindows(planned: PlannedSession, settle: SettleStep[]): void {
  const { session } = planned.candidate;
  for (const windowId of [...session.lastWindows.toReversed(), session.activeWindow]) {
    const link = session.windows.find((candidate) => candidate.windowId === windowId);
    if (link !== undefined) settle.push({ kind: 'select-window', session: planned.ref, index: link.index });
  }
}
