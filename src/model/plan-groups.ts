/**
 * Decides how grouped sessions come back as one group: one of them leads, the others join it and so show its windows.
 */
import type { Candidate } from './candidates.js';
import type { Session } from './manifest.js';
import type { PlannedSession } from './plan.js';
import type { Snapshot } from './snapshot.js';
import { sameText, type Text } from './text.js';

/** A session that joins the group of another. */
export interface Member {
  readonly planned: PlannedSession;
  /** Ref of the session that it joins, or the id of a live one. */
  readonly leader: string;
}

/**
 * Splits off the sessions that join the group of another: of a live member of their own group, else of one that takes over a
 * live session, else of the one that carries the group's name, else of the first. A group of this name that is not theirs
 * would replace their windows by its own: beside it each is made by itself, and windows they had in common are linked.
 */
export function splitGroups(
  sessions: readonly PlannedSession[],
  live: Snapshot,
): { readonly leaders: readonly PlannedSession[]; readonly members: readonly Member[] } {
  const leaders: PlannedSession[] = [];
  const members: Member[] = [];
  const aliveOf = new Map(sessions.map((planned) => [planned, liveMember(planned.candidate, live)]));
  for (const planned of sessions) {
    const { group } = planned.candidate.session;
    const alive = aliveOf.get(planned);
    if (alive !== undefined && planned.placeholder === null) {
      members.push({ planned, leader: alive.id });
      continue;
    }
    const peers = sessions.filter((other) => {
      const theirs = other.candidate.session.group;
      const isTheirs = group !== null && theirs !== null && sameText(theirs, group);
      return isTheirs && other.candidate.scope === planned.candidate.scope && aliveOf.get(other) === undefined;
    });
    const leader =
      peers.find((peer) => peer.placeholder !== null) ??
      peers.find((peer) => group !== null && sameText(peer.candidate.session.name, group)) ??
      peers[0];
    // tmux names a group after the session that is joined, and takes one of that name for it (session_group_new).
    const isTaken = leader !== undefined && hasGroup(live, leader.candidate.session.name);
    // A session that lives already can't join any more.
    const stands = leader === undefined || leader === planned || isTaken || planned.placeholder !== null;
    if (stands) leaders.push(planned);
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
