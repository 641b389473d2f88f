/**
 * What memory trouble took out of sessions that live on (R4): windows, and panes of windows. They are kept as parts of their
 * session, and offered; the session itself is its user's and goes on as it is.
 */
import type { Pane, Pending, Program, Session, Window } from './manifest.js';

/** Sessions with the windows they link. */
interface Sessions {
  readonly sessions: readonly Session[];
  readonly windows: readonly Window[];
}

/** What a session has lost: the session with links to these windows alone, without settings of its own. */
export interface LostPart {
  readonly session: Session;
  readonly windows: readonly Window[];
}

/** A conversation that memory trouble took out of a pane that lives on. */
export interface TakenProgram {
  /** The pane's id. */
  readonly id: string;
  readonly program: Program;
}

/** Returns the conversations whose process has ended since the state before, beside an OOM kill, in panes that are still there and run none. */
export function takenPrograms(
  previous: Pick<Sessions, 'windows'>,
  now: Pick<Sessions, 'windows'>,
  isAlive: (process: NonNullable<Program['process']>) => boolean,
): TakenProgram[] {
  const before = new Map(previous.windows.flatMap(({ panes }) => panes.map(({ id, program }) => [id, program])));
  return now.windows
    .flatMap(({ panes }) => panes)
    .flatMap(({ id, dead, program: running }) => {
      const program = before.get(id) ?? null;
      const isTaken = program?.conversation != null && program.process !== null && !isAlive(program.process);
      return isTaken && !dead && running?.conversation == null ? [{ id, program }] : [];
    });
}

/** So many parts wait, as of closed sessions (R6): where memory runs out all day, what is closed must not fill the state until it can't be saved. */
const PARTS_LIMIT = 100;

/** Returns what waits without the oldest of too many parts; history has those. */
export function keptParts(pending: readonly Pending[]): Pending[] {
  const tooOld = new Set(pending.filter(({ part }) => part).slice(0, -PARTS_LIMIT));
  return pending.filter((entry) => !tooOld.has(entry));
}

/** Returns the windows and panes that are gone from all sessions but the `gone` ones, one entry a session; a pane that was dead is no loss. */
export function lostParts(previous: Sessions, now: Pick<Sessions, 'windows'>, gone: readonly Session[]): LostPart[] {
  const there = new Set(now.windows.flatMap((window) => window.panes.map((pane) => pane.id)));
  // What a session that is gone itself held is kept with that.
  const kept = new Set(gone.flatMap((session) => session.windows.map(({ windowId }) => windowId)));
  return previous.sessions
    .filter((session) => !gone.includes(session))
    .flatMap((session) => {
      const windows = session.windows.flatMap(({ windowId }) => {
        const window = kept.has(windowId) ? undefined : previous.windows.find(({ id }) => id === windowId);
        kept.add(windowId);
        return window === undefined ? [] : withoutLiving(window, there);
      });
      return windows.length === 0 ? [] : [{ session: partOf(session, windows), windows }];
    });
}

function withoutLiving(window: Window, there: ReadonlySet<string>): Window[] {
  const panes = window.panes.filter((pane) => !there.has(pane.id) && !pane.dead);
  const [first] = panes;
  if (first === undefined) return [];
  if (panes.length === window.panes.length) return [window];
  const has = (id: string | null): boolean => panes.some((pane: Pane) => pane.id === id);
  return [
    {
      ...window,
      panes,
      // The cells of the others are in the saved one.
      layout: '',
      zoomed: false,
      activePane: has(window.activePane) ? window.activePane : first.id,
      lastPane: null,
    },
  ];
}

function partOf(session: Session, windows: readonly Window[]): Session {
  const isLost = (windowId: string): boolean => windows.some(({ id }) => id === windowId);
  const links = session.windows.filter(
    ({ windowId }, at, all) => isLost(windowId) && all.findIndex((link) => link.windowId === windowId) === at,
  );
  return {
    ...session,
    group: null,
    activeWindow: isLost(session.activeWindow) ? session.activeWindow : (links[0]?.windowId ?? session.activeWindow),
    lastWindows: [],
    windows: links,
    options: {},
    environment: {},
  };
}
