/**
 * What goes wrong around a running agent: disks, folders, hooks, sockets, servers that hang. It says so, loses nothing,
 * and goes on by itself.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFile, mkdtemp, open, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import type { Manifest } from '../../src/model/manifest.js';
import { assertRoot } from '../store/support.js';
import { AgentRig, buildProgram, namesOf, processesOf } from '../support/agent-rig.js';
import { lives, waitFor } from '../support/tmux-rig.js';

before(buildProgram);

const holds =
  (...names: string[]) =>
  (manifest: Manifest): boolean =>
    names.every((name) => namesOf(manifest.sessions).includes(name));

/** Waits until status has a problem of this code; returns its message. */
const problemOf = (rig: AgentRig, code: string): Promise<string> =>
  waitFor(
    `the problem ${code}`,
    async () => (await rig.status()).problems.find((problem) => problem.code === code)?.message,
  );

/** Waits until status has no problem any more. */
const allWell = (rig: AgentRig, deadlineMs?: number): Promise<true> =>
  waitFor('a status without problems', async () => (await rig.status()).problems.length === 0 || null, deadlineMs);

const bytesOf = async (rig: AgentRig, name: string): Promise<string> =>
  readFile(join((await rig.stateFolder()) ?? '', name), 'utf8');

describe('what goes wrong around an agent', { concurrency: 6 }, () => {
  test('a full disk is shown, costs nothing that is saved, and is over by itself when there is space', async (t) => {
    assertRoot();
    const rig = await AgentRig.make(t);
    const disk = await mkdtemp(join(tmpdir(), 'tmux-persist-disk-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=0700', 'tmpfs', disk]);
    t.after(async () => {
      execFileSync('umount', [disk]);
      await rm(disk, { recursive: true });
    });
    await symlink(disk, join(rig.home, '.local'));
    const agent = await rig.start('waiting');
    await rig.begin('before');
    await rig.saved('the session', holds('before'));
    const good = await bytesOf(rig, 'manifest.json');
    const filler = await open(join(disk, 'filler'), 'w');
    await filler.appendFile(Buffer.alloc(1 << 20)).catch(() => undefined);
    await filler.close();
    await rig.tmux('new-session', '-d', '-s', 'after');
    const problem = await problemOf(rig, 'state-unwritable');
    assert.match(problem, /disk is full|no space left/);
    await waitFor('the refused save', () => agent.log().includes('no space left on device'));
    assert.equal(await bytesOf(rig, 'manifest.json'), good);
    assert.equal((await rig.run(['save'])).code, 6);
    await rm(join(disk, 'filler'));
    // By itself: with the next change, or the next slow look.
    await rig.saved('the session of that time', holds('before', 'after'));
    await allWell(rig);
  });

  test('an agent whose log can not be written goes on', async (t) => {
    const rig = await AgentRig.make(t);
    const wrapper = await rig.program('agent', 'exec "$@" 2>/dev/full');
    const agent = rig.launch({ through: [wrapper], args: ['--verbose', 'agent', '--standalone'] });
    await rig.waitState(agent, 'waiting');
    await rig.begin('kept');
    await rig.saved('the session', holds('kept'));
    assert.ok(await lives(agent.pid));
  });

  test('a state folder that is removed under the agent comes back, and so does the agent in status', async (t) => {
    const rig = await AgentRig.make(t);
    const agent = await rig.start('waiting');
    await rig.begin('first');
    await rig.saved('the session', holds('first'));
    await rename(join(rig.home, '.local'), join(rig.home, 'removed'));
    await rig.tmux('new-session', '-d', '-s', 'second');
    await rig.saved('both', holds('first', 'second'));
    await waitFor('the agent in status', async () => (await rig.status()).agent.pid === agent.pid);
    await allWell(rig);
    const second = await rig.run(['agent', '--standalone']);
    assert.equal(second.code, 7, 'there is still one agent for a socket');
  });

  test('a saved state that is damaged is set aside and told of, and the newest readable one is used', async (t) => {
    const rig = await AgentRig.make(t);
    const first = await rig.start('waiting');
    await rig.begin('old');
    await rig.saved('the session', holds('old'));
    await rig.tmux('rename-window', '-t', '=old:', 'changed');
    await rig.saved('a second state', ({ windows }) => windows[0]?.name === 'changed');
    await first.end('SIGTERM');
    const folder = (await rig.stateFolder()) ?? '';
    await writeFile(join(folder, 'manifest.json'), '{"format":"tmux-persist/1", garbage');
    await problemOf(rig, 'state-unreadable');
    assert.equal(await bytesOf(rig, 'manifest.json'), '{"format":"tmux-persist/1", garbage', 'status changes nothing');
    const agent = await rig.start('watching');
    await rig.saved('the session', holds('old'));
    const problem = await problemOf(rig, 'set-aside');
    assert.match(problem, /\.unreadable'/);
    assert.match(agent.log(), /set aside/);
    const aside = (await readdir(folder)).filter((name) => name.endsWith('.unreadable'));
    assert.deepEqual(await Promise.all(aside.map((name) => bytesOf(rig, name))), [
      '{"format":"tmux-persist/1", garbage',
    ]);
  });

  test('a state of a newer version is never rewritten; once it is gone the agent goes on by itself', async (t) => {
    const rig = await AgentRig.make(t);
    await rig.begin('own');
    assert.equal((await rig.run(['save'])).code, 0);
    const folder = (await rig.stateFolder()) ?? '';
    await rm(join(folder, 'history'), { recursive: true });
    await writeFile(join(folder, 'manifest.json'), '{"format":"tmux-persist/9"}');
    const agent = rig.launch();
    await problemOf(rig, 'format-unknown');
    await waitFor('the server in the log', () => agent.log().includes('tmux server found'));
    for (const command of ['save', 'restore', 'show']) {
      const ran = await rig.run([command]);
      assert.deepEqual([ran.code, ran.stdout], [6, ''], command);
      assert.match(ran.stderr, /tmux-persist\/9/);
    }
    assert.equal(await bytesOf(rig, 'manifest.json'), '{"format":"tmux-persist/9"}');
    await rm(join(folder, 'manifest.json'));
    await rig.saved('the session', holds('own'));
    await allWell(rig);
  });

  test('a stopped server hangs nobody: status says so, nothing is lost, and it goes on when the server does', async (t) => {
    const rig = await AgentRig.make(t);
    const agent = await rig.start('waiting');
    const pid = await rig.begin('kept');
    await rig.saved('the session', holds('kept'));
    const good = await bytesOf(rig, 'manifest.json');
    process.kill(pid, 'SIGSTOP');
    const startedAt = performance.now();
    await problemOf(rig, 'server-hung');
    assert.ok(performance.now() - startedAt < 10_000);
    const saved = await rig.run(['save']);
    assert.deepEqual([saved.code, saved.stdout], [3, '']);
    assert.match(saved.stderr, /did not answer within 5 s/);
    assert.equal(await bytesOf(rig, 'manifest.json'), good);
    assert.ok(await lives(agent.pid));
    process.kill(pid, 'SIGCONT');
    await rig.tmux('new-session', '-d', '-s', 'later');
    await rig.saved('a later session', holds('kept', 'later'));
    await allWell(rig, 30_000);
    assert.equal(await rig.serverPid(), pid);
  });

  test('an agent that starts beside a stopped server starts no second one, and finds the first when it goes on', async (t) => {
    const rig = await AgentRig.make(t);
    const pid = await rig.begin('kept');
    assert.equal((await rig.run(['save'])).code, 0);
    const panes = await rig.tmux('list-panes', '-a', '-F', '#{pane_pid}');
    process.kill(pid, 'SIGSTOP');
    const agent = rig.launch();
    await waitFor('what it says of the server', () => agent.log().includes('did not answer'));
    const clients = await Promise.all(
      processesOf(rig.home).map((other) => readFile(`/proc/${String(other)}/cmdline`, 'latin1')),
    );
    assert.deepEqual(
      clients.filter((cmdline) => cmdline.includes('\0-D\0')),
      [],
    );
    process.kill(pid, 'SIGCONT');
    await rig.waitState(agent, 'watching');
    assert.deepEqual([await rig.serverPid(), await rig.tmux('list-panes', '-a', '-F', '#{pane_pid}')], [pid, panes]);
    assert.equal((await rig.status()).lastLoss, null);
  });

  test('hooks that a reload of tmux.conf wipes are put back within 20 s', async (t) => {
    const rig = await AgentRig.make(t);
    await rig.start('waiting');
    await rig.begin('kept');
    await rig.saved('the session', holds('kept'));
    const ours = async (): Promise<string> => {
      const hooks = await rig.tmux('show-hooks', '-g');
      return hooks
        .split('\n')
        .filter((line) => line.includes('[8317]'))
        .join('\n');
    };
    const installed = await waitFor('our hooks', ours);
    await writeFile(
      join(rig.home, 'reload.conf'),
      'set-hook -g session-created "set -g @seen 1"\nset-hook -gu window-linked\nset-hook -gu after-split-window\n',
    );
    await rig.tmux('source-file', join(rig.home, 'reload.conf'));
    assert.notEqual(await ours(), installed);
    await waitFor('the same hooks', async () => (await ours()) === installed, 20_000);
    assert.match(await rig.tmux('show-hooks', '-g'), /^session-created\[0\] set-option -g @seen 1$/m);
    await rig.tmux('new-session', '-d', '-s', 'later');
    await rig.saved('a later session', holds('later'), 1000);
  });

  test('a socket that a cleaner of /tmp deleted is made again by its own server', async (t) => {
    const rig = await AgentRig.make(t);
    await rig.start('waiting');
    const pid = await rig.begin('kept');
    await rig.saved('the session', holds('kept'));
    await rm(rig.server.socketPath);
    await waitFor('an answer', async () => (await rig.serverPid().catch(() => 0)) === pid);
    await allWell(rig, 30_000);
    await rig.tmux('new-session', '-d', '-s', 'later');
    await rig.saved('a later session', holds('kept', 'later'));
  });

  test('a second server on the socket of one that lost it is followed, and gets the sessions as well', async (t) => {
    const rig = await AgentRig.make(t);
    const agent = await rig.start('waiting');
    const pid = await rig.begin('kept');
    await rig.saved('the session', holds('kept'));
    // Or it could have the socket made again in between.
    process.kill(agent.pid, 'SIGSTOP');
    await rm(rig.server.socketPath);
    const second = await rig.begin('new');
    process.kill(agent.pid, 'SIGCONT');
    assert.notEqual(second, pid);
    await rig.sessions(['kept', 'new'], 30_000);
    await rig.saved('the second server', (m) => m.server?.pid === second && holds('kept', 'new')(m));
    assert.ok(await lives(pid), 'the first one lives on');
    await rig.tmux('new-session', '-d', '-s', 'later');
    await rig.saved('a later session', holds('later'));
  });

  test('a bad option of the user is told of, and the default is used', async (t) => {
    const rig = await AgentRig.make(t, { config: "set -g @tmux-persist-scrollback 'many \\033[31m'\n" });
    await rig.start('waiting');
    await rig.begin('kept');
    const problem = await problemOf(rig, 'bad-option');
    assert.match(problem, /@tmux-persist-scrollback/);
    assert.doesNotMatch((await rig.run(['status'])).stdout, /\u001b/);
    await rig.tmux('set-option', '-g', '@tmux-persist-scrollback', '100');
    await allWell(rig, 25_000);
  });

  test('a journal that is damaged stops nothing', async (t) => {
    const rig = await AgentRig.make(t);
    await rig.start('waiting');
    const pid = await rig.begin('kept');
    await rig.saved('the session', holds('kept'));
    await appendFile(join((await rig.stateFolder()) ?? '', 'journal.json'), 'garbage');
    await rig.killServer(pid);
    await rig.sessions(['kept']);
    assert.equal((await rig.run(['status'])).code, 0);
  });
});
