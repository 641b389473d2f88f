/**
 * `tmux-persist history`: the earlier states, newest first.
 */
import type { Context } from '../model/ports.js';
import { openStore } from '../store/open-store.js';
import { describeFailure, EXIT, exitCodeOf } from './failures.js';
import { columns, print, printJson, styled, warn } from './output.js';

/** Prints the history; returns the exit code. */
export async function history(context: Context, json: boolean): Promise<number> {
  const store = await openStore(context.stateFolder, { create: false });
  const entries = store.ok ? await store.value.history() : store;
  if (!entries.ok) {
    warn(describeFailure(entries.error));
    return exitCodeOf(entries.error);
  }
  if (json) {
    printJson(entries.value);
    return EXIT.done;
  }
  if (entries.value.length === 0) {
    warn(describeFailure({ reason: 'nothing-saved', path: context.stateFolder }));
    return EXIT.nothingSaved;
  }
  const rows = entries.value.map((entry) => [
    entry.id,
    entry.trigger,
    String(entry.sessions),
    String(entry.windows),
    String(entry.panes),
    String(entry.conversations),
  ]);
  const [head = '', ...lines] = columns([['ID', 'TRIGGER', 'SESSIONS', 'WINDOWS', 'PANES', 'CONVERSATIONS'], ...rows]);
  print(styled('bold', head));
  for (const line of lines) print(line);
  return EXIT.done;
}
