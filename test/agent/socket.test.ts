/**
 * The socket of a living server goes away, with its folder or alone, or something else is there: the server gets it back, its panes
 * and its settings stay as they are, and no second server starts beside it.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, mkdir, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { before, describe, test, type TestContext } from 'node:test';
import type { Manifest } from '../../src/model/manifest.js';
import { AgentRig, buildProgram, entriesOf, namesOf, processesOf, whileStopped } from '../support/agent-rig.js';
import { lives, waitFor } from '../support/tmux-rig.js';

before(buildProgram);

const holds =
  (...names: string[]) =>
  (manifest: Manifest): boolean =>
    names.every((name) => namesOf(manifest.sessions).includes(name));

/** A slow look comes every 15 s. */
const SLOW_LOOK_MS = 30_000;

/** A socket in a folder of its own, as tmux has it; the name keeps its state apart from the default socket's. */
const SOCKET = { socketName: `tmux-${String(process.getuid?.() ?? 0)}/path-1` };

/** A rig with a server of one session, and its agent. */
async function served(t: TestContext) {
  const rig = await AgentRig.make(t, SOCKET);
  const agent = await rig.start('waiting');
  const pid = await rig.begin('kept');
  await rig.saved('the session', holds('kept'));
  const panes = await rig.tmux('list-panes', '-a', '-F', '#{pane_pid}');
  return { rig, agent, pid, panes, umask: await umaskOf(pid) };
}

/** The umask of a process, which its panes inherit. */
const umaskOf = async (pid: number): Promise<string> =>
  /^Umask:\t(\d+)$/m.exec(await readFile(`/proc/${String(pid)}/status`, 'latin1'))?.[1] ?? '';

/** Waits until the same server answers again; nothing in it has changed, and it is saved as before. */
async function assertBack(rig: AgentRig, { pid, panes, umask }: { pid: number; panes: string; umask: string }) {
  await waitFor('an answer', async () => (await rig.serverPid().catch(() => 0)) === pid, SLOW_LOOK_MS);
  assert.deepEqual([await rig.tmux('list-panes', '-a', '-F', '#{pane_pid}'), await umaskOf(pid)], [panes, umask]);
  await rig.tmux('new-session', '-d', '-s', 'later');
  const manifest = await rig.saved('a later session', holds('kept', 'later'), SLOW_LOOK_MS);
  assert.deepEqual([manifest.server?.pid, entriesOf([...manifest.pending, ...manifest.closed])], [pid, []]);
  await waitFor('a status without problems', async () => (await rig.status()).problems.length === 0, SLOW_LOOK_MS);
  const { lastLoss, lastRestore } = await rig.status();
  assert.deepEqual([lastLoss, lastRestore, await foregroundServers(rig)], [null, null, 0]);
}

/** How many servers run in the foreground, as those that an agent starts do. */
async function foregroundServers(rig: AgentRig): Promise<number> {
  const paths = processesOf(rig.home).map((pid) => `/proc/${String(pid)}/cmdline`);
  const lines = await Promise.all(paths.map((path) => readFile(path, 'latin1').catch(() => '')));
  return lines.filter((line) => line.includes('\0-D\0')).length;
}

const problemCodes = async (rig: AgentRig): Promise<string[]> => (await rig.status()).problems.map(({ code }) => code);

describe('the socket of a living server', { concurrency: 10 }, () => {
  test('that went with its folder, as cleaners of /tmp take it, is made again, and so is the folder', async (t) => {
    const { rig, ...server } = await served(t);
    const folder = dirname(rig.server.socketPath);
    await rm(folder, { recursive: true });
    assert.deepEqual(
      (await problemCodes(rig)).filter((code) => !['no-server', 'unreachable-server'].includes(code)),
      [],
    );
    await assertBack(rig, server);
    assert.equal((await stat(folder)).mode & 0o777, 0o700);
  });

  for (const [what, put] of [
    ['a plain file', (_: TestContext, path: string) => writeFile(path, '')],
    [
      'the socket that a dead server left',
      async (t: TestContext, path: string) => {
        const other = await AgentRig.make(t);
        await other.killServer(await other.begin('dead'));
        await rename(other.server.socketPath, path);
      },
    ],
  ] as const) {
    test(`that was replaced by ${what} is made again`, async (t) => {
      const { rig, ...server } = await served(t);
      await whileStopped(server.agent, async () => {
        await rm(rig.server.socketPath);
        await put(t, rig.server.socketPath);
      });
      await assertBack(rig, server);
    });
  }

  test('whose place a folder has taken is left alone until that is gone: an attempt would change the umask of every later pane', async (t) => {
    const { rig, ...server } = await served(t);
    await whileStopped(server.agent, async () => {
      await rm(rig.server.socketPath);
      await mkdir(rig.server.socketPath);
    });
    // Nothing can be heard of that: a save by hand, and then the slow look of the agent, meet it.
    const ran = await rig.run(['save']);
    assert.deepEqual([ran.code, ran.stdout], [3, '']);
    await waitFor('the slow look', async () => (await problemCodes(rig)).includes('no-server'), SLOW_LOOK_MS);
    assert.deepEqual(await problemCodes(rig), ['no-server', 'unreachable-server']);
    assert.deepEqual([await umaskOf(server.pid), await foregroundServers(rig)], [server.umask, 0]);
    await rmdir(rig.server.socketPath);
    await assertBack(rig, server);
  });

  test('whose folder is a plain file now is left alone until that is gone', async (t) => {
    const { rig, ...server } = await served(t);
    const folder = dirname(rig.server.socketPath);
    await whileStopped(server.agent, async () => {
      await rm(folder, { recursive: true });
      await writeFile(folder, '');
    });
    await waitFor('the slow look', async () => (await problemCodes(rig)).includes('no-server'), SLOW_LOOK_MS);
    assert.equal(await umaskOf(server.pid), server.umask);
    await rm(folder);
    await assertBack(rig, server);
  });

  test('is not made again while somebody starts a server, whose socket would be lost to it', async (t) => {
    const { rig, ...server } = await served(t);
    // As a client of tmux holds it from before it looks for a server until its own listens (client.c, client_get_lock).
    const client = spawn('flock', [`${rig.server.socketPath}.lock`, 'sh', '-c', 'echo held; cat']);
    t.after(() => client.kill('SIGKILL'));
    await once(client.stdout, 'data');
    await rm(rig.server.socketPath);
    await waitFor('the slow look', async () => (await problemCodes(rig)).includes('no-server'), SLOW_LOOK_MS);
    await assert.rejects(stat(rig.server.socketPath));
    client.stdin.end();
    await assertBack(rig, server);
    await assert.rejects(stat(`${rig.server.socketPath}.lock`), 'the lock does not stay');
  });

  test('that is gone as the agent starts is made again: no second server starts', async (t) => {
    const { rig, agent, ...server } = await served(t);
    assert.equal(await agent.end('SIGTERM'), 0);
    await rm(rig.server.socketPath);
    await rig.start('watching');
    await assertBack(rig, server);
  });

  test('that is gone as somebody restores by hand is made again: nothing is lost, and no second server starts', async (t) => {
    const { rig, agent, ...server } = await served(t);
    assert.equal(await agent.end('SIGTERM'), 0);
    await rm(dirname(rig.server.socketPath), { recursive: true });
    const ran = await rig.run(['restore']);
    assert.match(ran.stdout + ran.stderr, /left alone|nothing is saved that was lost/);
    await rig.start('watching');
    await waitFor('an answer', async () => (await rig.serverPid()) === server.pid);
    assert.deepEqual(
      [await rig.tmux('list-panes', '-a', '-F', '#{pane_pid}'), await umaskOf(server.pid)],
      [server.panes, server.umask],
    );
    assert.equal(await foregroundServers(rig), 0);
  });

  test('that another server has is followed: it gets the sessions as well, status tells of the first, and that gets its socket back when the other dies', async (t) => {
    const { rig, agent, pid, panes, umask } = await served(t);
    const second = await whileStopped(agent, async () => {
      await rm(rig.server.socketPath);
      return rig.begin('new');
    });
    await rig.sessions(['kept', 'new'], SLOW_LOOK_MS);
    await rig.saved('the second server', (m) => m.server?.pid === second && holds('kept', 'new')(m));
    const { lastLoss, problems } = await rig.status();
    assert.equal(lastLoss?.detail, `its socket went to another server; it lives on as pid ${String(pid)}`);
    assert.deepEqual(
      problems.map(({ code, message }) => [code, message.includes(`pid ${String(pid)}`)]),
      [['unreachable-server', true]],
    );
    await rig.tmux('new-session', '-d', '-s', 'only there');
    await rig.saved('a session of the second', holds('only there'));
    await rig.killServer(second);
    await waitFor('the first server', async () => (await rig.serverPid().catch(() => 0)) === pid, SLOW_LOOK_MS);
    await rig.sessions(['kept', 'new', 'only there'], SLOW_LOOK_MS);
    assert.ok((await rig.tmux('list-panes', '-a', '-F', '#{pane_pid}')).split('\n').includes(panes));
    assert.equal(await umaskOf(pid), umask);
    const manifest = await rig.saved('the first server', (m) => m.server?.pid === pid && m.sessions.length === 3);
    assert.deepEqual(entriesOf([...manifest.pending, ...manifest.closed]), []);
    await waitFor('a status without problems', async () => (await problemCodes(rig)).length === 0, SLOW_LOOK_MS);
  });

  test('that another server has while nobody watched is followed too, and no session is lost', async (t) => {
    const { rig, agent, pid } = await served(t);
    await agent.end('SIGKILL');
    await rm(dirname(rig.server.socketPath), { recursive: true });
    await mkdir(dirname(rig.server.socketPath), { mode: 0o700 });
    const second = await rig.begin('new');
    assert.equal((await rig.run(['save'])).code, 0);
    const saved = await rig.manifest();
    assert.deepEqual(
      [saved?.server?.pid, namesOf(saved?.sessions ?? []), entriesOf(saved?.pending ?? [])],
      [second, ['new'], ['lost kept']],
    );
    await rig.start('watching');
    await rig.sessions(['kept', 'new']);
    await rig.saved('both', (m) => holds('kept', 'new')(m) && m.pending.length === 0);
    assert.ok(await lives(pid));
  });
});
