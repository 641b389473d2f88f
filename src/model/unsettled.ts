/**
 * Recognises what a restore leaves behind when it dies half-way: panes that still hold their placeholder. They are our own,
 * and never take the place of what they were to become.
 */
import type { LivePane, Snapshot } from './snapshot.js';
import { displayText } from './text.js';

/** The start of every temporary session name. */
export const TEMPORARY_PREFIX = 'tmux-persist-restore-';

/** The command of a placeholder: `cat` of its own terminal. */
export const UNSETTLED_COMMAND = ['cat', '-u', '--', '-'] as const;

/** Returns whether a pane holds our placeholder, or nothing at all. */
export const isUnsettled = (pane: LivePane): boolean =>
  pane.pid === 0 || pane.startCommand.map(displayText).join(' ') === UNSETTLED_COMMAND.join(' ');

/** Returns a look without what an unfinished restore put there: no state of it may stand for what it was to become (P3). */
export function withoutUnsettled(snapshot: Snapshot): Snapshot {
  const ids = new Set(unsettledSessions(snapshot));
  if (ids.size === 0) return snapshot;
  const sessions = snapshot.sessions.filter(({ id }) => !ids.has(id));
  const shown = new Set(sessions.flatMap((session) => session.windows.map(({ windowId }) => windowId)));
  return { ...snapshot, sessions, windows: snapshot.windows.filter(({ id }) => shown.has(id)) };
}

/** Returns the ids of the sessions that hold nothing but what an unfinished restore put there. */
export function unsettledSessions(snapshot: Snapshot): string[] {
  const windows = new Map(snapshot.windows.map((window) => [window.id, window]));
  return snapshot.sessions
    .filter((session) => {
      if (displayText(session.name).startsWith(TEMPORARY_PREFIX)) return true;
      const panes = session.windows.flatMap((link) => windows.get(link.windowId)?.panes ?? []);
      return panes.every(isUnsettled) && panes.some((pane) => pane.pid !== 0);
    })
    .map((session) => session.id);
}
