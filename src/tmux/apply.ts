/**
 * Carries out a plan in two batches: create, then settle by id. It decides nothing: a step that can't be carried out
 * costs its own pane or window, and what really came of it is found by looking again.
 */
import { ok, type Result } from '../model/failure.js';
import type { Plan } from '../model/plan.js';
import type { CreateStep, SettleStep } from '../model/steps.js';
import type { Text } from '../model/text.js';
import { literalFormat, quote, unstoredName } from './codec.js';
import { runTmux, sourceLines, type TmuxTarget } from './exec.js';

/** What came of a plan's first batch. */
export interface Applied {
  /** Live ids by ref: `$1`, `@2`, `%3`. */
  readonly ids: ReadonlyMap<string, string>;
  /** Refs of sessions that could not be made or named; nothing of them is left. */
  readonly refused: ReadonlySet<string>;
  /** What tmux complained about. */
  readonly complaints: readonly string[];
}

type Executors<S extends { kind: string }, Context> = {
  readonly [K in S['kind']]: (step: Extract<S, { kind: K }>, context: Context) => string | null;
};

/** How long one batch may take, in ms: a thousand panes were made in about five seconds. */
const BATCH_TIMEOUT_MS = 120_000;

/** An idle program that a pane holds until its own is started: `cat` of its own terminal. */
const PLACEHOLDER = 'cat -';

const exact = (name: string, rest = ''): string => quote(`=${name}${rest}`);
const format = (text: Text): string => quote(literalFormat(text));

const CREATE: Executors<CreateStep, number> = {
  'new-session': (step, line) =>
    `new-session -d -E -P -F ${made(line)} -s ${quote(step.name)} -x ${String(step.width)} -y ${String(step.height)} -c ${format(step.path)} ${PLACEHOLDER}`,
  'new-window': (step, line) =>
    `new-window -d -P -F ${made(line)} -t ${exact(step.name, `:${String(step.index)}`)} ${PLACEHOLDER}`,
  // An empty command makes a pane without a process (cmd-split-window.c): nothing is forked that would be killed at once.
  'split-window': (step, line) =>
    `split-window -d -P -F ${made(line)} -t ${exact(step.name, `:${String(step.index)}.{bottom}`)} -l ${String(step.size)} ''`,
  'move-window': (step) =>
    `move-window -d -s ${exact(step.name, `:${String(step.from)}`)} -t ${exact(step.name, `:${String(step.to)}`)}`,
  'rename-session': () => null,
};

const made = (line: number): string => quote(`N ${String(line)} #{session_id} #{window_id} #{pane_id}`);

const SETTLE: Executors<SettleStep, (ref: string) => string | null> = {
  'link-window': (step, id) =>
    on(
      id(step.window),
      id(step.session),
      (window, session) => `link-window -d ${step.replace ? '-k ' : ''}-s ${window} -t ${at(session, step.index)}`,
    ),
  'move-linked': (step, id) =>
    on(id(step.session), '', (session) => `move-window -d -s ${at(session, step.from)} -t ${at(session, step.to)}`),
  'resize-window': (step, id) =>
    on(
      id(step.window),
      '',
      (window) => `resize-window -t ${window} -x ${String(step.width)} -y ${String(step.height)}`,
    ),
  'select-layout': (step, id) =>
    on(id(step.window), '', (window) => `select-layout -t ${window} ${quote(step.layout)}`),
  'rename-window': (step, id) =>
    on(id(step.window), '', (window) => `rename-window -t ${window} -- ${format(unstoredName(step.to))}`),
  title: (step, id) => on(id(step.pane), '', (pane) => `select-pane -t ${pane} -T ${format(step.title)}`),
  'respawn-pane': (step, id) =>
    on(
      id(step.pane),
      '',
      (pane) => `respawn-pane -k -t ${pane} -c ${format(step.directory)} ${step.command.map(quote).join(' ')}`,
    ),
  'select-pane': (step, id) => on(id(step.pane), '', (pane) => `select-pane -t ${pane}`),
  zoom: (step, id) => on(id(step.pane), '', (pane) => `resize-pane -Z -t ${pane}`),
  'join-group': (step, id) =>
    on(
      id(step.session),
      '',
      (session) =>
        `new-session -d -E -P -F ${quote(`G ${step.member} #{session_id}`)} -t ${quote(session)} -s ${quote(step.name)}`,
    ),
  'rename-member': (step) => `rename-session -t ${exact(step.name)} -- ${format(unstoredName(step.to))}`,
  'select-window': (step, id) => on(id(step.session), '', (session) => `select-window -t ${at(session, step.index)}`),
  'unset-default-size': (step, id) =>
    on(id(step.session), '', (session) => `set-option -u -t ${quote(session)} default-size`),
};

const on = (
  first: string | null,
  second: string | null,
  line: (first: string, second: string) => string,
): string | null => (first === null || second === null ? null : line(first, second));
const at = (session: string, index: number): string => quote(`${session}:${String(index)}`);

/** Makes the plan's sessions under temporary names with idle panes, then names them; `path` is the PATH their panes get. */
export async function createPlanned(
  target: TmuxTarget,
  plan: Plan,
  path: string | undefined,
): Promise<Result<Applied>> {
  const lines = plan.create.flatMap((step, line) => CREATE[step.kind](step as never, line) ?? []);
  const call = { timeoutMs: BATCH_TIMEOUT_MS, ...(path === undefined ? {} : { path }) };
  const created = await sourceLines(target, lines, call);
  if (!created.ok) return created;
  const ids = new Map<string, string>();
  for (const match of created.value.stdout.toString('utf8').matchAll(/^N (\d+) (\$\d+) (@\d+) (%\d+)$/gm)) {
    const step = plan.create[Number(match[1])];
    if (step === undefined || step.kind === 'move-window' || step.kind === 'rename-session') continue;
    if (step.kind === 'new-session') ids.set(step.session, match[2] ?? '');
    ids.set(step.window, match[3] ?? '');
    ids.set(step.pane, match[4] ?? '');
  }
  const refused = await nameSessions(target, plan, ids);
  if (!refused.ok) return refused;
  return ok({
    ids,
    refused: refused.value,
    complaints: created.value.stderr.split('\n').filter((line) => line !== ''),
  });
}

/** Gives the new sessions their names. One whose name was taken meanwhile is removed again: it holds only our own placeholders. */
async function nameSessions(
  target: TmuxTarget,
  plan: Plan,
  ids: Map<string, string>,
): Promise<Result<ReadonlySet<string>>> {
  const renames = plan.create.flatMap((step) => (step.kind === 'rename-session' ? step : []));
  const lines = renames.flatMap((step) => {
    const id = ids.get(step.session);
    return id === undefined ? [] : [`rename-session -t ${quote(id)} -- ${format(unstoredName(step.to))}`];
  });
  const renamed = await sourceLines(target, [...lines, `list-sessions -F ${quote('L #{session_id} #{session_name}')}`]);
  if (!renamed.ok) return renamed;
  const temporary = new Map<string, string>();
  for (const match of renamed.value.stdout.toString('utf8').matchAll(/^L (\$\d+) (.*)$/gm))
    temporary.set(match[1] ?? '', match[2] ?? '');
  const refused = new Set<string>();
  for (const step of renames) {
    const id = ids.get(step.session);
    const stillTemporary = id !== undefined && temporary.get(id) === step.name;
    if (id === undefined || stillTemporary) refused.add(step.session);
    if (stillTemporary) await runTmux(target, ['kill-session', '-t', id]);
  }
  return ok(refused);
}

/** Runs settle steps by live id. Steps whose session was refused or whose pane was never made are left out. */
export async function settlePlanned(
  target: TmuxTarget,
  steps: readonly SettleStep[],
  applied: Applied,
  path: string | undefined,
): Promise<Result<Applied>> {
  // A grouped session has an id only once it has joined: windows are selected when all sessions are there.
  const selections = steps.filter((step) => step.kind === 'select-window');
  const joined = await runSettle(
    target,
    steps.filter((step) => step.kind !== 'select-window'),
    applied,
    path,
  );
  return joined.ok ? runSettle(target, selections, joined.value, path) : joined;
}

async function runSettle(
  target: TmuxTarget,
  steps: readonly SettleStep[],
  applied: Applied,
  path: string | undefined,
): Promise<Result<Applied>> {
  const id = (ref: string): string | null => {
    if (applied.refused.has(ref)) return null;
    // A live session that others join as a group is named by its own id.
    return applied.ids.get(ref) ?? (/^\$\d+$/.test(ref) ? ref : null);
  };
  const lines = steps.flatMap((step) => SETTLE[step.kind](step as never, id) ?? []);
  if (lines.length === 0) return ok(applied);
  const call = { timeoutMs: BATCH_TIMEOUT_MS, ...(path === undefined ? {} : { path }) };
  const settled = await sourceLines(target, await parsable(target, lines), call);
  if (!settled.ok) return settled;
  const ids = new Map(applied.ids);
  for (const match of settled.value.stdout.toString('utf8').matchAll(/^G (.+) (\$\d+)$/gm))
    ids.set(match[1] ?? '', match[2] ?? '');
  const complaints = settled.value.stderr.split('\n').filter((line) => line !== '');
  return ok({ ids, refused: applied.refused, complaints: [...applied.complaints, ...complaints] });
}

/** Returns the lines that this tmux can parse: one that it can't would make it refuse the whole batch. */
async function parsable(target: TmuxTarget, lines: readonly string[]): Promise<readonly string[]> {
  const parses = async (some: readonly string[]): Promise<boolean> => {
    const output = await runTmux(target, ['source-file', '-n', '-'], { input: `${some.join('\n')}\n` });
    return output.ok && output.value.exitCode === 0;
  };
  if (lines.length === 0 || (await parses(lines))) return lines;
  if (lines.length === 1) return [];
  const middle = Math.floor(lines.length / 2);
  return [...(await parsable(target, lines.slice(0, middle))), ...(await parsable(target, lines.slice(middle)))];
}
