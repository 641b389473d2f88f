/**
 * `tmux-persist history`: the earlier states, newest first.
 */
import { fail, type Result } from '../model/failure.js';
import { nothingReadable } from '../model/nothing-readable.js';
import type { Context, Store } from '../model/ports.js';
import type { HistoryEntry } from '../model/report.js';
import { openStore } from '../store/open-store.js';
import { describeFailure, EXIT, exitCodeOf } from './failures.js';
import { columns, print, printJson, styled, warn } from './output.js';
import { triggerWords } from './trigger-words.js';

/** Prints the history; returns the exit code. */
export async function history(context: Context, json: boolean): Promise<number> {
  const store = await openStore(context.stateFolder, { create: false });
  const entries = store.ok ? await entriesOf(store.value) : store;
  if (!entries.ok) {
    warn(describeFailure(entries.error));
    return exitCodeOf(entries.error);
  }
  if (json) {
    printJson(entries.value);
    return EXIT.done;
  }
  if (entries.value.length === 0) {
    warn(describeFailure(nothingReadable(context.stateFolder, [])));
    return EXIT.nothingSaved;
  }
  const rows = entries.value.map((entry) => [
    entry.id,
    triggerWords(entry.trigger),
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

/** Returns all that can be read; where that is nothing, what is there and can't be read is the failure. */
async function entriesOf(store: Store): Promise<Result<readonly HistoryEntry[]>> {
  const entries = await store.history();
  if (!entries.ok || entries.value.length > 0) return entries;
  const loaded = await store.peek();
  if (!loaded.ok) return loaded;
  const { quarantined } = loaded.value;
  return quarantined.length === 0 ? entries : fail(nothingReadable(store.folder, quarantined));
}
