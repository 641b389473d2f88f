/**
 * Decides how one session and its windows are made: in a session of a temporary name, at the saved indexes, each window with
 * all of its panes. The window that was current first is made first, for tmux never forgets that it was.
 */
import { refOf, type Candidate } from './candidates.js';
import type { Session, Window } from './manifest.js';
import { mustKeep, nameAtBirth } from './plan-options.js';
import { settleWindow, type PlanContext } from './plan-window.js';
import type { PlannedSession } from './plan.js';
import type { CreateStep, SettleStep } from './steps.js';

/** Rows for a pane while panes are split off: itself, its border and its status line (pane-border-status). */
const ROWS_A_PANE = 3;

/** Returns the window of a candidate by its saved id. */
export const windowOf = (candidate: Candidate, id: string): Window | undefined =>
  candidate.windows.find((window) => window.id === id);

interface Link {
  readonly index: number;
  readonly ref: string;
  readonly window: Window | undefined;
}

/** Appends the steps that make a session; windows in `owned` are made already, and linked. */
export function createSession(
  planned: PlannedSession,
  owned: Set<string>,
  context: PlanContext,
  create: CreateStep[],
  settle: SettleStep[],
): void {
  const { candidate, ref, temporaryName: name, placeholder, host } = planned;
  const links = candidate.session.windows.map((link): Link => ({
    index: link.index,
    ref: refOf(candidate, link.windowId),
    window: windowOf(candidate, link.windowId),
  }));
  const mine = links.filter(
    (link, at) =>
      link.window !== undefined && !owned.has(link.ref) && links.findIndex((other) => other.ref === link.ref) === at,
  );
  const theirs = links.filter((link) => !mine.includes(link));
  const start = host === null ? startOf(candidate.session, links) : mine[0];
  if (placeholder !== null && links.some(({ index }) => index === placeholder.index)) {
    const free = Math.max(...links.map(({ index }) => index)) + 1;
    const { sessionId, windowId } = placeholder;
    settle.push({
      kind: 'make-room',
      session: sessionId,
      window: windowId,
      to: free,
      for: links.map((link) => link.ref),
    });
  }
  if (start !== undefined) makeSession(planned, start, mine.includes(start), links, context, create);
  for (const link of mine) {
    owned.add(link.ref);
    const { window } = link;
    if (window === undefined) continue;
    if (link !== start)
      create.push({
        kind: 'new-window',
        name,
        windowName: nameAtBirth(window, context.live.server.version),
        window: link.ref,
        pane: firstPane(candidate, window),
        index: link.index,
      });
    splitPanes(candidate, window, name, link.index, create);
    if (host !== null) settle.push({ kind: 'move-in', session: ref, window: link.ref, index: link.index });
    settleWindow(candidate, window, context, settle);
  }
  if (host === null) create.push({ kind: 'rename-session', session: ref, name, to: candidate.session.name });
  for (const link of theirs) {
    const replace = host === null && link === start;
    settle.push({ kind: 'link-window', session: ref, window: link.ref, index: link.index, replace });
  }
  // new-session -x -y leaves a session option behind (cmd-new-session.c).
  if (host === null && candidate.session.options['default-size'] === undefined)
    settle.push({ kind: 'unset-option', scope: 'session', target: ref, name: 'default-size' });
}

/** Returns the link that was current first, as far as tmux still knows: what is current first stays the oldest of the last ones. */
function startOf(session: Session, links: readonly Link[]): Link | undefined {
  const oldest = session.lastWindows.at(-1) ?? session.activeWindow;
  const at = session.windows.findIndex((link) => link.windowId === oldest);
  return links[at] ?? links[0];
}

function makeSession(
  { candidate, ref, temporaryName: name, host }: PlannedSession,
  start: Link,
  isOwn: boolean,
  links: readonly Link[],
  { settings, live }: PlanContext,
  create: CreateStep[],
): void {
  const windows = links.flatMap((link) => link.window ?? []);
  const session = host === null ? ref : `${ref}/temporary`;
  create.push({
    kind: 'new-session',
    session,
    window: isOwn ? start.ref : `${ref}/placeholder`,
    pane: isOwn && start.window !== undefined ? firstPane(candidate, start.window) : `${ref}/placeholder`,
    name,
    path: candidate.session.path,
    width: Math.max(...windows.map((window) => window.width), 1),
    height: Math.max(...windows.map((window) => Math.max(window.height, rowsOf(window))), 1),
    keep: mustKeep(candidate.session, settings),
    windowName: isOwn && start.window !== undefined ? nameAtBirth(start.window, live.server.version) : null,
  });
  if (start.index !== settings.baseIndex)
    create.push({ kind: 'move-window', name, from: settings.baseIndex, to: start.index });
}

const rowsOf = (window: Window): number => ROWS_A_PANE * window.panes.length + 2;

/** The pane that a window begins with: the one that was active before, so that selecting the active one makes it the last. */
const firstOf = (window: Window): number => {
  const id = window.lastPane ?? window.activePane;
  return Math.max(
    window.panes.findIndex((pane) => pane.id === id),
    0,
  );
};

const firstPane = (candidate: Candidate, window: Window): string =>
  refOf(candidate, window.panes[firstOf(window)]?.id ?? 'none');

/** Splits every other pane off the lowest one, with rows for all (tmux refuses panes without space): first those above, then those below. */
function splitPanes(candidate: Candidate, window: Window, name: string, index: number, create: CreateStep[]): void {
  const first = firstOf(window);
  const split = (at: number, size: number, before: boolean): void => {
    const pane = refOf(candidate, window.panes[at]?.id ?? 'none');
    create.push({ kind: 'split-window', name, window: refOf(candidate, window.id), pane, index, size, before });
  };
  for (let at = 0; at < first; at++) split(at, ROWS_A_PANE - 1, true);
  let rows = rowsOf(window) - ROWS_A_PANE * first;
  for (let at = first + 1; at < window.panes.length; at++) {
    rows -= ROWS_A_PANE;
    split(at, rows, false);
  }
}
