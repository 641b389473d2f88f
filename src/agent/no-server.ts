/**
 * What a look finds where no server is: nothing, under tmux's own settings. A dry run plans against it.
 */
import { NO_USER_OPTIONS } from '../model/manifest.js';
import type { ServerSettings, Snapshot } from '../model/snapshot.js';

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
};

/** The settings of a server without a tmux.conf, tmux(1). */
export const DEFAULT_SETTINGS: ServerSettings = {
  baseIndex: 0,
  windowSize: 'latest',
  defaultShell: '/bin/sh',
  defaultCommand: '',
  userOptions: {},
};
