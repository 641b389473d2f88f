/**
 * What the agent costs while it lives: processor time of it and of the tmux server, idle and under changes, and its memory. The server
 * alone, under the same changes, stands beside it.
 */
import type { Context } from '../../src/model/ports.js';
import { startAgent } from './agent.js';
import { change, lossWindows } from './changes.js';
import { bareNodeMegabytes, loadDuring, privateMegabytes } from './processes.js';
import { loadRow, memoryRow, timeRow, type Row } from './rows.js';
import { pause, panesOf, quantile, sizeName, type BenchServer, type Size } from './server.js';

/** How long idleness is measured, in seconds. */
const SECONDS = Number(process.env['BENCH_SECONDS'] ?? '60');
const CHANGES = Number(process.env['BENCH_CHANGES'] ?? '500');

/** The first slow look captures every pane; after that an idle server is idle. */
const SETTLE_MS = 18_000;

/** Returns the rows of one server's life with an agent. */
export async function living(server: BenchServer, context: Context, size: Size): Promise<Row[]> {
  const name = `${sizeName(size)}, ${panesOf(size)} panes`;
  const tmux = server.pid();
  const [idleAlone = 0] = await loadDuring([tmux], () => pause(5000));
  const [busyAlone = 0] = await loadDuring([tmux], () => change(server, size.sessions, 100));
  const agent = await startAgent(server, context);
  try {
    await pause(SETTLE_MS);
    const [idle = 0, idleServer = 0] = await loadDuring([agent.pid, tmux], () => pause(SECONDS * 1000));
    const atRest = privateMegabytes(agent.pid);
    let delays: number[] = [];
    const [busy = 0, busyServer = 0] = await loadDuring([agent.pid, tmux], async () => {
      delays = await lossWindows(server, context, size.sessions, CHANGES);
    });
    const bare = bareNodeMegabytes();
    const changes = `10 changes a second, ${name}`;
    const alone = 'the server alone';
    return [
      loadRow(`idle ${String(SECONDS)} s, ${name}, agent`, idle, 0, 'of one core'),
      loadRow(`idle ${String(SECONDS)} s, ${name}, server`, idleServer, idleAlone, alone),
      loadRow(`${changes}, agent`, busy, 0, 'of one core'),
      loadRow(`${changes}, server`, busyServer, busyAlone, alone),
      timeRow(
        `change to synced manifest, ${name}, p50 of ${String(delays.length)}`,
        quantile(delays, 0.5),
        1000,
        'promised',
      ),
      timeRow(
        `change to synced manifest, ${name}, p99 of ${String(delays.length)}`,
        quantile(delays, 0.99),
        1000,
        'promised',
      ),
      memoryRow(`agent at rest, private memory, ${name}`, atRest, bare, 'a bare node'),
      memoryRow(
        `agent after ${String(CHANGES)} changes, private memory, ${name}`,
        privateMegabytes(agent.pid),
        bare,
        'the same',
      ),
    ];
  } finally {
    agent.kill();
  }
}
