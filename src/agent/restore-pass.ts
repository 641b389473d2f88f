/**
 * One pass of a restore: plan → create → settle → finish, with the user's hooks set aside from the first batch to the last.
 * It decides nothing: the plan does.
 */
import { randomBytes } from 'node:crypto';
import { refOf, type Candidate } from '../model/candidates.js';
import type { Result } from '../model/failure.js';
import { planRestore, type Plan } from '../model/plan.js';
import type { Placeholder } from '../model/plan-window.js';
import type { Snapshot } from '../model/snapshot.js';
import type { SettleStep } from '../model/steps.js';
import { createPlanned, settlePlanned, type Applied } from '../tmux/apply.js';
import type { RestoreTarget } from '../tmux/batch.js';
import type { Surroundings } from '../tmux/surroundings.js';
import { setAside } from './asides.js';
import type { Launches } from './launches.js';
import type { Saver } from './saver.js';

/** What a pass works with. */
export interface PassContext {
  readonly live: Snapshot;
  readonly around: Surroundings;
  readonly prepared: Launches;
  readonly placeholders: readonly Placeholder[];
}

/** Returns the plan of a pass; it touches nothing. */
export const planPass = (candidates: readonly Candidate[], context: PassContext): Plan =>
  planRestore(candidates, {
    live: context.live,
    settings: context.around.settings,
    nonce: randomBytes(4).toString('hex'),
    launches: context.prepared.launches,
    placeholders: context.placeholders,
  });

/** Carries a plan out, and `also` with it; `path` is the PATH that panes get. */
export async function carryOut(
  saver: Saver,
  target: RestoreTarget,
  plan: Plan,
  context: PassContext,
  path: string | undefined,
  also: readonly SettleStep[],
): Promise<Result<Applied>> {
  const aside = await setAside(saver, target, context.live, context.around);
  if (!aside.ok) return aside;
  const applied = await inOrder(target, plan, path, aside.value.lines, also);
  await aside.value.putBack();
  if (applied.ok) recordPanes(saver, plan, applied.value, context.prepared);
  return applied;
}

async function inOrder(
  target: RestoreTarget,
  plan: Plan,
  path: string | undefined,
  before: readonly string[],
  also: readonly SettleStep[],
): Promise<Result<Applied>> {
  const created = await createPlanned(target, plan, path, before);
  if (!created.ok) return created;
  const settled = await settlePlanned(target, [...plan.settle, ...also], created.value, path);
  return settled.ok ? settlePlanned(target, plan.finish, settled.value, path) : settled;
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
      if (placed !== undefined) saver.sticky.expect(id, placed.program, placed.withinMs);
    }
  }
}
