/**
 * `make bench`: every figure beside its floor or beside what others do, all in one run. BENCH_* narrow or widen it; see CONTRIBUTING.md.
 */
import { deaths } from './deaths.js';
import { living } from './living.js';
import { memory, SAVE_LOOP, saveLoop } from './memory.js';
import { restores } from './restores.js';
import { tableOf, type Row } from './rows.js';
import { saves } from './saves.js';
import { scrollback } from './scrollback.js';
import { BenchServer, contextOf, sizeName, type Size } from './server.js';
import { statuses, statusLines } from './statuses.js';

const SMALL: Size = { sessions: 5, windows: 1, panes: 1 };
const MIDDLE: Size = { sessions: 25, windows: 1, panes: 2 };
const LARGE: Size = { sessions: 50, windows: 2, panes: 2 };
const HUGE: Size = { sessions: 100, windows: 5, panes: 2 };

/** How often a restore of each size is measured. */
const RESTORES = new Map([
  [SMALL, 9],
  [MIDDLE, 5],
  [LARGE, 3],
  [HUGE, 1],
]);

/** Each part of the table, by the name that BENCH_ONLY knows. */
const PARTS: Readonly<Record<string, () => Promise<readonly Row[]>>> = {
  save: async () => (await each([SMALL, MIDDLE, LARGE, HUGE], saves)).flat(),
  living: async () => (await each([MIDDLE, LARGE], living)).flat(),
  death: async () => [await deaths(SMALL, 3), await deaths({ sessions: 50, windows: 1, panes: 1 }, 3)],
  restore: () =>
    each([...RESTORES.keys()], (server, context, size) => restores(server, context, size, RESTORES.get(size) ?? 1)),
  status: () => each([SMALL, LARGE], statuses),
  line: () => each([SMALL], statusLines),
  memory,
  scrollback,
};

type Measure<T> = (server: BenchServer, context: Awaited<ReturnType<typeof contextOf>>, size: Size) => Promise<T>;

/** Measures each size on a server of its own. */
async function each<T>(sizes: readonly Size[], measure: Measure<T>): Promise<T[]> {
  const measured: T[] = [];
  for (const size of sizes) {
    const server = new BenchServer();
    try {
      const context = await contextOf(server);
      await server.start();
      server.fill(size);
      process.stderr.write(`${sizeName(size)} `);
      measured.push(await measure(server, context, size));
    } finally {
      await server.remove();
    }
  }
  return measured;
}

async function main(): Promise<void> {
  const wanted = process.env['BENCH_ONLY']?.split(' ') ?? Object.keys(PARTS);
  const rows: Row[] = [];
  for (const [name, measure] of Object.entries(PARTS)) {
    if (!wanted.includes(name)) continue;
    process.stderr.write(`${name}: `);
    rows.push(...(await measure()));
    process.stderr.write('done\n');
  }
  process.stdout.write(tableOf(rows));
}

const [, , role, socket, count] = process.argv;
await (role === SAVE_LOOP ? saveLoop(socket ?? '', Number(count)) : main());
