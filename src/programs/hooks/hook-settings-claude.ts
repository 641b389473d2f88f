/**
 * Claude Code: `settings.json` of its user. SessionStart tells of every new conversation, `/clear` and `/resume` among them.
 * One event that a version does not know makes it skip the whole file, so only those of 1.0.85 are here (CwdChanged is of 2.1.83).
 */
import { join } from 'node:path';
import type { HookTool } from './hook-settings.js';

/** The hooks of Claude Code (its documentation: hooks, settings). */
export const claudeHooks: HookTool = {
  kind: 'claude',
  binaries: ['claude'],
  folder: ({ home, env }) =>
    env['CLAUDE_CONFIG_DIR']?.startsWith('/') === true ? env['CLAUDE_CONFIG_DIR'] : join(home, '.claude'),
  file: 'settings.json',
  events: ['SessionStart', 'SessionEnd'],
  handler: (command) => ({ type: 'command', command, timeout: 5 }),
  isGrouped: true,
  frame: {},
  disabledBy: (settings) => (settings['disableAllHooks'] === true ? 'disableAllHooks' : null),
  advice: null,
};
