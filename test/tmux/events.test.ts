/** What wakes a waiter, and how its wait ends. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { installHooks, startWaiter, type Waiter } from '../../src/tmux/events.js';
import { lives, TmuxRig, valueOf, waitFor } from '../support/tmux-rig.js';

const WITHIN_MS = 1000;

/** Returns a waiter that has been blocked for a moment: what came before can't wake it. */
async function quietWaiter(rig: TmuxRig): Promise<Waiter> {
  for (;;) {
    const waiter = startWaiter(rig.target);
    await Promise.race([waiter.ready, waiter.ended]);
    const first = await Promise.race([waiter.ended, delay(250, 'blocked')]);
    if (first === 'blocked') return waiter;
    assert.equal(first, 'signalled');
  }
}

async function endOf(waiter: Waiter): Promise<string> {
  const end = await Promise.race([waiter.ended, delay(WITHIN_MS, 'nothing')]);
  waiter.stop();
  return end;
}

/** Each change of structure, to be made one after the other. */
const CHANGES: readonly (readonly string[])[] = [
  ['new-session', '-d', '-s', 'second', '-x', '80', '-y', '24', 'sleep', '1000'],
  ['rename-session', '-t', 'second', 'other'],
  ['new-session', '-d', '-t', 'other', '-s', 'member'],
  ['new-window', '-d', '-t', 'main:5', 'sleep', '1000'],
  ['rename-window', '-t', 'main:5', 'named'],
  ['move-window', '-d', '-s', 'main:5', '-t', 'main:6'],
  ['link-window', '-d', '-s', 'main:6', '-t', 'other:9'],
  ['unlink-window', '-t', 'other:9'],
  ['select-window', '-t', 'main:6'],
  ['last-window', '-t', 'main'],
  ['split-window', '-d', '-t', 'main:0', 'sleep', '1000'],
  ['split-window', '-d', '-h', '-t', 'main:0', 'sleep', '1000'],
  ['select-pane', '-t', 'main:0.1'],
  ['last-pane', '-t', 'main:0'],
  ['swap-pane', '-d', '-s', 'main:0.0', '-t', 'main:0.2'],
  ['rotate-window', '-t', 'main:0'],
  ['resize-pane', '-t', 'main:0.0', '-y', '5'],
  ['resize-pane', '-Z', '-t', 'main:0.0'],
  ['resize-pane', '-Z', '-t', 'main:0.0'],
  ['select-layout', '-t', 'main:0', 'tiled'],
  ['next-layout', '-t', 'main:0'],
  ['break-pane', '-d', '-s', 'main:0.2', '-t', 'main:8'],
  ['join-pane', '-d', '-s', 'main:8.0', '-t', 'main:0.0'],
  ['resize-window', '-t', 'main:0', '-x', '100', '-y', '30'],
  ['kill-pane', '-t', 'main:0.2'],
  ['kill-window', '-t', 'main:6'],
  ['set-option', '-g', '@tmux-persist-scrollback', '1'],
  ['set-environment', '-g', 'NAME', 'value'],
  ['kill-session', '-t', 'member'],
  ['kill-session', '-t', 'other'],
];

test('every change of structure wakes a waiter within a second', async (t) => {
  const rig = await TmuxRig.start(t);
  valueOf(await installHooks(rig.target));
  for (const change of CHANGES) {
    const waiter = await quietWaiter(rig);
    await rig.tmux(...change);
    assert.equal(await endOf(waiter), 'signalled', change.join(' '));
  }
});

test('the end of a process and a client that comes or goes wake a waiter within a second', async (t) => {
  const rig = await TmuxRig.start(t);
  valueOf(await installHooks(rig.target));
  await rig.tmux('split-window', '-d', '-t', 'main:', 'sleep', '1000');
  const [pid] = await rig.rows('list-panes', '#{pane_pid}', '-t', 'main:.1');
  const exited = await quietWaiter(rig);
  process.kill(Number(pid), 'SIGKILL');
  assert.equal(await endOf(exited), 'signalled');
  const attached = await quietWaiter(rig);
  const client = spawn('tmux', ['-C', '-S', rig.socketPath, 'attach-session', '-t', 'main']);
  t.after(() => client.kill('SIGKILL'));
  assert.equal(await endOf(attached), 'signalled');
  const detached = await quietWaiter(rig);
  await rig.tmux('detach-client', '-s', 'main');
  assert.equal(await endOf(detached), 'signalled');
});

test('whatever changes once a wait is in place ends it, however many changes came before', async (t) => {
  const rig = await TmuxRig.start(t);
  valueOf(await installHooks(rig.target));
  for (let n = 0; n < 12; n++) {
    for (let before = 0; before < n; before++)
      await rig.tmux('rename-window', '-t', 'main:', `early-${String(before)}`);
    const waiter = startWaiter(rig.target);
    await waiter.ready;
    await rig.tmux('rename-window', '-t', 'main:', `name-${String(n)}`);
    assert.equal(await endOf(waiter), 'signalled');
  }
});

test('a title that changes wakes nobody', async (t) => {
  const rig = await TmuxRig.start(t);
  valueOf(await installHooks(rig.target));
  const cat = await rig.tmux('new-window', '-d', '-P', '-F', '#{pane_id}', 'cat');
  const waiter = await quietWaiter(rig);
  await rig.tmux('send-keys', '-t', cat, '-l', '\u001b]2;spinner\u0007\n');
  await waitFor(
    'the title',
    async () => (await rig.tmux('display-message', '-p', '-t', cat, '#{pane_title}')) === 'spinner',
  );
  assert.equal(await Promise.race([waiter.ended, delay(200, 'nothing')]), 'nothing');
  waiter.stop();
});

test('where a session ends with its last client, a waiter outlasts a detaching that followed what woke it', async (t) => {
  const rig = await TmuxRig.start(t, { config: 'set -g exit-empty off\n' });
  valueOf(await installHooks(rig.target));
  const client = spawn('script', ['-qec', `exec tmux -S '${rig.socketPath}' attach -t main`, '/dev/null'], {
    env: { PATH: process.env['PATH'] ?? '', TERM: 'xterm', LANG: 'C.UTF-8', HOME: rig.home },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  t.after(() => client.kill('SIGKILL'));
  await waitFor('the client', async () => (await rig.rows('list-clients', '#{client_name}')).length === 1);
  await rig.tmux('set-option', '-t', 'main', 'destroy-unattached', 'on');
  const waiter = await quietWaiter(rig);
  const before = performance.now();
  await rig.tmux('rename-window', '-t', 'main:', 'named');
  assert.equal(await endOf(waiter), 'signalled');
  assert.ok(performance.now() - before >= 100);
});

test('a waiter is no client that anybody sees', async (t) => {
  const rig = await TmuxRig.start(t);
  const sessions = await rig.tmux('list-sessions');
  valueOf(await installHooks(rig.target));
  const waiter = await quietWaiter(rig);
  assert.equal(await rig.tmux('list-clients'), '');
  assert.equal(await rig.tmux('list-sessions'), sessions);
  assert.equal(await rig.tmux('display-message', '-p', '-t', 'main', '#{session_attached}'), '0');
  waiter.stop();
  assert.equal(await waiter.ended, 'stopped');
});

test('a killed server breaks the wait, kill-server and a last session that closes end it in order', async (t) => {
  const rig = await TmuxRig.start(t);
  const broken = await quietWaiter(rig);
  await rig.kill();
  assert.equal(await endOf(broken), 'broken');
  assert.equal(await endOf(startWaiter(rig.target)), 'broken');
  for (const end of [['kill-server'], ['set-option', '-s', 'exit-empty', 'on', ';', 'kill-session', '-t', 'main']]) {
    await rig.startEmpty();
    await rig.tmux('new-session', '-d', '-s', 'main', 'sleep', '1000');
    const ended = await quietWaiter(rig);
    await rig.tmux(...end);
    assert.equal(await endOf(ended), 'signalled');
    await waitFor('the end of the server', async () => !(await lives(rig.pid)));
  }
});

test('a waiter ends when it is stopped, even while the server is', async (t) => {
  const rig = await TmuxRig.start(t);
  const blocked = await quietWaiter(rig);
  rig.signal('SIGSTOP');
  const knocking = startWaiter(rig.target);
  await waitFor('both clients', async () => (await rig.clients()).length === 2);
  for (const waiter of [blocked, knocking]) {
    waiter.stop();
    assert.equal(await endOf(waiter), 'stopped');
  }
  await waitFor('the end of the clients', async () => (await rig.clients()).length === 0);
});

test('a wait with a tmux that is not there is broken at once', async (t) => {
  const rig = await TmuxRig.start(t);
  assert.equal(await endOf(startWaiter({ ...rig.target, binary: 'tmux-that-is-not-there' })), 'broken');
});

test('a server ends though the parent of a waiter is stopped', async (t) => {
  const rig = await TmuxRig.start(t);
  const script = fileURLToPath(new URL('./waiter-child.js', import.meta.url));
  const child = spawn(process.execPath, [script, rig.socketPath], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  const output: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  await waitFor('the waiter', async () => (await rig.clients()).length === 2);
  child.kill('SIGSTOP');
  await rig.tmux('kill-server');
  await waitFor('the end of the server', async () => !(await lives(rig.pid)), 5000);
  child.kill('SIGCONT');
  await once(child, 'exit');
  assert.equal(Buffer.concat(output).toString(), 'waiting\nsignalled\n');
});
