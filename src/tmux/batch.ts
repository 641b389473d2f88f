/**
 * Runs lines of tmux commands as one sourced file, and only in the server that they were made for: ids start anew in every
 * server, and the one that answers now may be another.
 */
import { fail, ok, type Result } from '../model/failure.js';
import { quote } from './codec.js';
import { runTmux, sourceLines, type TmuxTarget } from './exec.js';

/** The one server that a batch is for. */
export interface RestoreTarget extends TmuxTarget {
  readonly serverPid: number;
}

/** What a batch printed, and what tmux complained about. */
export interface BatchOutput {
  readonly stdout: string;
  readonly complaints: readonly string[];
}

/** How long one batch may take, in ms: a thousand panes were made in about five seconds. */
const BATCH_TIMEOUT_MS = 120_000;

/** Returns what the lines printed; a line that fails costs nothing but itself. Fails with `no-server` in any other server; `path` is the PATH that new panes get. */
export async function runBatch(
  target: RestoreTarget,
  lines: readonly string[],
  path?: string,
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
  // tmux runs nothing of a file with a line that it can't parse: then the rest is run without it.
  if (output.ok && !output.value.stdout.includes(end)) output = await run(await parsable(target, lines));
  if (!output.ok) return output;
  const complaints = output.value.stderr.split('\n').filter((line) => line !== '');
  return ok({ stdout: output.value.stdout.toString('utf8'), complaints });
}

/** Runs lines in batches of about `size`, so that the server has time for its clients in between; a new one begins where `isStart` allows it. */
export async function runBatches(
  target: RestoreTarget,
  lines: readonly string[],
  size: number,
  isStart: (line: string) => boolean,
  path?: string,
): Promise<Result<BatchOutput>> {
  const batches: string[][] = [[]];
  for (const line of lines) {
    const last = batches.at(-1) ?? [];
    if (last.length >= size && isStart(line)) batches.push([line]);
    else last.push(line);
  }
  const outputs: BatchOutput[] = [];
  for (const batch of batches) {
    const output = await runBatch(target, batch, path);
    if (!output.ok) return output;
    outputs.push(output.value);
  }
  return ok({
    stdout: outputs.map(({ stdout }) => stdout).join(''),
    complaints: outputs.flatMap(({ complaints }) => complaints),
  });
}

/** Ends sessions of a restore's own making. */
export async function killSessions(target: RestoreTarget, ids: readonly string[]): Promise<void> {
  if (ids.length > 0)
    await runBatch(
      target,
      ids.map((id) => `kill-session -t ${quote(id)}`),
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
