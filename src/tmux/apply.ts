/**
 * Carries out a plan in two batches: create, then settle by id. It decides nothing: a step that can't be carried out
 * costs its own pane or window, and what really came of it is found by looking again.
 */
import { fail, ok, type Result } from '../model/failure.js';
import type { Plan } from '../model/plan.js';
import { UNSETTLED_COMMAND } from '../model/unsettled.js';
import type { CreateStep, SettleStep } from '../model/steps.js';
import type { Text } from '../model/text.js';
import { literalFormat, quote, unstoredName } from './codec.js';
import { runTmux, sourceLines, type TmuxTarget } from './exec.js';

/** The one server that a plan is for. */
export interface RestoreTarget extends TmuxTarget {
  readonly serverPid: number;
}

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

/** An idle program that a pane holds until its own is started, in words that nobody else would choose. */
const PLACEHOLDER = UNSETTLED_COMMAND.join(' ');

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
  'rename-session': (step) => `rename-session -t ${exact(step.name)} -- ${format(unstoredName(step.to))}`,
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
        `new-session -d -E -P -F ${quote(`G ${step.member} #{session_id}`)} -t ${quote(session)} -s ${quote(step.name)} -c ${format(step.path)}`,
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
  target: RestoreTarget,
  plan: Plan,
  path: string | undefined,
): Promise<Result<Applied>> {
  const lines = plan.create.flatMap((step, line) => CREATE[step.kind](step as never, line) ?? []);
  if (lines.length > 0 && (await crashesAtNewWindow(target)))
    return fail({ reason: 'tmux-failed', detail: 'tmux 3.3 to 3.6 crash at a new window while window-size is manual' });
  const created = await runBatch(
    target,
    [...lines, `list-sessions -F ${quote('L #{session_id} #{session_name}')}`],
    path,
  );
  if (!created.ok) return created;
  const { stdout, complaints } = created.value;
  const ids = new Map<string, string>();
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

/** tmux 3.3 to 3.6 follow a null pointer at every new window while the global window-size is manual (resize.c, clients_calculate_size). */
async function crashesAtNewWindow(target: TmuxTarget): Promise<boolean> {
  const output = await sourceLines(target, ['display-message -p "#{version}"', 'show-options -gwv window-size']);
  return output.ok && /^(?:next-)?3\.[3-6][a-z]?\nmanual$/m.test(output.value.stdout.toString('latin1'));
}

/** Runs settle steps by live id. Steps whose session was refused or whose pane was never made are left out. */
export async function settlePlanned(
  target: RestoreTarget,
  steps: readonly SettleStep[],
  applied: Applied,
  path: string | undefined,
): Promise<Result<Applied>> {
  // A grouped session has an id only once it has joined: then windows are selected when all sessions are there.
  const isLate = (step: SettleStep): boolean =>
    step.kind === 'select-window' && applied.ids.get(step.session) === undefined;
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
  const id = (ref: string): string | null => {
    if (applied.refused.has(ref)) return null;
    // A live session that others join as a group is named by its own id.
    return applied.ids.get(ref) ?? (/^\$\d+$/.test(ref) ? ref : null);
  };
  const lines = steps.flatMap((step) => SETTLE[step.kind](step as never, id) ?? []);
  if (lines.length === 0) return ok(applied);
  const settled = await runBatch(target, lines, path);
  if (!settled.ok) return settled;
  const ids = new Map(applied.ids);
  for (const match of settled.value.stdout.matchAll(/^G (.+) (\$\d+)$/gm)) ids.set(match[1] ?? '', match[2] ?? '');
  return ok({ ids, refused: applied.refused, complaints: [...applied.complaints, ...settled.value.complaints] });
}

interface BatchOutput {
  readonly stdout: string;
  readonly complaints: readonly string[];
}

/**
 * Runs a batch as one sourced file, and only in the server that it was planned for: ids start anew in every server, and the one
 * that answers now may be another. tmux runs nothing of a file with a line that it can't parse: then the rest is run without it.
 */
async function runBatch(
  target: RestoreTarget,
  lines: readonly string[],
  path: string | undefined,
): Promise<Result<BatchOutput>> {
  const call = { timeoutMs: BATCH_TIMEOUT_MS, ...(path === undefined ? {} : { path }) };
  const [end, other] = ['tmux-persist-end-of-batch', 'tmux-persist-not-this-server'];
  const guard = `if-shell -F ${quote(`#{==:#{pid},${String(target.serverPid)}}`)} {`;
  // An error ends only its own line of a block, as it does in a file (cmd-parse.y groups commands by line).
  const run = (some: readonly string[]) =>
    sourceLines(target, [guard, ...some, `display-message -p ${end}`, `} {\ndisplay-message -p ${other}\n}`], call);
  let output = await run(lines);
  if (output.ok && output.value.stdout.includes(other))
    return fail({ reason: 'no-server', socketPath: target.socketPath });
  if (output.ok && !output.value.stdout.includes(end)) output = await run(await parsable(target, lines));
  if (!output.ok) return output;
  const complaints = output.value.stderr.split('\n').filter((line) => line !== '');
  return ok({ stdout: output.value.stdout.toString('utf8'), complaints });
}

/** Ends sessions of a restore's own making. */
export async function killSessions(target: RestoreTarget, ids: readonly string[]): Promise<void> {
  if (ids.length > 0)
    await runBatch(
      target,
      ids.map((id) => `kill-session -t ${quote(id)}`),
      undefined,
    );
}

/** Returns the lines that this tmux can parse. */
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
