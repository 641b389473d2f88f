/**
 * What an agent's coming and going does to everybody else: to the panes nothing at all, and to another agent a refusal.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test, type TestContext } from 'node:test';
import { AgentRig, buildProgram, namesOf, processesOf } from '../support/agent-rig.js';
import { lives, waitFor } from '../support/tmux-rig.js';
import { startPrivateBus } from '../systemd/private-bus.js';

before(buildProgram);

const HOOKS = `set-hook -g session-created 'set -g @made 1'
set-hook -g 'after-split-window[3]' 'set -g @split 1'
set-hook -g window-linked 'set -g @linked 1'
`;

/** Everything that is the user's own: panes, clients, options and hooks. */
async function everything(rig: AgentRig): Promise<string> {
  const parts = [
    ['show-hooks', '-g'],
    ['show-hooks', '-gw'],
    ['show-hooks', '-t', '=main:'],
  ];
  const options = [
    ['show-options', '-g'],
    ['show-options', '-gw'],
    ['show-options', '-s'],
    ['show-environment', '-g'],
  ];
  const shown = [await rig.picture()];
  for (const part of [...parts, ...options]) shown.push(await rig.tmux(...part));
  return shown.join('\n--\n');
}

/** Attaches a real client on a terminal of its own, 100x30. */
async function attach(t: TestContext, rig: AgentRig): Promise<void> {
  const command = `stty cols 100 rows 30; exec tmux -u -S ${rig.server.socketPath} attach -t =main`;
  const client = spawn('script', ['-qfc', command, '/dev/null'], { env: rig.env, stdio: ['pipe', 'ignore', 'ignore'] });
  t.after(() => client.kill('SIGKILL'));
  await waitFor('the client', async () => (await rig.tmux('list-clients', '-F', '#{client_width}')) === '100');
}

/** A server with a user's own hooks, a session with hooks of its own, a second session, and an attached client. */
async function busyServer(t: TestContext): Promise<AgentRig> {
  const rig = await AgentRig.make(t, { config: HOOKS });
  await rig.begin('main', '-n', 'shell', 'sleep 1000');
  await rig.tmux('split-window', '-h', '-t', '=main:', 'sleep 1000');
  await rig.tmux('set-hook', '-t', '=main:', 'window-renamed', 'set -g @renamed 1');
  await rig.tmux('new-session', '-d', '-s', 'other', '-n', 'work', 'sleep 1000');
  await attach(t, rig);
  return rig;
}

describe('an agent beside others', { concurrency: 4 }, () => {
  test('Stopping, upgrading or crashing the agent touches no pane: after SIGTERM everything is as it was without it, hooks too.', async (t) => {
    const rig = await busyServer(t);
    const before = await everything(rig);
    const picture = await rig.picture();
    const agent = await rig.start();
    await rig.saved('everything', (m) => namesOf(m.sessions).join() === 'main,other');
    await waitFor('our hooks', async () => (await rig.tmux('show-hooks', '-g')).includes('[8317]'));
    assert.equal(await rig.picture(), picture, 'nothing of ours is attached or moves anything');
    assert.equal(await agent.end('SIGTERM'), 0);
    assert.equal(await everything(rig), before);
    const { agent: gone, problems } = await rig.status();
    assert.deepEqual([gone.running, gone.state], [false, 'stopped']);
    assert.deepEqual(
      problems.map(({ code }) => code),
      ['agent-not-running'],
    );
    assert.deepEqual(
      processesOf(rig.home).filter((pid) => pid === agent.pid),
      [],
    );
  });

  test('Stopping, upgrading or crashing the agent touches no pane: SIGKILL leaves hooks behind that do nothing, and the next agent takes over.', async (t) => {
    const rig = await busyServer(t);
    const before = await everything(rig);
    const picture = await rig.picture();
    const serverPid = await rig.serverPid();
    for (let crash = 0; crash < 3; crash++) {
      const agent = await rig.start();
      await agent.end('SIGKILL');
      assert.equal(await rig.picture(), picture);
      assert.equal((await rig.status()).agent.running, false);
      // A left-over hook signals a channel that nobody waits on.
      await rig.tmux('set-option', '-g', '@anything', String(crash));
    }
    await rig.tmux('set-option', '-gu', '@anything');
    const agent = await rig.start();
    await rig.tmux('new-window', '-d', '-t', '=other:', '-n', 'later', 'sleep 1000');
    await rig.saved('the later window', (m) => m.windows.some(({ name }) => name === 'later'));
    await rig.tmux('kill-window', '-t', '=other:later');
    await rig.saved('its end', (m) => !m.windows.some(({ name }) => name === 'later'));
    const clients = await waitFor('the clients of killed agents to be gone', async () => {
      const pids = processesOf(rig.home);
      const lines = await Promise.all(
        pids.map((pid) => readFile(`/proc/${String(pid)}/cmdline`, 'latin1').catch(() => '')),
      );
      const waiting = lines.filter((line) => line.includes('\0wait-for\0'));
      return waiting.length === 2 ? waiting : null;
    });
    assert.equal(clients.length, 2, 'only those of the agent that lives');
    assert.equal(await agent.end('SIGTERM'), 0);
    assert.equal(await rig.serverPid(), serverPid);
    // The hooks of a user ran for the window that the test made.
    assert.equal((await everything(rig)).replace('@linked 1\n', ''), before.replace('@linked 1\n', ''));
  });

  test('A good manifest is never replaced by less: fifty saves beside the stale socket of a dead server leave every byte.', async (t) => {
    const rig = await AgentRig.make(t);
    const pid = await rig.begin('kept');
    assert.equal((await rig.run(['save'])).code, 0);
    const folder = (await rig.stateFolder()) ?? '';
    const before = await readFile(join(folder, 'manifest.json'));
    const { mtimeMs } = await stat(join(folder, 'checked'));
    await rig.killServer(pid);
    assert.ok((await stat(rig.server.socketPath)).isSocket(), 'its socket is still there');
    for (let batch = 0; batch < 10; batch++) {
      const runs = await Promise.all(Array.from({ length: 5 }, () => rig.run(['save'])));
      for (const ran of runs) assert.deepEqual([ran.code, ran.stdout], [3, '']);
    }
    assert.deepEqual(await readFile(join(folder, 'manifest.json')), before);
    assert.equal((await stat(join(folder, 'checked'))).mtimeMs, mtimeMs, 'and its age goes on');
    assert.deepEqual(await readdir(join(folder, 'history')), []);
  });

  test('What is live is never touched: a restore beside live sessions changes nothing that exists, twice.', async (t) => {
    const rig = await busyServer(t);
    await rig.start();
    await rig.saved('everything', (m) => m.sessions.length === 2);
    const { manifest } = await rig.status();
    await rig.tmux('kill-session', '-t', '=other');
    await rig.saved('the closing', (m) => m.pending.length === 1);
    const main = async () =>
      (await rig.picture())
        .split('\n')
        .filter((line) => !line.includes('other'))
        .join('\n');
    const before = await rig.tmux('list-panes', '-s', '-t', '=main', '-F', '#{pane_id} #{pane_pid} #{window_layout}');
    assert.equal((await rig.run(['restore', '--from', manifest?.id ?? ''])).code, 0);
    const once = await rig.picture();
    assert.equal(
      await rig.tmux('list-panes', '-s', '-t', '=main', '-F', '#{pane_id} #{pane_pid} #{window_layout}'),
      before,
    );
    assert.ok((await main()).includes('main'));
    const second = await rig.run(['restore', '--from', manifest?.id ?? '', '--json']);
    const report = JSON.parse(second.stdout) as { restored: number; skipped: number };
    assert.deepEqual([second.code, report.restored, report.skipped], [0, 0, 2]);
    assert.equal(await rig.picture(), once);
  });

  test('a second agent on the same socket is refused with the pid of the first, which goes on', async (t) => {
    const rig = await AgentRig.make(t);
    await rig.begin('own');
    const first = await rig.start();
    const second = await rig.run(['agent', '--standalone']);
    assert.deepEqual([second.code, second.stdout], [7, '']);
    assert.match(
      second.stderr,
      new RegExp(`^tmux-persist: another agent \\(pid ${String(first.pid)}\\) serves this socket`),
    );
    assert.ok(await lives(first.pid));
    await rig.tmux('new-session', '-d', '-s', 'later');
    await rig.saved('a later session', (m) => namesOf(m.sessions).includes('later'));
  });

  test('two agents that start at once come to one', async (t) => {
    const rig = await AgentRig.make(t);
    const agents = [rig.launch(), rig.launch(), rig.launch()];
    const codes = await waitFor('two of them to leave', () => {
      const ended = agents.map((agent) => agent.process.exitCode).filter((code) => code !== null);
      return ended.length === 2 ? ended : null;
    });
    assert.deepEqual(codes, [7, 7]);
  });

  test('an agent under a user manager needs its bus: without one it names the way out', async (t) => {
    const rig = await AgentRig.make(t);
    const ran = await rig.run(['agent'], { socket: [] });
    assert.deepEqual([ran.code, ran.stdout], [3, '']);
    assert.match(ran.stderr, /cannot reach the session bus.*tmux-persist agent --standalone/);
    const other = await rig.run(['agent']);
    assert.deepEqual([other.code, other.stdout], [2, ''], 'no unit can be for such a socket');
    assert.match(other.stderr, /--standalone/);
  });

  test('an agent on a session bus without systemd says so, and leaves', async (t) => {
    const rig = await AgentRig.make(t);
    const bus = await startPrivateBus(t);
    const ran = await rig.run(['agent'], { socket: [], env: bus.env });
    assert.deepEqual([ran.code, ran.stdout], [8, '']);
    assert.match(ran.stderr, /^tmux-persist: .*user manager.*\n$/);
  });

  test('commands beside a standalone agent on a machine with a bus do their work by themselves', async (t) => {
    const rig = await AgentRig.make(t);
    const bus = await startPrivateBus(t);
    await rig.begin('own');
    await rig.start('watching', { env: bus.env });
    for (const command of ['save', 'restore', 'status']) {
      const ran = await rig.run([command], { env: bus.env });
      assert.equal(ran.code, 0, ran.stderr);
    }
  });
});
