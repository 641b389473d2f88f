/**
 * Takes a name out of restoring: all that waits for it, all that was closed under it, and the session itself where its server
 * is gone. What lives is its user's and stays; history keeps the state before.
 */
import { windowsOf } from './holds.js';
import type { State } from './lineage.js';
import type { Manifest, Session, Window } from './manifest.js';
import type { ForgetReport, ForgottenSession } from './report.js';
import { displayText } from './text.js';

/** One saved session that is forgotten; `saved` was open when its server ended, and `at` is then the time of the last save. */
export interface ForgottenEntry {
  readonly how: ForgottenSession['how'];
  readonly at: string;
  readonly session: Session;
  readonly windows: readonly Window[];
}

/** What is left without a name, and what went, newest first. */
export interface Forgotten {
  readonly state: State;
  readonly entries: readonly ForgottenEntry[];
  /** Whether a session of this name lives, and stays as it is. */
  readonly isLive: boolean;
}

/** Returns a manifest without the sessions that a person reads as `name`; those of a living server stay. */
export function forget(manifest: Manifest, name: string, serverLives: boolean): Forgotten {
  const isMeant = ({ name: own }: Session): boolean => displayText(own) === name;
  const isLive = serverLives && manifest.sessions.some(isMeant);
  const gone = serverLives ? [] : manifest.sessions.filter(isMeant);
  const sessions = manifest.sessions.filter((session) => !gone.includes(session));
  const entries = [
    ...gone.map((session): ForgottenEntry => {
      const windows = windowsOf(session, manifest.windows);
      return { how: 'saved', at: manifest.savedAt, session, windows };
    }),
    ...manifest.pending.map((entry): ForgottenEntry => ({ ...entry, at: entry.since })),
    ...manifest.closed.map((entry): ForgottenEntry => ({ ...entry, at: entry.closedAt })),
  ].filter(({ session }) => isMeant(session));
  const { lastSession } = manifest;
  return {
    state: {
      ...manifest,
      sessions,
      // A window that another session links stays with that.
      windows: manifest.windows.filter(({ id }) =>
        sessions.some((session) => session.windows.some(({ windowId }) => windowId === id)),
      ),
      pending: manifest.pending.filter(({ session }) => !isMeant(session)),
      closed: manifest.closed.filter(({ session }) => !isMeant(session)),
      lastSession: gone.length > 0 && lastSession !== null && displayText(lastSession) === name ? null : lastSession,
    },
    entries: entries.sort((left, right) => Date.parse(right.at) - Date.parse(left.at)),
    isLive,
  };
}

/** Returns the report of a forgetting; `manifestId` is the state before it. */
export const forgetReport = (manifestId: string, session: string, { entries, isLive }: Forgotten): ForgetReport => ({
  session,
  forgotten: entries.length,
  live: isLive,
  manifestId,
  entries: entries.map(({ how, at, session: forgotten, windows }) => {
    const own = windowsOf(forgotten, windows);
    return { how, at, windows: own.length, panes: own.reduce((sum, { panes }) => sum + panes.length, 0) };
  }),
});
