/**
 * What a save costs inside the agent, beside one list-panes, and beside what others do for theirs.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Saver } from '../../src/agent/saver.js';
import type { Context } from '../../src/model/ports.js';
import { openStore } from '../../src/store/open-store.js';
import { runAncestor } from './ancestor.js';
import { runResurrect } from './resurrect.js';
import { timeRow, type Row } from './rows.js';
import { median, must, panesOf, sizeName, timed, type BenchServer, type Size } from './server.js';

const FLOOR_FORMAT = '#{session_name} #{pane_id} #{pane_current_path} #{window_layout}';

/** Returns the rows of saves of one server; it is saved afterwards. */
export async function saves(server: BenchServer, context: Context, size: Size): Promise<Row[]> {
  const saver = new Saver(context, must(await openStore(context.stateFolder, { create: true })));
  const target = { binary: 'tmux', socketPath: server.socket };
  const changed: number[] = [];
  const unchanged: number[] = [];
  const floor: number[] = [];
  const save = (): Promise<number> =>
    timed(async () => must(await saver.save(target, { trigger: 'bench', capture: 'none' })));
  for (let round = 0; round < 15; round++) {
    server.tmux('rename-window', '-t', '=s0:0', `round-${round}`);
    floor.push(await timed(() => server.tmux('list-panes', '-a', '-F', FLOOR_FORMAT)));
    changed.push(await save());
    unchanged.push(await save());
  }
  const figure = `save ${sizeName(size)}, ${panesOf(size)} panes`;
  const rows = [
    timeRow(`${figure}, changed`, median(changed), median(floor), 'one list-panes of four fields'),
    timeRow(`${figure}, nothing changed`, median(unchanged), median(floor), 'the same'),
  ];
  const beside = async (which: string, once: () => unknown): Promise<void> => {
    const times = [];
    for (let round = 0; round < (panesOf(size) < 200 ? 3 : 1); round++) times.push(await timed(once));
    rows.push(timeRow(`${figure}, changed`, median(changed), median(times), which));
  };
  const folder = join(server.home, 'others');
  mkdirSync(folder, { recursive: true });
  await beside("the ancestor's way, one pane a session", () => {
    runAncestor(server, folder, size.sessions);
  });
  const checkout = process.env['BENCH_RESURRECT'] ?? '';
  // It takes four minutes for a thousand panes.
  if (checkout !== '' && (panesOf(size) <= 200 || process.env['BENCH_LONG'] === '1')) {
    await beside('tmux-resurrect, without contents', () => {
      runResurrect(server, checkout, folder, panesOf(size));
    });
  }
  return rows;
}
