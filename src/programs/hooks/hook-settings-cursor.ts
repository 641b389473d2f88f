/** Cursor's agent: `hooks.json` of its user, shared with the editor, whose processes are never recorded. */
import { join } from 'node:path';
import type { HookTool } from './hook-settings.js';

/** The hooks of Cursor (its documentation: agent/hooks). */
export const cursorHooks: HookTool = {
  kind: 'cursor-agent',
  binaries: ['cursor-agent'],
  folder: ({ home }) => join(home, '.cursor'),
  file: 'hooks.json',
  events: ['sessionStart', 'sessionEnd'],
  handler: (command) => ({ command, timeout: 5 }),
  isGrouped: false,
  frame: { version: 1 },
  disabledBy: () => null,
  advice: null,
};
