/**
 * `make bench`: each figure beside its floor, measured in the same minute. Wall times on a busy machine mean little alone; the ratios do.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Saver } from '../../src/agent/saver.js';
import { resolveContext } from '../../src/cli/context.js';
import type { Context } from '../../src/model/ports.js';
import { openStore } from '../../src/store/open-store.js';
import { restores } from './restores.js';
import { scrollback } from './scrollback.js';
import { tableOf, timeRow, type Row } from './rows.js';
import { BenchServer, median, must, privateMegabytes, processorMs, sizeName, timed, type Size } from './server.js';

/** What is measured as it lives, and how often a restore of it. */
const SIZES: readonly (Size & { readonly rounds: number; readonly lives: boolean })[] = [
  { sessions: 5, windows: 1, panes: 1, rounds: 9, lives: true },
  { sessions: 25, windows: 1, panes: 2, rounds: 5, lives: false },
  { sessions: 50, windows: 2, panes: 2, rounds: 3, lives: true },
  { sessions: 100, windows: 5, panes: 2, rounds: 1, lives: false },
];
const IDLE_SECONDS = Number(process.env['BENCH_IDLE_SECONDS'] ?? '30');
const rows: Row[] = [];

function bundle(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'Makefile'))) folder = dirname(folder);
  return join(folder, 'dist', 'tmux-persist.js');
}

async function contextOf(server: BenchServer): Promise<Context> {
  process.env['HOME'] = server.home;
  delete process.env['XDG_STATE_HOME'];
  delete process.env['TMUX'];
  return must(await resolveContext({ socketPath: server.socket }, true));
}

async function saves(server: BenchServer, context: Context, size: Size): Promise<void> {
  const saver = new Saver(context, must(await openStore(context.stateFolder, { create: true })));
  const target = { binary: 'tmux', socketPath: server.socket };
  const changed: number[] = [];
  const unchanged: number[] = [];
  const floor: number[] = [];
  for (let round = 0; round < 15; round++) {
    server.tmux('rename-window', '-t', '=s0:0', `round-${round}`);
    floor.push(
      await timed(() =>
        server.tmux('list-panes', '-a', '-F', '#{session_name} #{pane_id} #{pane_current_path} #{window_layout}'),
      ),
    );
    changed.push(await timed(() => saver.save(target, { trigger: 'bench', capture: 'none' })));
    unchanged.push(await timed(() => saver.save(target, { trigger: 'bench', capture: 'none' })));
  }
  const figure = `save ${sizeName(size)}`;
  rows.push(
    timeRow(`${figure}, changed (look, judge, fsync)`, median(changed), median(floor), 'one list-panes'),
    timeRow(`${figure}, nothing changed`, median(unchanged), median(floor), 'one list-panes'),
  );
}

function startAgent(server: BenchServer): ChildProcess {
  return spawn(process.execPath, ['--max-semi-space-size=1', bundle(), '-S', server.socket, 'agent', '--standalone'], {
    stdio: 'ignore',
    env: server.environment(),
  });
}

async function until(what: string, check: () => boolean, deadlineMs = 20_000): Promise<void> {
  for (const deadline = Date.now() + deadlineMs; !check();) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function living(server: BenchServer, context: Context, size: Size): Promise<void> {
  const agent = startAgent(server);
  const agentFile = join(context.stateFolder, 'agent.json');
  const isWatching = (): boolean => existsSync(agentFile) && readFileSync(agentFile, 'utf8').includes('"watching"');
  const listable = (): boolean => {
    try {
      return (
        server
          .tmux('-N', 'list-sessions')
          .split('\n')
          .filter((line) => /^s\d/.test(line)).length === size.sessions
      );
    } catch {
      return false;
    }
  };
  const pid = agent.pid ?? 0;
  await until('the agent', isWatching);
  const tmux = server.pid();
  // The first slow look captures every pane; after that the server is idle.
  await new Promise((resolve) => setTimeout(resolve, 20_000));
  const before = processorMs(pid) + processorMs(tmux);
  const elapsed = await timed(() => new Promise((resolve) => setTimeout(resolve, IDLE_SECONDS * 1000)));
  const used = processorMs(pid) + processorMs(tmux) - before;
  rows.push([
    `idle, ${sizeName(size)}, agent and server, ${IDLE_SECONDS} s`,
    `${((used / elapsed) * 100).toFixed(2)} %`,
    '0',
    '',
    'of one core',
  ]);
  const restart = await timed(async () => {
    const other = new BenchServer();
    await other.start();
    await other.remove();
  });
  const back = await timed(async () => {
    process.kill(tmux, 'SIGKILL');
    await until('the sessions', listable);
  });
  rows.push(timeRow(`SIGKILL to ${size.sessions} sessions listable`, back, restart, 'a bare server start and end'));
  await until('the agent', isWatching);
  rows.push([
    `agent, private memory, ${sizeName(size)}`,
    `${privateMegabytes(pid).toFixed(1)} MB`,
    `${bareNodeMegabytes().toFixed(1)} MB`,
    '',
    'bare node',
  ]);
  const status: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round < 9; round++) {
    bare.push(await timed(() => spawnSync(process.execPath, ['-e', '0'])));
    status.push(
      await timed(() =>
        spawnSync(process.execPath, [bundle(), '-S', server.socket, 'status'], { env: server.environment() }),
      ),
    );
  }
  rows.push(timeRow(`status, ${sizeName(size)}`, median(status), median(bare), 'node -e 0'));
  agent.kill('SIGKILL');
}

function bareNodeMegabytes(): number {
  const script = `const t=require('fs').readFileSync('/proc/self/smaps_rollup','latin1');let k=0;for(const m of t.matchAll(/^Private_(?:Clean|Dirty): +(\\d+) kB$/gm))k+=Number(m[1]);console.log(k/1024)`;
  return Number(spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' }).stdout);
}

for (const size of SIZES) {
  const server = new BenchServer();
  try {
    const context = await contextOf(server);
    await server.start();
    server.fill(size);
    await saves(server, context, size);
    rows.push(await restores(server, context, size, size.rounds));
    if (size.lives) await living(server, context, size);
  } finally {
    await server.remove();
  }
}
rows.push(...(await scrollback()));
process.stdout.write(tableOf(rows));
