/**
 * The processes of panes come before their server when memory runs out: raised where they are new, left alone where they are not ours.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { before, describe, test, type TestContext } from 'node:test';
import { OomScores } from '../../src/agent/oom-scores.js';
import { AgentRig, buildProgram, type RunningAgent } from '../support/agent-rig.js';
import { waitFor } from '../support/tmux-rig.js';

before(buildProgram);

const scoreOf = async (pid: number): Promise<number> =>
  Number(await readFile(`/proc/${String(pid)}/oom_score_adj`, 'latin1'));

const setScore = (pid: number, score: number): Promise<void> =>
  writeFile(`/proc/${String(pid)}/oom_score_adj`, String(score));

const childrenOf = async (pid: number): Promise<number[]> =>
  (await readFile(`/proc/${String(pid)}/task/${String(pid)}/children`, 'latin1'))
    .split(' ')
    .filter((word) => word !== '')
    .map(Number);

const panePids = async (rig: AgentRig): Promise<number[]> =>
  (await rig.server.rows('list-panes', '#{pane_pid}', '-a')).map(Number);

const reaches = (pid: number, score: number): Promise<unknown> =>
  waitFor(`process ${String(pid)} at ${String(score)}`, async () => (await scoreOf(pid)) === score);

/** A server with one pane that has a child and a grandchild from before. */
async function serverWithTree(t: TestContext, config = ''): Promise<{ rig: AgentRig; server: number; tree: number[] }> {
  const rig = await AgentRig.make(t, { config });
  const server = await rig.begin('a', 'sh', '-c', 'sh -c "sleep 1000 & wait" & wait');
  const tree = await waitFor('the processes of the pane', async () => {
    const [pane = 0] = await panePids(rig);
    const [child = 0] = await childrenOf(pane);
    const [grandchild] = child === 0 ? [] : await childrenOf(child);
    return grandchild === undefined ? null : [pane, child, grandchild];
  });
  return { rig, server, tree };
}

describe('who is killed first when memory runs out', { concurrency: 4 }, () => {
  test('the processes of panes stand above the tmux server, those from before the agent and those that come, and server and agent stay where they were', async (t) => {
    const { rig, server, tree } = await serverWithTree(t);
    const base = await scoreOf(server);
    // What its user raised by hand stays.
    const [, child = 0] = tree;
    await setScore(child, 900);
    const agent: RunningAgent = await rig.start();
    const [pane = 0, , grandchild = 0] = tree;
    await reaches(pane, base + 100);
    await reaches(grandchild, base + 100);
    assert.equal(await scoreOf(child), 900);

    await rig.tmux('split-window', '-t', '=a:', 'sh');
    const isKnown = new Set([pane]);
    const added = (await panePids(rig)).find((pid) => !isKnown.has(pid)) ?? 0;
    await reaches(added, base + 100);
    await rig.tmux('send-keys', '-t', '=a:', 'sleep 999 &', 'Enter');
    const inherited = await waitFor('a child of the new pane', async () => (await childrenOf(added))[0]);
    assert.equal(await scoreOf(inherited), base + 100);

    await rig.tmux('respawn-pane', '-k', '-t', '=a:', 'sh');
    const respawned = (await panePids(rig)).find((pid) => pid !== pane) ?? 0;
    assert.notEqual(respawned, added);
    await reaches(respawned, base + 100);
    assert.equal(await scoreOf(server), base);
    assert.equal(await scoreOf(agent.pid), base);
  });

  test('what comes back after the death of the server stands above the next server too', async (t) => {
    const { rig, server } = await serverWithTree(t);
    const base = await scoreOf(server);
    await rig.start();
    await rig.saved('the session', (manifest) => manifest.sessions.length === 1);
    await rig.killServer(server);
    await rig.saved('the next server', (manifest) => manifest.server !== null && manifest.server.pid !== server);
    // Not before: a pane's first process is only there to hold its place.
    const [pane = 0] = await panePids(rig);
    await reaches(pane, base + 100);
    assert.equal(await scoreOf(await rig.serverPid()), base);
  });

  test('with @tmux-persist-oom-protection off nothing is written, and what was raised stays', async (t) => {
    const { rig, server, tree } = await serverWithTree(t, 'set -g @tmux-persist-oom-protection off\n');
    const base = await scoreOf(server);
    const agent = await rig.start();
    const [pane = 0] = tree;
    await rig.tmux('new-session', '-d', '-s', 'b');
    await rig.saved('the new session', (manifest) => manifest.sessions.length === 2);
    for (const pid of await panePids(rig)) assert.equal(await scoreOf(pid), base);
    await rig.tmux('set-option', '-g', '@tmux-persist-oom-protection', 'on');
    // The options are read when an agent meets a server, and every 15 s.
    await agent.end('SIGTERM');
    const next = await rig.start();
    await reaches(pane, base + 100);
    await rig.tmux('set-option', '-g', '@tmux-persist-oom-protection', 'off');
    await next.end('SIGTERM');
    await rig.start();
    await rig.tmux('new-session', '-d', '-s', 'c');
    await rig.saved('the third session', (manifest) => manifest.sessions.length === 3);
    const [unraised] = await rig.server.rows('list-panes', '#{pane_pid}', '-t', '=c');
    assert.equal(await scoreOf(Number(unraised)), base);
    assert.equal(await scoreOf(pane), base + 100);
  });

  test('a process that is not the child of the server is nobody of a pane, and what is gone is left out', async (t) => {
    const stranger = spawn('sleep', ['1000']);
    const server = spawn('sleep', ['1000']);
    t.after(() => [stranger, server].forEach((child) => child.kill('SIGKILL')));
    const [strangerPid = 0, serverPid = 0] = [stranger.pid, server.pid];
    const before = await scoreOf(strangerPid);
    const panes = [strangerPid, serverPid, 0, 2 ** 22 + 1].map((pid) => ({ pid, dead: false }));
    new OomScores().raise(serverPid, panes);
    new OomScores().raise(process.pid, [{ pid: strangerPid, dead: true }]);
    assert.equal(await scoreOf(strangerPid), before);
    assert.equal(await scoreOf(serverPid), before);
    // The same process, as the pane of its real parent.
    new OomScores().raise(process.pid, [{ pid: strangerPid, dead: false }]);
    assert.equal(await scoreOf(strangerPid), (await scoreOf(process.pid)) + 100);
  });
});
