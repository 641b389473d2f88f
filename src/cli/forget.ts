/**
 * `tmux-persist forget`: takes a closed or lost session out of restoring. Nothing is destroyed: history has the state before.
 */
import type { Result } from '../model/failure.js';
import type { Context } from '../model/ports.js';
import type { ForgetReport, SaveReport } from '../model/report.js';
import { displayCommand } from '../programs/display-command.js';
import { entryWords } from './entry-words.js';
import { describeFailure, EXIT, exitCodeOf } from './failures.js';
import { freshen } from './freshen.js';
import { plural, print, printJson, warn } from './output.js';
import { shown } from './tree.js';

/** Forgets and prints what was forgotten; returns the exit code. */
export async function forget(
  context: Context,
  json: boolean,
  offline: { readonly save: () => Promise<Result<SaveReport>>; readonly forget: () => Promise<Result<ForgetReport>> },
): Promise<number> {
  const fresh = await freshen(context, offline.save);
  const result = fresh.ok ? await offline.forget() : fresh;
  if (!result.ok) {
    warn(`not forgotten: ${describeFailure(result.error)}`);
    return exitCodeOf(result.error);
  }
  const { session, forgotten, live, manifestId, entries } = result.value;
  const name = shown(session);
  if (json) printJson(result.value);
  else if (forgotten > 0) {
    const restore = [
      'tmux-persist',
      'restore',
      '--from',
      manifestId,
      ...(session.startsWith('-') ? ['--'] : []),
      session,
    ];
    print(`forgot ${plural(forgotten, 'saved state')} of '${name}':`);
    for (const { how, at, windows, panes } of entries)
      print(`  ${entryWords(how, at)}: ${plural(windows, 'window')}, ${plural(panes, 'pane')}`);
    print(`history keeps what was: tmux-persist show ${manifestId}, ${displayCommand(restore, {})}`);
  }
  if (live) warn(`'${name}' lives: that is left as it is, and saved as before`);
  if (forgotten > 0) return EXIT.done;
  warn(`nothing else that is saved has session '${name}'`);
  return EXIT.nothingSaved;
}
