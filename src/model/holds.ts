/**
 * Whether one state of a session holds all that another held: only then can the other be let go of.
 * Whatever can't be told to be the same counts as different, so that too much is kept, never too little.
 */
import type { Pane, Session, Window } from './manifest.js';
import { sameText } from './text.js';

/** A session with its windows; others may be among them. */
export interface Whole {
  readonly session: Session;
  readonly windows: readonly Window[];
}

/** Returns whether `holder` has the name, the windows, the directories, the programs and the scrollback of `held`. */
export function holds(holder: Whole, held: Whole): boolean {
  if (!sameText(holder.session.name, held.session.name)) return false;
  if (holder.session.windows.length !== held.session.windows.length) return false;
  return held.session.windows.every((link) => {
    const window = windowAt(held, link.index);
    const other = windowAt(holder, link.index);
    if (window === undefined || other?.panes.length !== window.panes.length) return false;
    if (!window.automaticRename && !sameText(window.name, other.name)) return false;
    return window.panes.every((pane, at) => {
      const counterpart = other.panes[at];
      return counterpart !== undefined && paneHolds(counterpart, pane);
    });
  });
}

const windowAt = ({ session, windows }: Whole, index: number): Window | undefined => {
  const id = session.windows.find((link) => link.index === index)?.windowId;
  return windows.find((window) => window.id === id);
};

const paneHolds = (holder: Pane, held: Pane): boolean =>
  (held.dead || !holder.dead) &&
  sameText(holder.currentPath, held.currentPath) &&
  (held.program === null || JSON.stringify(holder.program) === JSON.stringify(held.program)) &&
  (held.contents === null || holder.contents?.sha256 === held.contents.sha256);

/** Returns the windows that a session links. */
export const windowsOf = (session: Session, windows: readonly Window[]): Window[] =>
  windows.filter((window) => session.windows.some((link) => link.windowId === window.id));
