/**
 * How long a restore takes, beside the very same tmux commands as one sourced file: what is above that is ours.
 */
import { execFileSync } from 'node:child_process';
import { prepareLaunches } from '../../src/agent/launches.js';
import { EMPTY_SNAPSHOT } from '../../src/agent/no-server.js';
import { restoreOffline, saveOffline } from '../../src/agent/offline.js';
import { planPass } from '../../src/agent/restore-pass.js';
import { selectCandidates } from '../../src/model/candidates.js';
import { DEFAULT_POLICY } from '../../src/model/policy.js';
import type { Context } from '../../src/model/ports.js';
import { openStore } from '../../src/store/open-store.js';
import { createLine, settleLine } from '../../src/tmux/step-lines.js';
import { readSurroundings } from '../../src/tmux/surroundings.js';
import { timeRow, type Row } from './rows.js';
import { BenchServer, median, must, panesOf, sizeName, timed, type Size } from './server.js';

const ORDER = { names: null, closed: false, from: null, dryRun: false, noPrograms: false };

/** Returns the row of restores of a server, each round into a new empty server. */
export async function restores(server: BenchServer, context: Context, size: Size, rounds: number): Promise<Row> {
  const ours: number[] = [];
  const floor: number[] = [];
  must(await saveOffline(context));
  for (let round = 0; round < rounds; round++) {
    await renew(server);
    const lines = await commandsOf(server, context);
    floor.push(await timed(() => source(server, lines)));
    expectPanes(server, size);
    await renew(server);
    ours.push(
      await timed(async () => {
        const { restored, differences } = must(await restoreOffline(context, ORDER));
        if (restored !== size.sessions || differences.length > 0)
          throw new Error(JSON.stringify({ restored, differences }));
      }),
    );
    expectPanes(server, size);
  }
  const figure = `restore ${sizeName(size)}, ${panesOf(size)} panes, verified and saved`;
  return timeRow(figure, median(ours), median(floor), 'the same commands as one source-file');
}

async function renew(server: BenchServer): Promise<void> {
  await server.kill();
  await server.start();
}

/** Returns the commands that a restore into an empty server runs; its ids are known beforehand, for a new server counts from zero. */
async function commandsOf(server: BenchServer, context: Context): Promise<string> {
  const store = must(await openStore(context.stateFolder, { create: true }));
  const manifest = must(await store.load()).stored?.manifest;
  if (manifest === undefined) throw new Error('nothing is saved');
  const candidates = must(selectCandidates(manifest, { names: null, closed: false }));
  const around = must(await readSurroundings({ binary: 'tmux', socketPath: server.socket }));
  const { settings } = around;
  const prepared = await prepareLaunches(candidates, {
    home: context.home,
    store,
    policy: DEFAULT_POLICY,
    settings,
    noPrograms: false,
  });
  const live = { ...EMPTY_SNAPSHOT, server: manifest.server ?? EMPTY_SNAPSHOT.server };
  const plan = planPass(candidates, { live, around, prepared, placeholders: [] });
  const ids = new Map<string, string>();
  const next = { $: 0, '@': 0, '%': 0 };
  const name = (kind: keyof typeof next, ref: string): void => void ids.set(ref, `${kind}${next[kind]++}`);
  for (const step of plan.create) {
    if (step.kind === 'new-session') name('$', step.session);
    if (step.kind === 'new-session' || step.kind === 'new-window') name('@', step.window);
    if ('pane' in step) name('%', step.pane);
  }
  const lines = [
    ...plan.create.map(createLine),
    ...[...plan.settle, ...plan.finish].map((step) => settleLine(step, (ref) => ids.get(ref) ?? null)),
  ];
  return lines.filter((line) => line !== null).join('\n');
}

function source(server: BenchServer, lines: string): void {
  execFileSync('tmux', ['-u', '-N', '-S', server.socket, 'source-file', '-'], {
    input: `${lines}\n`,
    env: server.environment(),
    stdio: ['pipe', 'ignore', 'inherit'],
  });
}

/** A floor that made less would be none. */
function expectPanes(server: BenchServer, size: Size): void {
  const panes = server.tmux('list-panes', '-a', '-F', '#{pane_pid} #{pane_start_command}').trim().split('\n');
  const isBack = panes.length === panesOf(size) && panes.every((pane) => !/^0 |cat -u/.test(pane));
  if (!isBack) throw new Error(`${panes.length} panes of ${panesOf(size)} are back:\n${panes.slice(0, 5).join('\n')}`);
}
