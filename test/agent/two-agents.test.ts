/**
 * Two agents. On one socket the second is refused and touches nothing, until the first is gone, however it went; on two sockets
 * they know nothing of each other.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { before, describe, test } from 'node:test';
import type { Manifest } from '../../src/model/manifest.js';
import type { StatusReport } from '../../src/model/report.js';
import { processAgeMs } from '../../src/agent/server-process.js';
import { AgentRig, buildProgram, namesOf, processesOf } from '../support/agent-rig.js';
import { lives, waitFor } from '../support/tmux-rig.js';

before(buildProgram);

/** By then a client has long been taken in by its server, in ms; it takes some ten. */
const TAKEN_IN_MS = 1000;

const holds =
  (...names: string[]) =>
  (manifest: Manifest): boolean =>
    names.every((name) => namesOf(manifest.sessions).includes(name));

/** Everything that a second agent could have touched: server, hooks, and who is on record. */
async function everything(rig: AgentRig): Promise<string> {
  const parts = [await rig.picture(), await rig.tmux('show-hooks', '-g'), await rig.tmux('show-hooks', '-gw')];
  const record = (await rig.readState('agent.json')) as { pid: number; state: string };
  return [...parts, `${String(record.pid)} ${record.state}`].join('\n--\n');
}

/** The pids of agents' clients that are blocked in the rig's server, of one channel or of all. */
async function blockedClients(rig: AgentRig, channel = ''): Promise<number[]> {
  const pids = processesOf(rig.home);
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${String(pid)}/cmdline`, 'latin1').catch(() => '')),
  );
  const isOne = (line = ''): boolean =>
    line.includes('\0wait-for\0') && line.includes(`${channel}\0`) && line.includes(rig.server.socketPath);
  return pids.filter((_, at) => isOne(lines[at]));
}

/** Makes a rig with an agent that serves a session. */
async function served(t: Parameters<typeof AgentRig.make>[0]) {
  const rig = await AgentRig.make(t);
  await rig.begin('kept');
  const first = await rig.start();
  await rig.saved('the session', holds('kept'));
  await waitFor('our hooks', async () => (await rig.tmux('show-hooks', '-g')).includes('[8317]'));
  return { rig, first };
}

describe('two agents', { concurrency: 6 }, () => {
  test('on one socket: the second says who serves it, exits with 7 and touches nothing, also under another name of the socket', async (t) => {
    const { rig, first } = await served(t);
    const link = join(rig.home, 'link');
    await symlink(dirname(rig.server.socketPath), link);
    const before = await everything(rig);
    for (const path of [rig.server.socketPath, join(link, 'socket')]) {
      const second = await rig.run(['agent', '--standalone'], { socket: ['-S', path] });
      assert.deepEqual([second.code, second.stdout], [7, '']);
      assert.equal(
        second.stderr,
        `tmux-persist: another agent (pid ${String(first.pid)}) serves this socket; run 'tmux-persist status'\n`,
      );
      assert.equal(await everything(rig), before);
    }
    assert.ok(await lives(first.pid));
    await rig.tmux('new-session', '-d', '-s', 'later');
    await rig.saved('a later session', holds('kept', 'later'));
  });

  test('on one socket: a second one is refused also while the first stands still', async (t) => {
    const { rig, first } = await served(t);
    process.kill(first.pid, 'SIGSTOP');
    const second = await rig.run(['agent', '--standalone']);
    assert.equal(second.code, 7);
    process.kill(first.pid, 'SIGCONT');
    await rig.tmux('new-session', '-d', '-s', 'later');
    await rig.saved('a later session', holds('kept', 'later'));
  });

  test('one after the other: a new one takes over from one that was killed, and nothing of that stays', async (t) => {
    const { rig, first } = await served(t);
    await first.end('SIGKILL');
    // What happened while nobody was there is found.
    await rig.tmux('new-session', '-d', '-s', 'between');
    const second = await rig.start();
    await rig.saved('the session of that time', holds('kept', 'between'));
    await waitFor('the clients of the first to be gone', async () => (await blockedClients(rig)).length === 2);
    const pid = await rig.serverPid();
    await rig.killServer(pid);
    await rig.sessions(['between', 'kept']);
    assert.equal((await rig.status()).agent.pid, second.pid);
    assert.equal((await rig.status()).lastLoss?.cause, 'signal');
  });

  test('a dead one whose pid somebody else has by now keeps nobody out, and status does not take it for running', async (t) => {
    const { rig, first } = await served(t);
    await first.end('SIGKILL');
    const other = spawn('sleep', ['1000']);
    t.after(() => other.kill('SIGKILL'));
    const path = join((await rig.stateFolder()) ?? '', 'agent.json');
    const record = (await rig.readState('agent.json')) as { pid: number };
    await writeFile(path, JSON.stringify({ ...record, pid: other.pid }));
    assert.deepEqual((await rig.status()).agent, { running: false, pid: null, state: 'stopped', since: null });
    const second = await rig.start();
    assert.equal((await rig.status()).agent.pid, second.pid);
    assert.ok(await lives(other.pid ?? 0));
    await rig.tmux('new-session', '-d', '-s', 'later');
    await rig.saved('a later session', holds('kept', 'later'));
  });

  test('a record of another boot, and one that is no record, keep nobody out', async (t) => {
    const { rig, first } = await served(t);
    await first.end('SIGKILL');
    const path = join((await rig.stateFolder()) ?? '', 'agent.json');
    const record = (await rig.readState('agent.json')) as object;
    const stat = await readFile('/proc/self/stat', 'latin1');
    const [, startTime = ''] = /\) (?:\S+ ){19}(\S+)/.exec(stat) ?? [];
    for (const text of [
      // Were it of this boot, it would be this very process.
      JSON.stringify({ ...record, pid: process.pid, startTime, bootId: '00000000-0000-0000-0000-000000000000' }),
      '{"pid":',
      '',
    ]) {
      await writeFile(path, text);
      const next = rig.launch();
      await waitFor(`an agent after ${text}`, async () => (await rig.status()).agent.pid === next.pid);
      await next.end('SIGKILL');
    }
  });

  test('on one server with a state of their own each: that one comes is not taken for the end of the server by the other', async (t) => {
    const { rig } = await served(t);
    const second = rig.launch({ env: { XDG_STATE_HOME: join(rig.home, 'other') } });
    // Until the next client of the first is taken in, a death in that moment looks like an end in order (server-ear.ts).
    await waitFor('the clients of both, taken in', async () => {
      const pids = await blockedClients(rig);
      return pids.length === 4 && pids.every((pid) => processAgeMs(pid) > TAKEN_IN_MS);
    });
    second.process.kill('SIGKILL');
    await rig.killServer(await rig.serverPid());
    await rig.sessions(['kept']);
    const manifest = await rig.saved('the session', holds('kept'));
    assert.deepEqual([manifest.closed, (await rig.status()).lastLoss?.cause], [[], 'signal']);
  });

  test('or whoever else answers the client that is blocked to the end: another one is there at once, for the server may die in the next moment', async (t) => {
    const { rig } = await served(t);
    const tookMs: number[] = [];
    for (let round = 0; round < 5; round++) {
      const before = await waitFor('the client', async () => (await blockedClients(rig, 'tmux-persist-end'))[0]);
      const begun = performance.now();
      await rig.tmux('wait-for', '-S', 'tmux-persist-end');
      await waitFor('another client', async () => {
        const pids = await blockedClients(rig, 'tmux-persist-end');
        return pids.some((pid) => pid !== before);
      });
      tookMs.push(performance.now() - begun);
    }
    assert.ok(Math.min(...tookMs) < 800, `it took ${tookMs.map(Math.round).join(', ')} ms`);
  });

  test('on two sockets of one home: each keeps, mourns and restores its own', async (t) => {
    const { rig, first } = await served(t);
    const socket = ['-L', 'second'];
    const tmux = (...args: string[]): string =>
      execFileSync('tmux', ['-u', '-L', 'second', ...args], { env: rig.env, encoding: 'utf8', cwd: rig.home }).trim();
    tmux('new-session', '-d', '-s', 'elsewhere');
    const second = rig.launch({ socket });
    const statusOfSecond = async (): Promise<StatusReport> =>
      JSON.parse((await rig.run(['status', '--json'], { socket })).stdout) as StatusReport;
    await waitFor('the second to save', async () => (await statusOfSecond()).manifest?.sessions === 1);
    const pid = Number(tmux('display-message', '-p', '#{pid}'));
    assert.deepEqual([(await statusOfSecond()).agent.pid, (await rig.status()).agent.pid], [second.pid, first.pid]);
    const before = await everything(rig);

    process.kill(pid, 'SIGKILL');
    await waitFor('the session of the second', async () => {
      const { server, lastRestore } = await statusOfSecond();
      return server !== null && server.pid !== pid && server.sessions === 1 && lastRestore?.restored === 1;
    });
    assert.equal(tmux('list-sessions', '-F', '#{session_name}'), 'elsewhere');
    assert.equal(await everything(rig), before, 'the first knows nothing of it');
    assert.deepEqual([(await rig.status()).lastLoss, (await rig.status()).lastRestore], [null, null]);

    await rig.killServer(await rig.serverPid());
    await rig.sessions(['kept']);
    const { lastLoss, lastRestore } = await statusOfSecond();
    assert.deepEqual([lastLoss?.sessions, lastRestore?.restored], [1, 1]);
    assert.equal(await second.end('SIGTERM'), 0);
    assert.doesNotMatch(tmux('show-hooks', '-g'), /\[8317\]/);
    assert.match(await rig.tmux('show-hooks', '-g'), /\[8317\]/);
    tmux('kill-server');
  });
});
