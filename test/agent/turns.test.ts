/**
 * Conversations come back a few at a time: sixty at once, a look at a pane, memory that is short, agents that die in between, and
 * restores without an agent. The conversations are the fake Claude's, whose starts and ends of starting are marked in a file.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { before, describe, test, type TestContext } from 'node:test';
import type { Manifest, Program } from '../../src/model/manifest.js';
import type { RestoreReport } from '../../src/model/report.js';
import { projectSlug } from '../../src/programs/claude/claude-transcripts.js';
import { attachClient } from '../round-trip/client.js';
import { AgentRig, buildProgram } from '../support/agent-rig.js';
import { installFakeClaude } from '../support/fake-claude-install.js';
import { waitFor } from '../support/tmux-rig.js';

before(buildProgram);

/** How long a storm may take on a slow machine, in ms. */
const STORM_MS = 120_000;

/** When they were talked to last. */
const EARLIER = new Date(Date.now() - 3_600_000).toISOString();

interface Marks {
  readonly started: readonly string[];
  readonly ready: readonly string[];
  /** The most that were starting at the same time. */
  readonly most: number;
}

/** A rig whose sessions hold one living conversation each. */
class Conversations {
  readonly ids: readonly string[];

  private constructor(
    readonly rig: AgentRig,
    readonly binary: string,
    readonly names: readonly string[],
  ) {
    this.ids = names.map(() => randomUUID());
  }

  static async make(t: TestContext, count: number, config = ''): Promise<Conversations> {
    const rig = await AgentRig.make(t, { config });
    const names = Array.from({ length: count }, (_, at) => `s${String(at).padStart(2, '0')}`);
    const made = new Conversations(rig, installFakeClaude(rig.home, 'binary'), names);
    const project = join(rig.home, '.claude', 'projects', projectSlug(rig.home));
    await mkdir(project, { recursive: true });
    for (const id of made.ids) {
      const line = {
        type: 'user',
        sessionId: id,
        cwd: rig.home,
        timestamp: EARLIER,
        entrypoint: 'cli',
      };
      await writeFile(join(project, `${id}.jsonl`), `${JSON.stringify({ ...line, message: { content: 'x' } })}\n`);
    }
    return made;
  }

  get marksPath(): string {
    return join(this.rig.home, 'marks');
  }

  /** The environment of the server that they come back in. */
  env(busyMs: number): Record<string, string> {
    return { FAKE_CLAUDE_MARKS: this.marksPath, FAKE_CLAUDE_BUSY_MS: String(busyMs) };
  }

  /** Opens them all, and waits until each of them is surely on record. */
  async open(): Promise<number> {
    const [first = '', ...others] = this.names;
    // The fake shows itself by its name alone, and is found by that in the PATH it had.
    const path = `PATH=${dirname(this.binary)}:${process.env['PATH'] ?? ''}`;
    const command = (at: number): string[] => ['env', path, 'claude', '--resume', this.ids[at] ?? ''];
    const pid = await this.rig.begin(first, ...command(0));
    for (const [at, name] of others.entries())
      await this.rig.tmux('new-session', '-d', '-s', name, '-x', '80', '-y', '24', ...command(at + 1));
    return pid;
  }

  async allSaved(): Promise<Manifest> {
    return this.rig.saved('all conversations', (m) => this.ids.every((id) => isTold(m, id)), 60_000);
  }

  async marks(): Promise<Marks> {
    const text = await readFile(this.marksPath, 'utf8').catch(() => '');
    const lines = text.split('\n').flatMap((line) => (line === '' ? [] : [line.split(' ')]));
    let now = 0;
    let most = 0;
    for (const [what] of lines) {
      now += what === 'start' ? 1 : -1;
      most = Math.max(most, now);
    }
    const of = (wanted: string): string[] => lines.flatMap(([what, id = '']) => (what === wanted ? [id] : []));
    return { started: of('start'), ready: of('ready'), most };
  }

  async ready(count: number): Promise<Marks> {
    return waitFor(
      `${String(count)} conversations`,
      async () => {
        const marks = await this.marks();
        return marks.ready.length >= count ? marks : null;
      },
      STORM_MS,
    );
  }

  async screen(name: string): Promise<string> {
    return this.rig.tmux('capture-pane', '-p', '-J', '-S', '-', '-t', `=${name}:`);
  }
}

const programsOf = (manifest: Manifest): Program[] =>
  manifest.windows.flatMap(({ panes }) => panes.flatMap(({ program }) => program ?? []));

/** Whether a conversation is on record as its own process tells it, with the PATH that it is found in again. */
const isSure = (manifest: Manifest, id: string): boolean =>
  programsOf(manifest).some(
    ({ conversation, env }) => conversation?.id === id && conversation.confidence === 'exact' && 'PATH' in env,
  );

const recordOf = (manifest: Manifest | null, at: number): string =>
  JSON.stringify(manifest?.windows.map(({ panes: [pane] }) => [pane?.currentCommand, pane?.program])[at]);

/** Whether it is known from the registry: until it has written there, a process is only starting. */
const isTold = (manifest: Manifest, id: string): boolean =>
  isSure(manifest, id) && programsOf(manifest).some(({ conversation: c }) => c?.id === id && c.source === 'registry');

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
