/**
 * How long `status` takes beside a node that does nothing, in turns.
 */
import { spawnSync } from 'node:child_process';
import type { Context } from '../../src/model/ports.js';
import { bundle, startAgent } from './agent.js';
import { timeRow, type Row } from './rows.js';
import { median, sizeName, timed, type BenchServer, type Size } from './server.js';

const ROUNDS = 21;

/** Returns the row of a server with an agent. */
export async function statuses(server: BenchServer, context: Context, size: Size): Promise<Row> {
  const agent = await startAgent(server, context);
  const status: number[] = [];
  const bare: number[] = [];
  try {
    for (let round = 0; round < ROUNDS; round++) {
      bare.push(await timed(() => run(server, ['-e', '0'])));
      status.push(await timed(() => run(server, [bundle(), '-S', server.socket, 'status'])));
    }
  } finally {
    agent.kill();
  }
  return timeRow(`status, ${sizeName(size)}`, median(status), median(bare), 'node -e 0');
}

/** Returns the row of what tmux's status line asks for, beside a shell that does nothing. */
export async function statusLines(server: BenchServer, context: Context): Promise<Row> {
  const agent = await startAgent(server, context);
  const line: number[] = [];
  const bare: number[] = [];
  try {
    for (let round = 0; round < ROUNDS; round++) {
      bare.push(await timed(() => execute(server, '/bin/sh', ['-c', ':'])));
      line.push(await timed(() => execute(server, bundle(), ['-S', server.socket, 'status', '--format'])));
    }
  } finally {
    agent.kill();
  }
  return timeRow('status --format', median(line), median(bare), 'sh -c :');
}

const run = (server: BenchServer, args: readonly string[]): void => {
  execute(server, process.execPath, args);
};

function execute(server: BenchServer, program: string, args: readonly string[]): void {
  const { status } = spawnSync(program, args, { env: server.environment() });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${String(status)}`);
}
