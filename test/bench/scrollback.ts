/**
 * What scrollback costs: milliseconds of a capture beside those of tmux alone, and bytes on the disk.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ContentsCache } from '../../src/agent/capture.js';
import { DEFAULT_POLICY } from '../../src/model/policy.js';
import { openStore } from '../../src/store/open-store.js';
import { observe } from '../../src/tmux/observe.js';
import { timeRow, type Row } from './rows.js';
import { BenchServer, median, must, sizeName, timed, type Size } from './server.js';

const SIZE: Size = { sessions: 20, windows: 5, panes: 2 };
const LINES = 2000;

/** A line of a build's log: a time, a colour, some words, of 90 characters. */
const LOG = `awk -v p="$TMUX_PANE" 'BEGIN { srand(substr(p, 2)); for (n = 0; n < ${String(LINES + 100)}; n++) printf "\\033[2m12:%02d:%02d\\033[0m \\033[3%dm%-8s\\033[0m src/part-%04d/file-%05d.c: step %d of %s took %d ms\\n", n / 60, n % 60, 1 + rand() * 6, n % 7 ? "compile" : "link", rand() * 50, rand() * 9999, n, p, rand() * 2000; print "all-done" }'; exec sleep 1000`;

/** Returns the rows of 200 panes of 2000 lines. */
export async function scrollback(): Promise<readonly Row[]> {
  const server = new BenchServer();
  const rows: Row[] = [];
  const row = (...figure: Parameters<typeof timeRow>): void => {
    rows.push(timeRow(...figure));
  };
  try {
    await server.start();
    const panes = await fill(server);
    const target = { binary: 'tmux', socketPath: server.socket };
    const folder = join(server.home, 'tmux-persist', 'host', 'default');
    const store = must(await openStore(folder, { create: true }));
    const cache = new ContentsCache(store);
    const capture = async (): Promise<number> => {
      const snapshot = must(await observe(target));
      return timed(() => cache.refresh(target, snapshot, DEFAULT_POLICY, 'all'));
    };
    const name = `${sizeName(SIZE)} panes of ${String(LINES)} lines`;
    const floor = median([1, 2, 3].map(() => captureAlone(server, panes)));
    row(`scrollback, ${name}, all new`, await capture(), floor, 'capture-pane of each, thrown away');
    row('scrollback, nothing changed', median([await capture(), await capture(), await capture()]), floor, 'the same');
    server.tmux('send-keys', '-t', panes[0] ?? '', 'x', 'Enter');
    row('scrollback, one pane changed', await capture(), floor / panes.length, 'capture-pane of one');
    const stored = panes.flatMap((id) => cache.contentsOf(id) ?? []);
    const raw = await Promise.all(stored.map(async ({ sha256 }) => (await store.readContents(sha256))?.length ?? 0));
    const packed = readdirSync(join(folder, 'contents')).map((file) => statSync(join(folder, 'contents', file)).size);
    rows.push([`scrollback on disk, ${name}`, megabytes(packed), megabytes(raw), '', 'the text itself']);
    const adopted = new ContentsCache(store);
    adopt(adopted, panes, cache);
    const compare = await timed(async () =>
      adopted.refresh(target, must(await observe(target)), DEFAULT_POLICY, 'all'),
    );
    row('scrollback, compared with what was restored', compare, floor, 'capture-pane of each, thrown away');
    return rows;
  } finally {
    await server.remove();
  }
}

/** Fills the server with panes that have printed their log; returns their ids. */
async function fill(server: BenchServer): Promise<string[]> {
  server.tmux('set-option', '-g', 'history-limit', '5000', ';', 'set-option', '-g', 'default-command', LOG);
  server.fill(SIZE);
  const listed = server.tmux('list-panes', '-a', '-F', '#{pane_id}').trim().split('\n');
  for (const id of listed) {
    while (!server.tmux('capture-pane', '-p', '-t', id).includes('all-done')) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  return listed;
}

function captureAlone(server: BenchServer, panes: readonly string[]): number {
  const input = panes.map((id) => `capture-pane -epJ -S -${String(LINES)} -t ${id}\n`).join('');
  const startedAt = performance.now();
  execFileSync('tmux', ['-u', '-S', server.socket, 'source-file', '-'], { input, maxBuffer: Infinity });
  return performance.now() - startedAt;
}

function adopt(cache: ContentsCache, panes: readonly string[], from: ContentsCache): void {
  cache.adopt(panes.map((id) => ({ id, contents: from.contentsOf(id) })));
}

const megabytes = (sizes: readonly number[]): string =>
  `${(sizes.reduce((sum, size) => sum + size, 0) / 1e6).toFixed(1)} MB`;
