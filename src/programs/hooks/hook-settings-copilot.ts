/** Copilot CLI: each file of its hooks folder counts, so this one is ours alone. */
import { join } from 'node:path';
import type { HookTool } from './hook-settings.js';

/** The hooks of Copilot CLI (its documentation: hooks reference). */
export const copilotHooks: HookTool = {
  kind: 'copilot',
  binaries: ['copilot'],
  folder: ({ home, env }) =>
    env['COPILOT_HOME']?.startsWith('/') === true ? env['COPILOT_HOME'] : join(home, '.copilot'),
  file: 'hooks/tmux-persist.json',
  events: ['sessionStart', 'sessionEnd'],
  handler: (command) => ({ type: 'command', bash: command, timeoutSec: 5 }),
  isGrouped: false,
  frame: { version: 1 },
  disabledBy: (settings) => (settings['disableAllHooks'] === true ? 'disableAllHooks' : null),
  advice: null,
};
