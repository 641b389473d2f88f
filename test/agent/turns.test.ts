/**
 * Conversations come back a few at a time: sixty at once, a look at a pane, memory that is short, agents that die in between, and
 * restores without an agent. The conversations are the fake Claude's, whose starts and ends of starting are marked in a file.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import type { Program } from '../../src/model/manifest.js';
import type { RestoreReport } from '../../src/model/report.js';
import { attachClient } from '../round-trip/client.js';
import { buildProgram } from '../support/agent-rig.js';
import { Conversations, isSure, programsOf, recordOf } from '../support/conversations.js';
import { waitFor } from '../support/tmux-rig.js';

before(buildProgram);

const waiting = /waiting for its turn/;

describe('turns', { concurrency: 2 }, () => {
  test('sixty conversations come back a few at a time, each once, though the agent is killed in the middle', async (t) => {
    const limit = 6;
    const all = await Conversations.make(t, 60, `set -g @tmux-persist-resume-at-once ${String(limit)}`);
    const { rig } = all;
    const options = { env: all.env(300) };
    const server = await all.open();
    const first = await rig.start('watching', options);
    await all.allSaved();
    await rig.killServer(server);
    await all.ready(10);
    await first.end('SIGKILL');
    const between = await all.marks();
    assert.ok(between.started.length < 60, 'it was killed in the middle');
    // What waits is on record all the while.
    const manifest = await rig.manifest();
    for (const id of all.ids)
      assert.ok(manifest !== null && isSure(manifest, id), `${id}: ${recordOf(manifest, all.ids.indexOf(id))}`);

    await rig.start('watching', options);
    const { started, ready, most } = await all.ready(60);
    assert.deepEqual([...started].sort(), [...all.ids].sort());
    assert.deepEqual([...ready].sort(), [...all.ids].sort());
    assert.ok(most <= limit, `${String(most)} were starting at once`);
    for (const [at, name] of all.names.entries()) {
      const screen = await all.screen(name);
      assert.ok(screen.includes(`resumed ${all.ids[at] ?? ''}`), screen);
      assert.doesNotMatch(screen, waiting);
    }

    // Restored twice nothing changes.
    const picture = await rig.picture();
    const again = await rig.json<RestoreReport>('restore');
    assert.deepEqual([again.restored, again.adopted, again.failed], [0, 0, 0]);
    assert.equal(await rig.picture(), picture);
    assert.equal((await all.marks()).started.length, 60);
  });

  test('in view mode a conversation starts when a client shows its pane, and no sooner', async (t) => {
    const all = await Conversations.make(t, 4, 'set -g @tmux-persist-resume view');
    const { rig } = all;
    const server = await all.open();
    // One of them in a window that is not the current one, one behind a zoomed pane.
    const agent = await rig.start('watching', { env: all.env(0) });
    await rig.tmux('new-window', '-t', '=s01', 'sleep', '1000');
    await rig.tmux('split-window', '-t', '=s02:', 'sleep', '1000');
    await rig.tmux('resize-pane', '-Z', '-t', '=s02:');
    await rig.saved('all of it', (m) => m.windows.some(({ zoomed }) => zoomed) && m.windows.length === 5);
    await all.allSaved();
    await rig.killServer(server);
    await rig.sessions(all.names);
    await waitFor('a client to be waited for', async () =>
      (await Promise.all(all.names.slice(0, 1).map((name) => all.screen(name)))).every((text) =>
        /as does a look/.test(text),
      ),
    );
    await rig.waitState(agent, 'watching');
    const client = await attachClient(t, rig.server, '=s00');
    assert.deepEqual((await all.ready(1)).started, [all.ids[0]]);
    await client.type('C-b', ')');
    await waitFor('the next session', async () => (await rig.tmux('list-clients', '-F', '#{session_name}')) === 's01');
    await client.type('C-b', 'p');
    assert.deepEqual((await all.ready(2)).started.slice(1), [all.ids[1]]);
    await client.type('C-b', ')');
    await waitFor('the next session', async () => (await rig.tmux('list-clients', '-F', '#{session_name}')) === 's02');
    // Whatever the agent does about it, it does when it looks: after this one has been saved.
    await rig.tmux('rename-session', '-t', '=s02', 'looked');
    await rig.saved('the name', (m) => m.sessions.some(({ name }) => name === 'looked'));
    assert.equal((await all.marks()).started.length, 2);
    await client.type('C-b', 'z');
    assert.deepEqual((await all.ready(3)).started.slice(2), [all.ids[2]]);
    assert.match(await all.screen('s03'), /Enter starts it/);
    await rig.tmux('send-keys', '-t', '=s03:', 'Enter');
    assert.deepEqual((await all.ready(4)).started.slice(3), [all.ids[3]]);
  });

  test('without an agent the restore stays until all had their turn; what is offered waits in its pane', async (t) => {
    const all = await Conversations.make(t, 6, 'set -g @tmux-persist-resume-at-once 2');
    const { rig } = all;
    const server = await all.open();
    const agent = await rig.start('watching');
    await all.allSaved();
    await agent.end('SIGTERM');
    await rig.killServer(server);
    const ran = await rig.run(['restore', '--json'], { env: all.env(300), timeoutMs: 120_000 });
    assert.equal(ran.code, 0, ran.stderr);
    assert.equal((JSON.parse(ran.stdout) as RestoreReport).restored, 6);
    const { most } = await all.ready(6);
    assert.ok(most <= 2, `${String(most)} were starting at once`);
    assert.equal(ran.stderr, '');

    // The same without programs: nothing starts, and nobody waits for that.
    await rig.killServer(await rig.serverPid());
    assert.equal((await rig.run(['restore', '--no-programs'], { env: all.env(0) })).code, 0);
    for (const name of all.names)
      await waitFor('the offer', async () => (await all.screen(name)).includes('Enter starts it'));
    assert.equal((await all.marks()).started.length, 6);
  });

  test('a restore without an agent that is told to end leaves the rest to an agent that comes later', async (t) => {
    const all = await Conversations.make(t, 5, 'set -g @tmux-persist-resume-at-once 1');
    const { rig } = all;
    const server = await all.open();
    const agent = await rig.start('watching');
    await all.allSaved();
    await agent.end('SIGTERM');
    await rig.killServer(server);
    const restoring = rig.launch({ args: ['restore', '--json'], env: all.env(2000) });
    await waitFor('the first one', async () => (await all.marks()).started.length > 0);
    assert.equal(await restoring.end('SIGINT'), 0);
    assert.ok((await all.marks()).started.length < 5);
    await rig.start('watching');
    const { started, most } = await all.ready(5);
    assert.deepEqual([...started].sort(), [...all.ids].sort());
    assert.equal(most, 1);
  });

  test('what is offered or was declined stays on record for as long as its pane does, across a new agent and another restore', async (t) => {
    const all = await Conversations.make(t, 3, 'set -g @tmux-persist-resume offer');
    const { rig } = all;
    const server = await all.open();
    const first = await rig.start('watching', { env: all.env(0) });
    const before = programsOf(await all.allSaved());
    await rig.killServer(server);
    await rig.sessions(all.names);
    for (const name of all.names)
      await waitFor('the offer', async () => (await all.screen(name)).includes('Enter starts it'));
    await rig.tmux('send-keys', '-t', '=s00:', 'x');
    await rig.tmux('send-keys', '-t', '=s01:', 'Enter');
    await all.ready(1);
    await waitFor('the shell', async () => /[$#]$/.test((await all.screen('s00')).trimEnd()));
    await rig.waitState(first, 'watching');
    assert.equal((await rig.run(['save'])).code, 0);
    await first.end('SIGKILL');
    const second = await rig.start('watching', { env: all.env(0) });
    assert.equal((await rig.run(['save'])).code, 0);
    const after = await rig.manifest();
    assert.ok(after !== null);
    const bare = (programs: readonly Program[]): string[] =>
      programs.map(({ argv, cwd, conversation }) => JSON.stringify([argv, cwd, conversation?.id])).sort();
    assert.deepEqual(bare(programsOf(after)), bare(before));

    // What was started and then left by its user is over.
    await rig.tmux('send-keys', '-t', '=s01:', '/exit', 'Enter');
    await rig.saved('its end', (m) => !programsOf(m).some(({ conversation }) => conversation?.id === all.ids[1]));
    await rig.killServer(await rig.serverPid());
    await rig.sessions(all.names);
    for (const name of ['s00', 's02'])
      await waitFor('the offer', async () => (await all.screen(name)).includes('Enter starts it'));
    await rig.waitState(second, 'watching');
    assert.doesNotMatch(await all.screen('s01'), /Enter/);
    // Nothing of the first offer came along with the second.
    assert.equal((await all.screen('s02')).match(/Enter/g)?.length, 1);
    assert.equal(existsSync(all.marksPath) && (await all.marks()).started.length, 1);
  });
});
