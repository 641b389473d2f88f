/** Gemini CLI: `settings.json` of its user. Its timeouts are milliseconds. */
import { join } from 'node:path';
import type { HookTool } from './hook-settings.js';
import { isJsonObject } from './json-text.js';

/** The hooks of Gemini CLI (its documentation: hooks/reference, reference/configuration). */
export const geminiHooks: HookTool = {
  kind: 'gemini',
  binaries: ['gemini'],
  folder: ({ home, env }) =>
    join(env['GEMINI_CLI_HOME']?.startsWith('/') === true ? env['GEMINI_CLI_HOME'] : home, '.gemini'),
  file: 'settings.json',
  events: ['SessionStart', 'SessionEnd'],
  handler: (command) => ({ name: 'tmux-persist', type: 'command', command, timeout: 5000 }),
  isGrouped: true,
  frame: {},
  disabledBy(settings) {
    const config = settings['hooksConfig'];
    if (!isJsonObject(config)) return null;
    if (config['enabled'] === false) return 'hooksConfig.enabled';
    const names = config['disabled'];
    return Array.isArray(names) && names.includes('tmux-persist') ? 'hooksConfig.disabled' : null;
  },
  advice: null,
};
