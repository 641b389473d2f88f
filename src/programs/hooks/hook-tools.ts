/** The tools whose hooks are a JSON file of a documented form, into which ours can be put without touching others. */
import { claudeHooks } from './hook-settings-claude.js';
import { codexHooks } from './hook-settings-codex.js';
import { copilotHooks } from './hook-settings-copilot.js';
import { cursorHooks } from './hook-settings-cursor.js';
import { geminiHooks } from './hook-settings-gemini.js';
import type { HookTool } from './hook-settings.js';

/** All tools whose hooks we can install. */
export const HOOK_TOOLS: readonly HookTool[] = [claudeHooks, codexHooks, geminiHooks, copilotHooks, cursorHooks];
