/** Codex: `hooks.json` in its home. It has no event for an end, and asks its user once whether a new hook may run. */
import { join } from 'node:path';
import type { HookTool } from './hook-settings.js';

/** The hooks of Codex (its documentation: hooks; codex-rs/config/src/hook_config.rs). */
export const codexHooks: HookTool = {
  kind: 'codex',
  binaries: ['codex'],
  folder: ({ home, env }) => (env['CODEX_HOME']?.startsWith('/') === true ? env['CODEX_HOME'] : join(home, '.codex')),
  file: 'hooks.json',
  events: ['SessionStart'],
  handler: (command) => ({ type: 'command', command, timeout: 5 }),
  isGrouped: true,
  frame: {},
  disabledBy: () => null,
  advice: 'codex runs it once you trust it: type /hooks there',
};
