/**
 * Whether memory stays flat over many saves: a process of its own, run as the agent is, renames a window and saves, again and again,
 * with every look, judgement and sync of a real save.
 */
import { spawnSync } from 'node:child_process';
import { Saver } from '../../src/agent/saver.js';
import { openStore } from '../../src/store/open-store.js';
import { runTmux } from '../../src/tmux/exec.js';
import { shipped } from './agent.js';
import { bareNodeMegabytes, privateMegabytes } from './processes.js';
import { memoryRow, type Row } from './rows.js';
import { BenchServer, contextOf, must, pause, sizeName, type Size } from './server.js';

const SIZE: Size = { sessions: 5, windows: 1, panes: 2 };
const SAVES = Number(process.env['BENCH_SAVES'] ?? '1000');

/** After how many saves memory is read, beside the last. */
const SAMPLED = [1000, 10_000, 100_000];

/** The argument that makes the bench this process. */
export const SAVE_LOOP = 'save-loop';

/** Returns the rows of memory after a thousand and after BENCH_SAVES saves. */
export async function memory(): Promise<Row[]> {
  const server = new BenchServer();
  try {
    await server.start();
    server.fill(SIZE);
    await contextOf(server);
    const { flags, environment } = shipped();
    const child = spawnSync(
      process.execPath,
      [...flags, process.argv[1] ?? '', SAVE_LOOP, server.socket, String(SAVES)],
      {
        encoding: 'utf8',
        env: { ...server.environment(), ...environment },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const bare = bareNodeMegabytes();
    return child.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Sample)
      .map(({ saves, megabytes, seconds }) =>
        memoryRow(
          `saver after ${String(saves)} saves (${seconds.toFixed(0)} s), ${sizeName(SIZE)}`,
          megabytes,
          bare,
          'a bare node',
        ),
      );
  } finally {
    await server.remove();
  }
}

interface Sample {
  readonly saves: number;
  readonly megabytes: number;
  readonly seconds: number;
}

/** Saves a server so many times and prints a sample a line; every save must write a new manifest. */
export async function saveLoop(socket: string, saves: number): Promise<void> {
  const context = await contextOf({ home: process.env['HOME'] ?? '', socket });
  const saver = new Saver(context, must(await openStore(context.stateFolder, { create: true })));
  const target = { binary: 'tmux', socketPath: socket };
  const startedAt = performance.now();
  let last: string | null = null;
  for (let count = 1; count <= saves; count++) {
    must(await runTmux(target, ['rename-window', '-t', '=s0:0', `save-${String(count)}`]));
    const { report } = must(await saver.save(target, { trigger: 'bench', capture: 'none' }));
    if (report.id === last) throw new Error(`save ${String(count)} wrote nothing`);
    last = report.id;
    if (count !== saves && !SAMPLED.includes(count)) continue;
    // As at rest: what the collector does when nothing happens, it does within this time.
    await pause(5000);
    const seconds = (performance.now() - startedAt) / 1000;
    const sample: Sample = { saves: count, megabytes: privateMegabytes('self'), seconds };
    process.stdout.write(`${JSON.stringify(sample)}\n`);
  }
}
