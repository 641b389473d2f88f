/**
 * A user who changes something ten times a second, and when each change was on the disk: a change is a window's new name, and it is
 * safe once a manifest that holds it was synced, which is when `checked` is touched.
 */
import { spawn } from 'node:child_process';
import { readFileSync, watch } from 'node:fs';
import { join } from 'node:path';
import type { Context } from '../../src/model/ports.js';
import { pause, type BenchServer } from './server.js';

/** The mean time between two changes, in ms; they come unevenly, as from fingers. */
const EVERY_MS = 100;

/** How long after the last change a manifest may come. */
const LAST_WITHIN_MS = 10_000;

/** Renames the first windows of sessions one after the other. */
export async function change(
  server: BenchServer,
  sessions: number,
  count: number,
  told?: (name: string) => void,
): Promise<void> {
  const nextAt = performance.now();
  let due = nextAt;
  for (let n = 0; n < count; n++) {
    // 0.2 to 1.8 of the mean, without chance: every run has the same gaps.
    due += EVERY_MS * (0.2 + 1.6 * ((n * 0.618) % 1));
    await pause(Math.max(0, due - performance.now()));
    const name = `change-${n}-`;
    told?.(name);
    await renamed(server, `=s${n % sessions}:0`, name);
  }
}

/** Returns for each of `count` changes the time until it was on the disk, in ms. */
export async function lossWindows(
  server: BenchServer,
  context: Context,
  sessions: number,
  count: number,
): Promise<number[]> {
  const waiting = new Map<string, number>();
  const delays: number[] = [];
  const watcher = watch(context.stateFolder, (_, file) => {
    if (file !== 'checked') return;
    const text = readFileSync(join(context.stateFolder, 'manifest.json'), 'utf8');
    for (const [name, changedAt] of waiting) {
      if (!text.includes(name)) continue;
      delays.push(performance.now() - changedAt);
      waiting.delete(name);
    }
  });
  try {
    await change(server, sessions, count, (name) => waiting.set(name, performance.now()));
    for (const deadline = Date.now() + LAST_WITHIN_MS; waiting.size > 0;) {
      if (Date.now() > deadline) throw new Error(`never saved: ${[...waiting.keys()].join(' ')}`);
      await pause(10);
    }
  } finally {
    watcher.close();
  }
  return delays;
}

function renamed(server: BenchServer, target: string, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('tmux', ['-u', '-N', '-S', server.socket, 'rename-window', '-t', target, name], {
      stdio: 'ignore',
      env: server.environment(),
    });
    child.once('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`rename-window ended with ${String(code)}`));
    });
  });
}
