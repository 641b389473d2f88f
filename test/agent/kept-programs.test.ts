/** What stays on record of a restored pane in which nothing runs that a look could find, and what becomes of it when its user goes on. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import type { Manifest, Program } from '../../src/model/manifest.js';
import { processAgeMs } from '../../src/agent/server-process.js';
import { procView } from '../../src/programs/process-view.js';
import { buildProgram, type AgentRig } from '../support/agent-rig.js';
import { Conversations, programsOf } from '../support/conversations.js';
import { waitFor } from '../support/tmux-rig.js';

before(buildProgram);

const shell = /[$#]$/;

const screenOf = async (all: Conversations, name: string): Promise<string> => (await all.screen(name)).trimEnd();

const idsOf = (manifest: Manifest): (string | undefined)[] =>
  programsOf(manifest).map(({ conversation }) => conversation?.id);

const firstPid = async (rig: AgentRig, name: string): Promise<string> =>
  rig.tmux('display-message', '-p', '-t', `=${name}:`, '#{pane_pid}');

/** Returns what runs a command for which the kernel has killed one process more: it sees another /proc/vmstat. */
async function afterOomKill(rig: AgentRig): Promise<string[]> {
  const seen = join(rig.home, 'vmstat');
  const counters = await readFile('/proc/vmstat', 'utf8');
  await writeFile(
    seen,
    counters.replace(/(?<=^oom_kill )\d+$/m, (count) => String(Number(count) + 1)),
  );
  return ['unshare', '--mount', 'sh', '-ec', 'mount --bind "$0" /proc/vmstat; exec "$@"', seen];
}

describe('programs on record', { concurrency: 2 }, () => {
  test('A pane whose conversation was resumed once gets its shell from respawn-pane, or what it is told to run, also after a restart of the agent.', async (t) => {
    const all = await Conversations.make(t, 3);
    const { rig } = all;
    const server = await all.open();
    const agent = await rig.start('watching', { env: all.env(0) });
    await all.allSaved();
    await rig.killServer(server);
    await all.ready(3);
    await all.allSaved();

    const before = await firstPid(rig, 's00');
    await rig.tmux('respawn-pane', '-k', '-t', '=s00:');
    await rig.tmux('respawn-pane', '-k', '-t', '=s01:', 'sleep', '1000');
    await waitFor('the shell', async () => shell.test(await screenOf(all, 's00')));
    assert.notEqual(await firstPid(rig, 's00'), before);
    assert.equal(await rig.tmux('display-message', '-p', '-t', '=s01:', '#{pane_current_command}'), 'sleep');
    await rig.saved('their end', (m) => idsOf(m).join() === all.ids[2]);

    // One that has ended, and is started anew while no agent looks.
    await rig.tmux('send-keys', '-t', '=s02:', '/exit', 'Enter');
    await rig.saved('no conversation', (m) => programsOf(m).length === 0);
    await agent.end('SIGKILL');
    await rig.tmux('respawn-pane', '-k', '-t', '=s02:');
    await rig.start('watching');
    await waitFor('the shell', async () => shell.test(await screenOf(all, 's02')));
    assert.equal((await rig.run(['save'])).code, 0);
    const manifest = await rig.manifest();
    assert.deepEqual(manifest === null ? null : programsOf(manifest), []);
    assert.equal((await all.marks()).started.length, 3);
  });

  test('A conversation that was declined stays on record while its user runs something else there, and is offered again.', async (t) => {
    const all = await Conversations.make(t, 2, 'set -g @tmux-persist-resume offer');
    const { rig } = all;
    const server = await all.open();
    await rig.start('watching', { env: all.env(0) });
    await all.allSaved();
    await rig.killServer(server);
    await rig.sessions(all.names);
    for (const name of all.names) {
      await waitFor('the offer', async () => (await all.screen(name)).includes('Enter starts it'));
      await rig.tmux('send-keys', '-t', `=${name}:`, 'x');
      await waitFor('the shell', async () => shell.test(await screenOf(all, name)));
    }
    await rig.tmux('send-keys', '-t', '=s00:', 'less /etc/passwd', 'Enter');
    const command = (): Promise<string> => rig.tmux('display-message', '-p', '-t', '=s00:', '#{pane_current_command}');
    await waitFor('the pager', async () => (await command()) === 'less');
    const pager = await rig.saved('the pager', (m) =>
      m.windows.some(({ panes: [pane] }) => pane?.currentCommand === 'less'),
    );
    assert.deepEqual(idsOf(pager).sort(), [...all.ids].sort());
    // Until it has run for longer than what is only starting.
    const pid = Number(await firstPid(rig, 's00'));
    const oldEnough = (): boolean =>
      procView()
        .children(pid)
        .some((child) => processAgeMs(child) > 6000);
    await waitFor('a pager that is no news', oldEnough);
    assert.equal((await rig.run(['save'])).code, 0);
    const later = await rig.manifest();
    assert.deepEqual(later === null ? null : idsOf(later).sort(), [...all.ids].sort());

    await rig.killServer(await rig.serverPid());
    for (const name of all.names)
      await waitFor('the offer', async () => (await all.screen(name).catch(() => '')).includes('Enter starts it'));
  });

  test('A conversation that is killed for want of memory in a pane that lives on is offered there by the next restore, one that its user left is not.', async (t) => {
    const all = await Conversations.make(t, 2);
    const { rig } = all;
    const server = await all.open();
    const agent = await rig.start('watching', { env: all.env(0) });
    await all.allSaved();
    await rig.killServer(server);
    await all.ready(2);
    // At first the launcher stands for what it starts.
    const launchers = await Promise.all(all.names.map((name) => firstPid(rig, name)));
    const own = (m: Manifest): Program[] =>
      programsOf(m).filter(({ process: of }) => of !== null && !launchers.includes(String(of.pid)));
    const running = own(await rig.saved('their own processes', (m) => own(m).length === 2));
    const pid = running.find(({ conversation }) => conversation?.id === all.ids[0])?.process?.pid;
    assert.ok(pid !== undefined);
    await agent.end('SIGTERM');
    // One is over before memory runs out, the other by it.
    await rig.tmux('send-keys', '-t', '=s01:', '/exit', 'Enter');
    await waitFor('the shell', async () => shell.test(await screenOf(all, 's01')));
    assert.equal((await rig.run(['save'])).code, 0);
    process.kill(pid, 'SIGKILL');
    await waitFor('the shell', async () => shell.test(await screenOf(all, 's00')));
    assert.equal((await rig.run(['save'], { through: await afterOomKill(rig) })).code, 0);
    const after = await rig.manifest();
    assert.deepEqual(after === null ? null : idsOf(after), [all.ids[0]]);
    assert.equal((await rig.run(['save'])).code, 0, 'and it stays');

    const next = await rig.start('watching', { env: all.env(0) });
    await rig.killServer(await rig.serverPid());
    await waitFor('the offer', async () => (await all.screen('s00').catch(() => '')).includes('Enter starts it'));
    await rig.waitState(next, 'watching');
    assert.equal((await all.marks()).started.length, 2, 'nothing starts by itself');
    await rig.tmux('send-keys', '-t', '=s00:', 'Enter');
    assert.equal((await all.ready(3)).started.at(-1), all.ids[0]);
  });

  test('A program that has another conversation than it was started with is written to the log, and on record with what it has.', async (t) => {
    const all = await Conversations.make(t, 1);
    const { rig } = all;
    const [asked = ''] = all.ids;
    const other = '6f1a2b3c-0000-4000-8000-000000000001';
    const server = await all.open();
    const agent = await rig.start('watching', { env: all.env(0) });
    await all.allSaved();
    // Some versions begin a new conversation where they were to resume one.
    const script = await readFile(all.binary, 'utf8');
    await writeFile(all.binary, script.replace('"$@"', `--session-id ${other}`));
    await rig.killServer(server);
    await waitFor('the word', () => agent.log().includes('has another'), 30_000);
    const said =
      agent
        .log()
        .split('\n')
        .find((line) => line.includes('has another')) ?? '{}';
    const { asked: wanted, has, kind } = JSON.parse(said) as Record<string, string>;
    assert.deepEqual([wanted, has, kind], [asked, other, 'claude']);
    await rig.saved('what it has', (m) => idsOf(m).join() === other);
  });
});
