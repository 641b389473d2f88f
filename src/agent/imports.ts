/**
 * Adds sessions out of a file to the saved state, under the same lock as a save. An agent that runs reads the state anew when somebody
 * replaced it, and has no other part in it.
 */
import { ok, type Result } from '../model/failure.js';
import type { ImportedEntry } from '../model/import-records.js';
import { mergeImport, withImported, type ImportDone, type ImportOrder } from '../model/import-merge.js';
import type { Contents, Pane } from '../model/manifest.js';
import { withoutGhostPrompt } from '../model/ghost-prompt.js';
import { isExcluded } from '../model/policy.js';
import type { Context } from '../model/ports.js';
import { lastLines, standingLines, textOfLines } from '../model/scrollback-text.js';
import { addImportedNames, readImportedNames } from '../store/imported-names.js';
import { openStore } from '../store/open-store.js';
import { PANE_BYTES } from './capture.js';
import { observeTwice } from './look.js';
import { openSaver, targetOf } from './offline.js';
import { Saver } from './saver.js';

/** Adds what is new; fails without having written a state. */
export async function importOffline(context: Context, order: ImportOrder): Promise<Result<ImportDone>> {
  const saver = await (order.dryRun ? openReader(context) : openSaver(context));
  if (!saver.ok) return saver;
  return order.dryRun ? add(saver.value, order) : saver.value.locked(() => add(saver.value, order));
}

async function openReader(context: Context): Promise<Result<Saver>> {
  const store = await openStore(context.stateFolder, { create: false });
  return store.ok ? ok(new Saver(context, store.value, { writes: false })) : store;
}

async function add(saver: Saver, order: ImportOrder): Promise<Result<ImportDone>> {
  const current = await saver.current();
  if (!current.ok) return current;
  const previous = current.value?.manifest ?? null;
  // What can't be looked at now is left alone by the restore.
  const live = await observeTwice(targetOf(saver.context));
  const names = live.ok ? live.value.sessions.map(({ name }) => name) : [];
  const { folder } = saver.store;
  const before = order.once ? await readImportedNames(folder) : [];
  const merged = mergeImport(previous, order.entries, names, before);
  if (order.dryRun || merged.added.length === 0) return ok({ ...merged, manifestId: null });
  if (live.ok) await saver.readPolicy(targetOf(saver.context), []);
  const texted: ImportedEntry[] = [];
  const stored = new Map<string, Contents | null>();
  for (const entry of merged.added) texted.push(await withTexts(saver, entry, order.texts, stored));
  const state = withImported(previous, texted, order.at, order.lastSession);
  const written = await saver.writeState(state, 'import', previous?.bootId);
  if (!written.ok) return written;
  // Every import is noted: one that is repeated by a program must respect what its user imported, and closed since.
  const noted = await addImportedNames(
    folder,
    merged.added.map(({ session }) => session.name),
  );
  return noted.ok ? ok({ ...merged, manifestId: written.value.manifest.id }) : noted;
}

/** Stores the text of an entry's panes; one for which there is no room comes without it. */
async function withTexts(
  { store, policy }: Saver,
  entry: ImportedEntry,
  texts: ReadonlyMap<string, string>,
  stored: Map<string, Contents | null>,
): Promise<ImportedEntry> {
  if (policy.scrollbackLines === 0 || isExcluded(policy, entry.session.name)) return entry;
  const contentsOf = async (pane: Pane): Promise<Contents | null> => {
    const known = stored.get(pane.id);
    if (known !== undefined) return known;
    const text = texts.get(entry.textNames.get(pane.id) ?? '');
    const shown = text === undefined ? [] : withoutGhostPrompt(standingLines(text), pane.program === null);
    const lines = lastLines(shown, { lines: policy.scrollbackLines, bytes: PANE_BYTES });
    const put = lines.length === 0 ? null : await store.putContents(Buffer.from(textOfLines(lines), 'latin1'));
    const sha256 = put?.ok === true ? put.value : null;
    const contents = sha256 === null ? null : { sha256, lines: lines.length, truncated: lines.length < shown.length };
    stored.set(pane.id, contents);
    return contents;
  };
  const windows = [];
  for (const window of entry.windows) {
    const panes = [];
    for (const pane of window.panes) panes.push({ ...pane, contents: await contentsOf(pane) });
    windows.push({ ...window, panes });
  }
  return { ...entry, windows };
}
