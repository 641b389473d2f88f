/**
 * Carries out a plan: create, then settle by id. It decides nothing: a step that can't be carried out costs its own pane or
 * window, and what really came of it is found by looking again.
 */
import { ok, type Result } from '../model/failure.js';
import type { Plan } from '../model/plan.js';
import type { SettleStep } from '../model/steps.js';
import { killSessions, runBatch, runBatches, type RestoreTarget } from './batch.js';
import { quote } from './codec.js';
import { createLine, settleLine, type LiveId } from './step-lines.js';

/** What came of a plan's first batch. */
export interface Applied {
  /** Live ids by ref: `$1`, `@2`, `%3`. */
  readonly ids: ReadonlyMap<string, string>;
  /** Refs of sessions that could not be made or named; nothing of them is left. */
  readonly refused: ReadonlySet<string>;
  /** What tmux complained about. */
  readonly complaints: readonly string[];
}

/** Lines of one batch that creates: the server has time for its clients in between. What settles is one batch, so that it is done or not. */
const CREATE_LINES = 100;

/** Makes the plan's sessions under temporary names with idle panes, then names them; `before` runs first, `path` is the PATH their panes get. */
export async function createPlanned(
  target: RestoreTarget,
  plan: Plan,
  path: string | undefined,
  before: readonly string[] = [],
): Promise<Result<Applied>> {
  const lines = plan.create.flatMap((step, line) => createLine(step, line) ?? []);
  const created = await runBatches(
    target,
    [...before, ...lines, `list-sessions -F ${quote('L #{session_id} #{session_name}')}`],
    CREATE_LINES,
    (line) => line.startsWith('new-session '),
    path,
  );
  if (!created.ok) return created;
  const { stdout, complaints } = created.value;
  const ids = new Map<string, string>();
  for (const { ref, host } of plan.sessions) if (host !== null) ids.set(ref, host);
  for (const match of stdout.matchAll(/^N (\d+) (\$\d+) (@\d+) (%\d+)$/gm)) {
    const step = plan.create[Number(match[1])];
    if (step === undefined || step.kind === 'move-window' || step.kind === 'rename-session') continue;
    if (step.kind === 'new-session') ids.set(step.session, match[2] ?? '');
    ids.set(step.window, match[3] ?? '');
    ids.set(step.pane, match[4] ?? '');
  }
  const names = new Map([...stdout.matchAll(/^L (\$\d+) (.*)$/gm)].map((match) => [match[1] ?? '', match[2] ?? '']));
  const refused = new Set<string>();
  for (const step of plan.create) {
    if (step.kind !== 'rename-session') continue;
    const id = ids.get(step.session);
    const isNameless = id !== undefined && names.get(id) === step.name;
    if (id === undefined || isNameless) refused.add(step.session);
    // Its name was taken meanwhile; it holds nothing but our own placeholders.
    if (isNameless) await killSessions(target, [id]);
  }
  return ok({ ids, refused, complaints });
}

/** Runs settle steps by live id. Steps whose session was refused or whose pane was never made are left out. */
export async function settlePlanned(
  target: RestoreTarget,
  steps: readonly SettleStep[],
  applied: Applied,
  path: string | undefined,
): Promise<Result<Applied>> {
  // A grouped session has an id only once it has joined: what is done to it comes when all sessions are there.
  const members = new Set(steps.flatMap((step) => (step.kind === 'join-group' ? [step.member] : [])));
  const isLate = (step: SettleStep): boolean =>
    ('target' in step && members.has(step.target)) ||
    (step.kind !== 'join-group' && 'session' in step && members.has(step.session));
  const joined = await runSettle(
    target,
    steps.filter((step) => !isLate(step)),
    applied,
    path,
  );
  return joined.ok ? runSettle(target, steps.filter(isLate), joined.value, path) : joined;
}

async function runSettle(
  target: RestoreTarget,
  steps: readonly SettleStep[],
  applied: Applied,
  path: string | undefined,
): Promise<Result<Applied>> {
  const id: LiveId = (ref) => {
    if (applied.refused.has(ref)) return null;
    // What lives already is named by its own id.
    return applied.ids.get(ref) ?? (/^[$@%]\d+$/.test(ref) ? ref : null);
  };
  const lines = steps.flatMap((step) => settleLine(step, id) ?? []);
  if (lines.length === 0) return ok(applied);
  const settled = await runBatch(target, lines, path);
  if (!settled.ok) return settled;
  const ids = new Map(applied.ids);
  for (const match of settled.value.stdout.matchAll(/^G (.+) (\$\d+)$/gm)) ids.set(match[1] ?? '', match[2] ?? '');
  return ok({ ids, refused: applied.refused, complaints: [...applied.complaints, ...settled.value.complaints] });
}
