/**
 * Sets the user's hooks aside while something is made in a server, and puts them back whatever happens: on disk first, so that
 * the next one to come puts back what a crash left out (R12).
 */
import { asideFor, type Aside, type Hook } from '../model/aside.js';
import { ok, type Result } from '../model/failure.js';
import { sameServer, type Snapshot } from '../model/snapshot.js';
import { runBatch, type RestoreTarget } from '../tmux/batch.js';
import { quote } from '../tmux/codec.js';
import { askFramed } from '../tmux/framed.js';
import { readSurroundings, type Surroundings } from '../tmux/surroundings.js';
import { putBackLines, setAsideLines } from '../tmux/user-hooks.js';
import type { Saver } from './saver.js';

/** What is set aside of one server. */
export interface SetAside {
  /** Commands that take it out, to be run in the first batch. */
  readonly lines: readonly string[];
  /** Puts it back; only in a batch after the ones that caused events (notify.c runs their hooks then). */
  putBack(): Promise<void>;
}

/** Returns what is to be set aside in a server, which the state folder knows already; fails when that can't be written. */
export async function setAside(
  saver: Saver,
  target: RestoreTarget,
  live: Snapshot,
  { settings, hooks }: Surroundings,
): Promise<Result<SetAside>> {
  const windows = settings.windowSize === 'manual' ? await followingWindows(target, live) : ok([]);
  if (!windows.ok) return windows;
  const server = { ...live.server, bootId: saver.context.bootId };
  const aside = asideFor(server, hooks, settings.windowSize, windows.value);
  if (aside === null) return ok({ lines: [], putBack: () => Promise.resolve() });
  const written = await saver.store.writeAside(aside);
  if (!written.ok) return written;
  return ok({ lines: setAsideLines(aside), putBack: () => putBack(saver, target, aside) });
}

/** Returns the live windows that have no window-size of their own. */
async function followingWindows(target: RestoreTarget, live: Snapshot): Promise<Result<readonly string[]>> {
  const ids = live.windows.map(({ id }) => id);
  const own = await askFramed(
    target,
    ids.map((id) => ({ about: id, commands: [`show-options -wv -t ${quote(id)} window-size`] })),
  );
  return own.ok ? ok(ids.filter((_, at) => own.value[at]?.length === 0)) : own;
}

/** Puts back what a restore that died has left out of this very server, but for what its user has set since; what it left out of another went with that. */
export async function putBackLeftOver(
  saver: Saver,
  target: RestoreTarget,
  live: { readonly server: Pick<Snapshot['server'], 'pid' | 'startTime'> },
): Promise<void> {
  const aside = await saver.store.readAside();
  if (aside === null) return;
  if (!sameServer(aside.server, { ...live.server, bootId: saver.context.bootId })) {
    await saver.store.writeAside(null);
    return;
  }
  const around = await readSurroundings(target);
  if (!around.ok) return;
  const isSet = ({ table, name }: Hook): boolean =>
    around.value.hooks.some((hook) => hook.table === table && hook.name === name);
  await putBack(saver, target, { ...aside, hooks: aside.hooks.filter((hook) => !isSet(hook)) });
}

async function putBack(saver: Saver, target: RestoreTarget, aside: Aside): Promise<void> {
  const done = await runBatch(target, putBackLines(aside));
  // A server that did not answer may still be there: then the next one to come tries again.
  if (done.ok || done.error.reason === 'no-server') await saver.store.writeAside(null);
}
