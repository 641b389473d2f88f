/**
 * Counts what a saved state holds, the one way for every report.
 */
import type { Manifest } from './manifest.js';

/** Returns how many sessions, windows, panes and conversations live in a state; pending and closed ones are not counted. */
export function countState(state: Pick<Manifest, 'sessions' | 'windows'>) {
  const panes = state.windows.flatMap((window) => window.panes);
  return {
    sessions: state.sessions.length,
    windows: state.windows.length,
    panes: panes.length,
    conversations: panes.filter((pane) => (pane.program?.conversation ?? null) !== null).length,
  };
}
