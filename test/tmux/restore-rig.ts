/** A restore as the agent does it, from one real server into another, and the shape by which two servers are compared. */
import type { Candidate } from '../../src/model/candidates.js';
import {} from '../../src/model/compare.js';
import { layoutCells } from '../../src/model/layout.js';
import type { Pane, Session, Window } from '../../src/model/manifest.js';
import { planRestore, type Plan } from '../../src/model/plan.js';
import type { Launch } from '../../src/model/plan-window.js';
import type { Snapshot } from '../../src/model/snapshot.js';
import { displayText, sameText, type Text } from '../../src/model/text.js';
import { createPlanned, settlePlanned, type Applied } from '../../src/tmux/apply.js';
import { observe } from '../../src/tmux/observe.js';
import { readSettings } from '../../src/tmux/settings.js';
import { valueOf, type TmuxRig } from '../support/tmux-rig.js';

/** What runs in every restored pane. */
const COMMAND = ['/bin/sh', '-c', 'exec sleep 1000', 'x'];

/** Returns the sessions of a snapshot as saved ones. */
export const candidatesOf = (snapshot: Snapshot): Candidate[] =>
  snapshot.sessions.map((session) => ({
    key: `saved/${session.id}`,
    scope: 'saved',
    session,
    windows: [...snapshot.windows],
    part: false,
  }));

/** Returns the launch of every pane, by its ref. */
export const launchesOf = (snapshot: Snapshot): Map<string, Launch> =>
  new Map(panesOf(snapshot).map((pane) => [`saved/${pane.id}`, { directory: pane.currentPath, command: COMMAND }]));

const panesOf = (snapshot: Snapshot): Pane[] => snapshot.windows.flatMap((window) => window.panes);

export const look = async (rig: TmuxRig): Promise<Snapshot> => valueOf(await observe(rig.target));

/** Returns the plan that brings what a snapshot holds into the live server. */
export async function planFrom(rig: TmuxRig, saved: Snapshot): Promise<Plan> {
  const settings = valueOf(await readSettings(rig.target));
  const live = await look(rig);
  return planRestore(candidatesOf(saved), { live, settings, nonce: 'abcd1234', launches: launchesOf(saved) });
}

/** Carries out a plan in the rig's server. */
export async function carryOut(rig: TmuxRig, plan: Plan, path?: string): Promise<Applied> {
  const target = { ...rig.target, serverPid: rig.pid };
  const created = valueOf(await createPlanned(target, plan, path));
  return valueOf(await settlePlanned(target, plan.settle, created, path));
}

/** Returns all that a user can see of a server's structure, without ids and times: sessions and windows by name and index. */
export function shapeOf(snapshot: Snapshot): unknown {
  const windowShape = (window: Window): unknown => {
    const at = (id: string | null): number => window.panes.findIndex((pane) => pane.id === id);
    return {
      // The name of a window that tmux renames is the name of what runs in it.
      name: window.automaticRename ? null : window.name,
      layout: layoutCells(window.layout),
      size: [window.width, window.height],
      zoomed: window.zoomed,
      active: at(window.activePane),
      panes: window.panes.map(({ index, title, currentPath, width, height, active, dead }) => ({
        index,
        title,
        currentPath,
        size: [width, height],
        active,
        dead,
      })),
    };
  };
  const order = new Map(snapshot.windows.map((window) => [window.id, window]));
  const sessionShape = (session: Session): unknown => ({
    name: session.name,
    group: membersOf(snapshot, session.group),
    // A session that joins a group gets its client's directory.
    path: session.path,
    active: indexOf(session, session.activeWindow),
    windows: session.windows.map(({ index, windowId }) => {
      const window = order.get(windowId);
      return [index, sharers(snapshot, windowId), window === undefined ? null : windowShape(window)];
    }),
  });
  const byName = (left: Session, right: Session): number => (displayText(left.name) < displayText(right.name) ? -1 : 1);
  return [...snapshot.sessions].sort(byName).map(sessionShape);
}

const indexOf = (session: Session, id: string): number =>
  session.windows.find((link) => link.windowId === id)?.index ?? -1;

/** Returns the indexes of the windows that were current before, of each session by its name. */
export const lastWindowsOf = (snapshot: Snapshot): Map<string, number[]> =>
  new Map(
    snapshot.sessions.map((session) => [
      displayText(session.name),
      session.lastWindows.map((id) => indexOf(session, id)),
    ]),
  );

/** Returns the position of the pane that was active before, for each window that had one, by `session:index`. */
export const lastPanesOf = (snapshot: Snapshot): Map<string, number> =>
  new Map(
    snapshot.windows.flatMap((window) => {
      const at = window.panes.findIndex((pane) => pane.id === window.lastPane);
      return at < 0 ? [] : sharers(snapshot, window.id).map((where): [string, number] => [where, at]);
    }),
  );

/** A group is known by its members: its own name is that of its first member when it was made, and can't be set. */
function membersOf(snapshot: Snapshot, group: Text | null): string[] | null {
  if (group === null) return null;
  const members = snapshot.sessions.filter((other) => other.group !== null && sameText(other.group, group));
  return members.length === 1 ? null : members.map(({ name }) => displayText(name)).sort();
}

/** Returns where a window is linked: `name:index` of each session that has it. */
const sharers = (snapshot: Snapshot, id: string): string[] =>
  snapshot.sessions
    .flatMap((session) =>
      session.windows.flatMap((link) =>
        link.windowId === id ? `${displayText(session.name)}:${String(link.index)}` : [],
      ),
    )
    .sort();
