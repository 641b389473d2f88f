/**
 * What the next client is told of a restore, on a real terminal.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, suite, test, type TestContext } from 'node:test';
import { attachClient, type Client } from '../round-trip/client.js';
import { AgentRig, buildProgram } from '../support/agent-rig.js';
import { waitFor } from '../support/tmux-rig.js';

const TOLD = /tmux-persist: 2 sessions are back after the tmux server was killed at \d\d:\d\d/;

/** Returns whether a client shows a text. */
const shows = async (client: Client, text: RegExp): Promise<boolean> => text.test(await client.screen());

/** Returns the text that says which restore a client was told of, or an empty one. */
async function told(rig: AgentRig): Promise<string> {
  return readFile(join((await rig.stateFolder()) ?? '', 'told'), 'utf8').catch(() => '');
}

/** Two sessions that were killed with their server, and are back. */
async function restored(t: TestContext): Promise<{ rig: AgentRig; agent: Awaited<ReturnType<AgentRig['start']>> }> {
  const rig = await AgentRig.make(t);
  const pid = await rig.begin('api');
  await rig.tmux('new-session', '-d', '-s', 'web');
  const agent = await rig.start();
  await rig.saved('both', (manifest) => manifest.sessions.length === 2);
  await rig.killServer(pid);
  await rig.sessions(['api', 'web']);
  await rig.saved('the restore', (manifest) => manifest.server?.pid !== pid && manifest.sessions.length === 2);
  return { rig, agent };
}

suite('greeting', { concurrency: 2 }, () => {
  before(buildProgram);

  test('the first client that attaches after a restore is told of it, once, and nothing is typed into its pane', async (t) => {
    const { rig } = await restored(t);
    assert.equal(await told(rig), '');
    const pane = await rig.tmux('display-message', '-p', '-t', '=api:', '#{pane_id}');
    const typed = async (): Promise<string> => (await rig.tmux('capture-pane', '-p', '-t', pane)).trim();
    const before = await typed();
    const first = await attachClient(t, rig.server, '=api');
    await waitFor('the message', () => shows(first, TOLD));
    await waitFor('the note of it', async () => (await told(rig)) !== '');
    const [restore] = (
      (await rig.readState('journal.json')) as { entries: { kind: string; at: string }[] }
    ).entries.filter(({ kind }) => kind === 'restore');
    assert.equal((await told(rig)).trim(), restore?.at);
    assert.equal(await typed(), before);
    const second = await attachClient(t, rig.server, '=api');
    await rig.tmux('new-session', '-d', '-s', 'later');
    await rig.saved('a look after it', (manifest) => manifest.sessions.length === 3);
    assert.equal(await shows(second, /sessions are back/), false);
  });

  test('an agent that was started again in between tells it as well', async (t) => {
    const { rig, agent } = await restored(t);
    await agent.end('SIGKILL');
    await rig.start();
    const client = await attachClient(t, rig.server, '=api');
    await waitFor('the message', () => shows(client, TOLD));
    await waitFor('the note of it', async () => (await told(rig)) !== '');
  });

  test('a restore that was asked for by hand is told to nobody', async (t) => {
    const rig = await AgentRig.make(t);
    const pid = await rig.begin('api');
    assert.equal((await rig.run(['save'])).code, 0);
    await rig.killServer(pid);
    assert.equal((await rig.run(['restore'])).code, 0);
    await rig.sessions(['api']);
    await rig.start();
    const client = await attachClient(t, rig.server, '=api');
    await rig.tmux('new-session', '-d', '-s', 'later');
    await rig.saved('a look after it', (manifest) => manifest.sessions.length === 2);
    assert.equal(await shows(client, /back/), false);
    assert.equal(await told(rig), '');
  });

  test('a program in control mode is told nothing: it waits for a person', async (t) => {
    const { rig } = await restored(t);
    const args = ['-u', '-S', rig.server.socketPath, '-C', 'attach-session', '-t', '=api'];
    const control = spawn('tmux', args, { stdio: ['pipe', 'ignore', 'ignore'] });
    t.after(() => control.kill('SIGKILL'));
    await waitFor('the program', async () => (await rig.tmux('list-clients', '-F', '#{client_control_mode}')) === '1');
    await rig.tmux('new-session', '-d', '-s', 'later');
    await rig.saved('a look after it', (manifest) => manifest.sessions.length === 3);
    assert.equal(await told(rig), '');
    const client = await attachClient(t, rig.server, '=api');
    await waitFor('the message', () => shows(client, TOLD));
  });
});
