/**
 * What a server has in it beside its sessions, for whoever looks for trouble: options, environment, status lines, hooks.
 */
import type { TmuxContents } from '../model/doctor-tmux.js';
import { ok, type Result } from '../model/failure.js';
import { parsePolicy } from '../model/policy.js';
import { displayText } from '../model/text.js';
import type { TmuxTarget } from './exec.js';
import { askFramed } from './framed.js';
import { parseEnvironment, parseOptions } from './listings.js';
import { GLOBAL_QUESTIONS, settingsOf, userOptionsOf } from './settings.js';
import { HOOK_QUESTIONS, userHooksOf } from './user-hooks.js';

/** Returns what is in the server; changes nothing. */
export async function readContents(target: TmuxTarget): Promise<Result<TmuxContents>> {
  const environment = { about: null, commands: ['show-environment -gs'] };
  const asked = await askFramed(target, [environment, ...HOOK_QUESTIONS, ...GLOBAL_QUESTIONS]);
  if (!asked.ok) return asked;
  const [variables, ofSessions, ofWindows, ...globals] = asked.value;
  const options = parseOptions(globals[1] ?? Buffer.alloc(0));
  const statusLines = ['status-left', 'status-right'].map((name) => displayText(options[name] ?? ''));
  const { policy, problems } = parsePolicy(settingsOf(globals).userOptions);
  return ok({
    options: userOptionsOf(globals),
    environment: parseEnvironment(variables ?? Buffer.alloc(0)),
    statusLines: statusLines.join('\n'),
    destroyUnattached: displayText(options['destroy-unattached'] ?? ''),
    hooks: userHooksOf([ofSessions ?? null, ofWindows ?? null]).map(({ command }) => displayText(command)),
    choices: policy.programs,
    badOptions: problems,
  });
}
