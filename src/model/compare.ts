/**
 * Compares what was to be restored with what is there (R13): every difference is named by session, window and pane.
 */
import type { Candidate } from './candidates.js';
import { compareOptions } from './compare-options.js';
import type { Look } from './lineage.js';
import type { PlannedSession } from './plan.js';
import type { Launch } from './plan-window.js';
import { refOf } from './candidates.js';
import { layoutCells, layoutTree } from './layout.js';
import type { Pane, Session, Window } from './manifest.js';
import type { Difference } from './report.js';
import { displayText, sameText, type Text } from './text.js';

/** What is compared with: the live half of a look. */
export type LiveState = Pick<Look, 'sessions' | 'windows'>;

/** Returns every difference between a planned session and its live counterpart; empty when it is exactly back. */
export function compareSession(
  { candidate, host }: Pick<PlannedSession, 'candidate' | 'host'>,
  snapshot: LiveState,
  launches: ReadonlyMap<string, Launch>,
): Difference[] {
  const name = displayText(candidate.session.name);
  const live = snapshot.sessions.find((session) => sameText(session.name, candidate.session.name));
  if (live === undefined)
    return [{ session: name, window: null, pane: null, what: 'session', expected: 'restored', actual: 'missing' }];
  const own = candidate.session;
  // A session that was there already has settings from where it was made.
  const isNew = host === null;
  const differences: Difference[] = [
    ...compareOptions('option', own.options, live.options, isNew),
    ...compareOptions('variable', own.environment, live.environment, false),
  ].map((found) => ({ session: name, window: null, pane: null, ...found }));
  for (const link of candidate.session.windows) {
    const saved = candidate.windows.find((window) => window.id === link.windowId);
    const there = linkedWindow(live, link.index, snapshot);
    if (saved === undefined) continue;
    if (there === undefined) {
      differences.push({
        session: name,
        window: String(link.index),
        pane: null,
        what: 'window',
        expected: 'restored',
        actual: 'missing',
      });
    } else {
      differences.push(
        ...compareWindow(candidate, saved, there, launches, isNew).map((found) => ({
          session: name,
          window: String(link.index),
          ...found,
        })),
      );
    }
  }
  const active = (session: Session): string =>
    String(session.windows.find((link) => link.windowId === session.activeWindow)?.index ?? 'none');
  const isUsers = candidate.part && !isNew;
  if (!isUsers && active(candidate.session) !== active(live)) {
    differences.push({
      session: name,
      window: null,
      pane: null,
      what: 'active window',
      expected: active(candidate.session),
      actual: active(live),
    });
  }
  return differences;
}

const linkedWindow = (session: Session, index: number, snapshot: LiveState): Window | undefined => {
  const id = session.windows.find((link) => link.index === index)?.windowId;
  return snapshot.windows.find((window) => window.id === id);
};

type Found = Omit<Difference, 'session' | 'window'>;

function compareWindow(
  candidate: Candidate,
  saved: Window,
  live: Window,
  launches: ReadonlyMap<string, Launch>,
  isNew: boolean,
): Found[] {
  const found: Found[] = [];
  const check = (pane: string | null, what: string, expected: string, actual: string): void => {
    if (expected !== actual) found.push({ pane, what, expected, actual });
  };
  check(null, 'panes', String(saved.panes.length), String(live.panes.length));
  // Where a client is attached already, the window has the client's size.
  const isSized = isNew || (saved.width === live.width && saved.height === live.height);
  const layoutOf = isSized ? layoutCells : layoutTree;
  // Panes that were lost beside others never had one of their own.
  if (saved.layout !== '') check(null, 'layout', layoutOf(saved.layout), layoutOf(live.layout));
  check(null, 'zoom', String(saved.zoomed), String(live.zoomed));
  if (!saved.automaticRename) check(null, 'name', displayText(saved.name), displayText(live.name));
  check(null, 'active pane', position(saved, saved.activePane), position(live, live.activePane));
  found.push(...compareOptions('option', saved.options, live.options, true).map((one) => ({ pane: null, ...one })));
  saved.panes.forEach((pane, at) => {
    const there = live.panes[at];
    if (there === undefined) return;
    const where = String(pane.index);
    found.push(...compareOptions('option', pane.options, there.options, true).map((one) => ({ pane: where, ...one })));
    // One that was dead takes a moment to be so again.
    if (!pane.dead) check(where, 'dead', 'false', String(there.dead));
    // A dead pane is in no directory; it tells of the one that it was started with.
    if (!pane.dead && displayText(pane.currentPath) !== '')
      check(
        where,
        'directory',
        displayText(pane.currentPath),
        displayText(directoryOf(candidate, pane, there, launches)),
      );
  });
  return found;
}

/** Returns the directory to judge a pane by: a program may go where it likes, a shell starts where it was put. */
const directoryOf = (candidate: Candidate, saved: Pane, live: Pane, launches: ReadonlyMap<string, Launch>): Text =>
  (saved.program === null ? undefined : launches.get(refOf(candidate, saved.id))?.directory) ?? live.currentPath;

const position = (window: Window, paneId: string): string =>
  String(window.panes.findIndex((pane) => pane.id === paneId));
