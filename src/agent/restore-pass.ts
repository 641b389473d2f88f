/**
 * One pass of a restore: plan → create → settle → finish → look again, with the user's hooks set aside all the while.
 * It decides nothing: the plan does.
 */
import { randomBytes } from 'node:crypto';
import { refOf, type Candidate } from '../model/candidates.js';
import { ok, type Result } from '../model/failure.js';
import { planRestore, settleBatches, type Plan } from '../model/plan.js';
import type { Difference } from '../model/report.js';
import type { Snapshot } from '../model/snapshot.js';
import type { SettleStep } from '../model/steps.js';
import { createPlanned, settlePlanned, type Applied } from '../tmux/apply.js';
import type { RestoreTarget } from '../tmux/batch.js';
import { setAside } from './asides.js';
import type { Launches } from './launches.js';
import { withoutUnused } from './restore-placeholders.js';
import type { Saver } from './saver.js';
import { verify, type PassContext } from './verify.js';

/** Returns the plan of a pass; it touches nothing. */
export const planPass = (candidates: readonly Candidate[], context: PassContext): Plan =>
  planRestore(candidates, {
    live: context.live,
    settings: context.around.settings,
    nonce: randomBytes(4).toString('hex'),
    launches: context.prepared.launches,
    placeholders: context.placeholders,
  });

/** What came of a pass. */
export interface PassDone {
  readonly applied: Applied;
  readonly differences: readonly Difference[];
  /** The last look at the server. */
  readonly live: Snapshot;
}

/** What a pass brings beside sessions. */
export interface PassExtras {
  /** The PATH that panes get. */
  readonly path: string | undefined;
  /** Steps for the server itself. */
  readonly globals: readonly SettleStep[];
}

/** Carries a plan out and looks again; the user's hooks are out of it from its first batch until its last repair. */
export async function carryOut(
  saver: Saver,
  target: RestoreTarget,
  plan: Plan,
  context: PassContext,
  extras: PassExtras,
): Promise<Result<PassDone>> {
  const aside = await setAside(saver, target, context.live, context.around);
  if (!aside.ok) return aside;
  try {
    return await carryOutAside(saver, target, plan, context, { ...extras, before: aside.value.lines });
  } finally {
    await aside.value.putBack();
  }
}

async function carryOutAside(
  saver: Saver,
  target: RestoreTarget,
  plan: Plan,
  context: PassContext,
  extras: PassExtras & { readonly before: readonly string[] },
): Promise<Result<PassDone>> {
  const applied = await inOrder(target, plan, extras);
  if (!applied.ok) return applied;
  recordPanes(saver, plan, applied.value, context.prepared);
  const verified = await verify(saver, target, plan, applied.value, context);
  if (!verified.ok) return verified;
  const { snapshot, differences } = verified.value;
  return ok({ applied: applied.value, differences, live: await withoutUnused(target, plan, snapshot) });
}

async function inOrder(
  target: RestoreTarget,
  plan: Plan,
  { path, globals, before }: PassExtras & { readonly before: readonly string[] },
): Promise<Result<Applied>> {
  const created = await createPlanned(target, plan, path, before);
  if (!created.ok) return created;
  let done = created.value;
  const [first = [], ...more] = settleBatches(plan);
  for (const batch of [[...first, ...globals], ...more, plan.finish]) {
    const settled = await settlePlanned(target, batch, done, path);
    if (!settled.ok) return settled;
    done = settled.value;
  }
  return ok(done);
}

/** Puts on record what was put into panes: a crash before it is seen there must not forget it. */
function recordPanes(saver: Saver, plan: Plan, applied: Applied, prepared: Launches): void {
  for (const { candidate } of plan.sessions) {
    for (const pane of candidate.windows.flatMap((window) => window.panes)) {
      const ref = refOf(candidate, pane.id);
      const id = applied.ids.get(ref);
      const placed = prepared.placed.get(ref);
      if (id === undefined) continue;
      saver.contents.adopt([{ id, contents: pane.contents }]);
      if (placed !== undefined) saver.sticky.expect(id, placed);
    }
  }
}
