/**
 * Reads in one call what a restore has to know of a server beside its state: settings, `@` options, and the user's hooks.
 */
import type { Hook } from '../model/aside.js';
import { ok, type Result } from '../model/failure.js';
import type { UserOptions } from '../model/manifest.js';
import type { ServerSettings } from '../model/snapshot.js';
import type { TmuxTarget } from './exec.js';
import { askFramed } from './framed.js';
import { GLOBAL_QUESTIONS, settingsOf, userOptionsOf } from './settings.js';
import { HOOK_QUESTIONS, userHooksOf } from './user-hooks.js';

/** What is around the sessions of a server. */
export interface Surroundings {
  readonly settings: ServerSettings;
  readonly options: UserOptions;
  readonly hooks: readonly Hook[];
}

/** Returns a server's surroundings; what it does not answer has tmux's default. */
export async function readSurroundings(target: TmuxTarget): Promise<Result<Surroundings>> {
  const asked = await askFramed(target, [...GLOBAL_QUESTIONS, ...HOOK_QUESTIONS]);
  if (!asked.ok) return asked;
  const globals = asked.value.slice(0, GLOBAL_QUESTIONS.length);
  return ok({
    settings: settingsOf(globals),
    options: userOptionsOf(globals),
    hooks: userHooksOf(asked.value.slice(GLOBAL_QUESTIONS.length)),
  });
}
