/**
 * The settings of a server that nobody has configured, tmux(1): a dry run without a server plans against them.
 */
import type { ServerSettings } from './snapshot.js';

/** What tmux sets by itself. */
export const DEFAULT_SETTINGS: ServerSettings = {
  baseIndex: 0,
  windowSize: 'latest',
  automaticRename: true,
  remainOnExit: 'off',
  destroyUnattached: 'off',
  defaultShell: '/bin/sh',
  defaultCommand: '',
  userOptions: {},
};
