/**
 * `tmux-persist show`: one saved state as a tree.
 */
import { fail, ok, type Result } from '../model/failure.js';
import type { Manifest, Pane, Session, Window } from '../model/manifest.js';
import type { Context } from '../model/ports.js';
import { displayText } from '../model/text.js';
import { openStore } from '../store/open-store.js';
import { describeFailure, EXIT, exitCodeOf } from './failures.js';
import { plural, print, printJson, styled, warn } from './output.js';

/** Prints the state with this id, or the last good one; returns the exit code. */
export async function show(context: Context, id: string | null, json: boolean): Promise<number> {
  const found = await find(context, id);
  if (!found.ok) {
    warn(describeFailure(found.error));
    return exitCodeOf(found.error);
  }
  if (json) printJson(found.value);
  else printTree(found.value);
  return EXIT.done;
}

async function find(context: Context, id: string | null): Promise<Result<Manifest>> {
  const store = await openStore(context.stateFolder, { create: false });
  if (!store.ok) return store;
  if (id !== null) {
    const found = await store.value.find(id);
    return found.ok ? ok(found.value.manifest) : found;
  }
  const loaded = await store.value.peek();
  if (!loaded.ok) return loaded;
  const { stored } = loaded.value;
  return stored === null ? fail({ reason: 'nothing-saved', path: context.stateFolder }) : ok(stored.manifest);
}

function printTree(manifest: Manifest): void {
  print(`${styled('bold', manifest.id)}  saved ${manifest.savedAt} (${manifest.trigger})`);
  for (const session of manifest.sessions) printSession(session, manifest.windows, '');
  for (const entry of manifest.pending) printSession(entry.session, entry.windows, `${entry.how} since ${entry.since}`);
  for (const entry of manifest.closed)
    printSession(entry.session, entry.windows, `closed by ${entry.how} at ${entry.closedAt}`);
}

function printSession(session: Session, windows: readonly Window[], note: string): void {
  const suffix = note === '' ? '' : `  [${note}]`;
  print(`${styled('bold', displayText(session.name))}: ${plural(session.windows.length, 'window')}${suffix}`);
  for (const link of session.windows) {
    const window = windows.find((candidate) => candidate.id === link.windowId);
    if (window === undefined) continue;
    const flags = `${link.windowId === session.activeWindow ? '*' : ''}${window.zoomed ? 'Z' : ''}`;
    print(
      `  ${String(link.index)}: ${displayText(window.name)}${flags}  ${String(window.width)}x${String(window.height)}`,
    );
    for (const pane of window.panes) print(`    ${String(pane.index)}: ${paneLine(pane)}`);
  }
}

function paneLine(pane: Pane): string {
  const { conversation } = pane.program ?? { conversation: null };
  const talk = conversation === null ? '' : `  ${conversation.id} (${conversation.confidence})`;
  return `${displayText(pane.currentPath)}  ${displayText(pane.currentCommand)}${pane.active ? ' *' : ''}${talk}`;
}
