/** The real process table, with real processes. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { paneActivity } from '../../src/programs/pane-activity.js';
import { parseCmdline, parseStat, procView } from '../../src/programs/process-view.js';
import { temporaryFolder } from './fake-view.js';
import { PaneRig, waitFor } from './pane-rig.js';

function start(
  t: TestContext,
  argv: readonly string[],
  options: { cwd: string; env?: NodeJS.ProcessEnv },
): ChildProcess & { pid: number } {
  const [file = '', ...args] = argv;
  const child = spawn(file, args, { stdio: 'ignore', ...options });
  t.after(() => child.kill('SIGKILL'));
  const { pid } = child;
  assert.ok(pid !== undefined);
  return Object.assign(child, { pid });
}

test('reads a process as it is: arguments with spaces, newlines and empty words, executable, directory, environment', async (t) => {
  const folder = temporaryFolder(t);
  const args = ['-c', 'kill -STOP $$; exit', 'a b', '', 'line\nbreak', '$(touch x)', ''];
  const child = start(t, ['/bin/bash', ...args], { cwd: folder, env: { A: '1', EMPTY: '', 'ODD NAME': 'x=y' } });
  const view = procView();
  const info = await waitFor('the exec', () => {
    const seen = view.read(child.pid);
    return seen?.argv[0] === '/bin/bash' ? seen : null;
  });
  assert.deepEqual(info.argv, ['/bin/bash', ...args]);
  assert.equal(info.cwd, folder);
  assert.equal(info.ppid, process.pid);
  assert.match(info.startTime, /^\d+$/);
  assert.ok(typeof info.exe === 'string' && info.exe.endsWith('/bash'));
  assert.equal(view.environ(child.pid)?.get('ODD NAME'), 'x=y');
  assert.equal(view.environ(child.pid)?.get('EMPTY'), '');
  assert.ok(view.children(process.pid).includes(child.pid));
});

test('keeps bytes that are not UTF-8', async (t) => {
  const folder = join(temporaryFolder(t));
  const name = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff, 0x20, 0xfe])]);
  mkdirSync(name);
  const child = start(t, ['/bin/bash', '-c', `cd "$(printf '${folder}/\\377 \\376')" && exec sleep 60`], {
    cwd: folder,
  });
  const info = await waitFor('the exec', () => {
    const seen = procView().read(child.pid);
    return seen?.argv[0] === 'sleep' ? seen : null;
  });
  assert.deepEqual(info.cwd, { base64: name.toString('base64') });
});

test('names a removed directory without the suffix of the kernel, and keeps a real name that ends so', async (t) => {
  const folder = temporaryFolder(t);
  const removed = join(folder, 'gone');
  const real = join(folder, 'x (deleted)');
  mkdirSync(removed);
  mkdirSync(real);
  const [inRemoved, inReal] = [removed, real].map((cwd) => start(t, ['sleep', '60'], { cwd }));
  assert.ok(inRemoved !== undefined && inReal !== undefined);
  const view = procView();
  await waitFor('both', () => [inRemoved, inReal].every(({ pid }) => view.read(pid)?.argv[0] === 'sleep'));
  rmdirSync(removed);
  assert.equal(view.read(inRemoved.pid)?.cwd, removed);
  assert.equal(view.read(inReal.pid)?.cwd, real);
});

test('returns null for what is gone, and no arguments of a zombie', async (t) => {
  const view = procView();
  assert.equal(view.read(2 ** 22 + 1), null);
  assert.equal(view.environ(2 ** 22 + 1), null);
  assert.deepEqual(view.children(2 ** 22 + 1), []);
  const parent = start(t, ['/bin/bash', '-c', 'sleep 0.1 & exec sleep 60'], { cwd: '/' });
  const zombie = await waitFor('a zombie', () =>
    procView()
      .children(parent.pid)
      .map((pid) => procView().read(pid))
      .find((info) => info?.state === 'Z'),
  );
  assert.deepEqual(zombie.argv, []);
  assert.equal(zombie.exe, null);
});

test('counts the fields of stat from the last parenthesis', () => {
  const line = readFileSync('/proc/self/stat', 'latin1').replace(/\(.*\)/s, '(a) (b) S 1 2 3)');
  const stat = parseStat(line);
  assert.equal(stat?.ppid, process.ppid);
  assert.equal(parseStat('12 (x) S 1'), null);
  assert.equal(parseStat(''), null);
});

test('takes the NULs that a set title leaves for no arguments', () => {
  assert.deepEqual(parseCmdline(Buffer.from('claude\0\0\0\0\0')), ['claude']);
  assert.deepEqual(parseCmdline(Buffer.from('claude\0--tools\0\0')), ['claude', '--tools', '']);
  assert.deepEqual(parseCmdline(Buffer.from('')), []);
  assert.deepEqual(parseCmdline(Buffer.from('\0\0')), []);
});

test('finds children by a scan where the kernel lists none', (t) => {
  const root = temporaryFolder(t);
  for (const [pid, ppid] of [
    [10, 1],
    [20, 10],
    [21, 10],
    [30, 20],
  ] as const) {
    mkdirSync(join(root, String(pid), 'task', String(pid)), { recursive: true });
    const rest = Array.from({ length: 40 }, (_, index) => String(index)).join(' ');
    writeFileSync(join(root, String(pid), 'stat'), `${String(pid)} (x) S ${String(ppid)} 1 1 0 -1 ${rest}`);
  }
  assert.deepEqual(procView(root).children(10), [20, 21]);
  assert.deepEqual(procView(root).children(20), [30]);
});

test('gives a pane another signature when its program or directory changes, and only then', async (t) => {
  const rig = new PaneRig(t);
  const pane = rig.open('/bin/bash', '--norc');
  const pid = rig.pid(pane);
  const differsFrom = (before: string): Promise<string> =>
    waitFor('another signature', () => {
      const now = paneActivity(pid);
      return now !== before && now;
    });
  const idle = await waitFor('the shell', () => (paneActivity(pid).includes('--norc') ? paneActivity(pid) : null));
  assert.equal(paneActivity(pid), idle);
  rig.type(pane, 'cd /usr');
  const elsewhere = await differsFrom(idle);
  assert.ok(elsewhere.includes('/usr'));
  rig.type(pane, 'sleep 500');
  await waitFor('sleep', () => paneActivity(pid).includes('sleep\x00500'));
  assert.equal(paneActivity(2 ** 22 + 1), '');
});

test('is cheap: 200 panes in a look', (t) => {
  const child = start(t, ['sleep', '60'], { cwd: '/' });
  const view = procView();
  for (let index = 0; index < 50; index += 1) view.read(child.pid);
  const started = performance.now();
  for (let index = 0; index < 200; index += 1) {
    view.read(child.pid);
    view.children(child.pid);
  }
  const looked = performance.now() - started;
  const again = performance.now();
  for (let index = 0; index < 200; index += 1) paneActivity(child.pid);
  const activity = performance.now() - again;
  t.diagnostic(`200 processes ${looked.toFixed(1)} ms, 200 signatures ${activity.toFixed(1)} ms`);
  assert.ok(looked < 500 && activity < 200);
});
