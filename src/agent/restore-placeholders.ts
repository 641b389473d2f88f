/**
 * The live sessions that a restore comes into (R10): found before it, and rid of their own unused window after it. A shell that is
 * still starting is given a moment to show its prompt.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Candidate } from '../model/candidates.js';
import { closeUnused, type Plan } from '../model/plan.js';
import type { Placeholder } from '../model/plan-window.js';
import { isLossOf, isOfAnother, isRestoreInto } from '../model/recovery.js';
import type { Snapshot } from '../model/snapshot.js';
import { sameText } from '../model/text.js';
import { settlePlanned } from '../tmux/apply.js';
import type { RestoreTarget } from '../tmux/batch.js';
import type { TmuxTarget } from '../tmux/exec.js';
import { observeTwice } from './look.js';
import { findPlaceholders, unusedNow } from './placeholders.js';
import type { Saver } from './saver.js';

/** A session of this age, in ms, may still be starting its shell. */
const STARTING_MS = 3000;
/** How long a restore waits for that, and how often it looks, in ms. */
const WAIT_MS = 800;
const LOOK_EVERY_MS = 50;

/** Returns the placeholders that the candidates come into: none once this server was saved or restored into, for then its sessions are their user's. */
export async function placeholdersIn(
  saver: Saver,
  target: TmuxTarget,
  live: Snapshot,
  { candidates, isPlan }: { readonly candidates: readonly Candidate[]; readonly isPlan: boolean },
): Promise<readonly Placeholder[]> {
  const names = candidates.map(({ session }) => session.name);
  const there = live.sessions.filter((session) => names.some((name) => sameText(name, session.name)));
  if (there.length === 0 || (await isKnown(saver, live))) return [];
  const isStarting = (): boolean =>
    there.some(({ createdAt }) => Math.abs(Date.now() - Date.parse(createdAt)) < STARTING_MS);
  const deadline = performance.now() + WAIT_MS;
  for (;;) {
    const found = await findPlaceholders(target, live, names);
    if (isPlan || found.length === there.length || !isStarting() || performance.now() > deadline) return found;
    await delay(LOOK_EVERY_MS);
  }
}

async function isKnown(saver: Saver, { server }: Snapshot): Promise<boolean> {
  const identity = { ...server, bootId: saver.context.bootId };
  const current = await saver.current();
  if (!current.ok || (current.value !== null && !isOfAnother(current.value.manifest, identity))) return true;
  const journal = await saver.store.readJournal();
  // One that is on record as lost lives again: its socket had gone to another.
  return journal.ok && journal.value.some((entry) => isRestoreInto(entry, identity) || isLossOf(entry, identity));
}

/** Returns the last look after the windows are gone that placeholders brought along; one that was used meanwhile stays. */
export async function withoutUnused(target: RestoreTarget, plan: Plan, live: Snapshot): Promise<Snapshot> {
  const placeholders = plan.sessions.flatMap(({ placeholder }) => placeholder ?? []);
  const remain = (snapshot: Snapshot): Placeholder[] =>
    placeholders.filter(({ windowId }) => snapshot.windows.some(({ id }) => id === windowId));
  const deadline = performance.now() + WAIT_MS;
  let snapshot = live;
  while (remain(snapshot).length > 0 && performance.now() < deadline) {
    for (const placeholder of remain(snapshot)) {
      const unused = await unusedNow(target, placeholder.paneId);
      if (unused === null) continue;
      const close = closeUnused({ ...placeholder, unused });
      await settlePlanned(target, [close], { ids: new Map(), refused: new Set(), complaints: [] }, undefined);
    }
    const looked = await observeTwice(target);
    if (!looked.ok) return snapshot;
    snapshot = looked.value;
    if (remain(snapshot).length > 0) await delay(LOOK_EVERY_MS);
  }
  return snapshot;
}
