/**
 * What a look finds where no server is: nothing, under tmux's own settings. A dry run plans against it.
 */
import { DEFAULT_SETTINGS } from '../model/default-settings.js';
import { NO_USER_OPTIONS } from '../model/manifest.js';
import type { Snapshot } from '../model/snapshot.js';
import type { Surroundings } from '../tmux/surroundings.js';

/** A look at nothing. */
export const EMPTY_SNAPSHOT: Snapshot = {
  takenAt: new Date(0).toISOString(),
  server: {
    pid: 0,
    startTime: 0,
    version: '',
    socketPath: '',
    environment: {},
    options: NO_USER_OPTIONS,
    configured: null,
  },
  sessions: [],
  windows: [],
  lastSession: null,
  changes: 0,
};

/** The surroundings in a server without a tmux.conf, tmux(1). */
export const DEFAULT_SURROUNDINGS: Surroundings = {
  settings: DEFAULT_SETTINGS,
  options: NO_USER_OPTIONS,
  hooks: [],
};
