/** P7 on a real machine: each conversation comes back in the pane that it was in, and none in two. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { before, test } from 'node:test';
import type { User } from './machine.js';
import { machineTests, type Rig } from './machine-tests.js';
import { manifestOf, statusOf } from './product.js';
import * as sessions from './sessions.js';

/** Where npm puts the real one, and the command that leads there. */
const PACKAGE = '/usr/local/lib/node_modules/@anthropic-ai/claude-code';
const COMMAND = '/usr/local/bin/claude';

/** Two panes that share a directory, and one in another: the first two can't be told apart by where they are. */
const PANES = ['=work:one.0', '=work:one.1', '=work:two.0'] as const;

machineTests('conversations', (rig) => {
  before(() => installFakeClaude(rig));

  test('a conversation is resumed in the pane it was in', async () => {
    const { machine } = rig;
    const user = await rig.addInstalledUser();
    await openPanes(rig, user);
    const ids = new Map<string, string>();
    for (const pane of PANES) ids.set(pane, await converse(rig, user, pane));
    assert.equal(new Set(ids.values()).size, PANES.length);
    await machine.waitFor('the conversations to be saved', async () => {
      const panes = (await manifestOf(machine, user)).windows.flatMap((window) => window.panes);
      assert.deepEqual(panes.map(({ program }) => program?.conversation?.id).sort(), [...ids.values()].sort());
    });

    await machine.run(['kill', '-KILL', String(await sessions.serverPid(machine, user))]);
    const resumed = async (): Promise<void> => {
      for (const [pane, id] of ids) {
        const argvs = (await processesIn(rig, user, pane)).filter((argv) => argv.includes('--resume'));
        assert.equal(argvs.length, 1, `pane ${pane} runs ${JSON.stringify(await processesIn(rig, user, pane))}`);
        assert.equal(argvs[0]?.[argvs[0].indexOf('--resume') + 1], id, `pane ${pane}`);
      }
    };
    await machine.waitFor('each pane to run its own conversation', resumed, { deadlineMs: 30_000 });
    await machine.waitFor('status to tell of it', async () => {
      assert.equal((await statusOf(machine, user)).lastRestore?.conversations.resumed, PANES.length);
    });
    // Still so: nothing was started twice while the rest came back.
    await resumed();
  });
});

async function installFakeClaude({ machine }: Rig): Promise<void> {
  const program = await readFile(new URL('../support/fake-claude.js', import.meta.url), 'utf8');
  await machine.run(['mkdir', '-p', PACKAGE]);
  const write = (file: string, input: string): Promise<string> => machine.run(['tee', file], { input });
  await write(`${PACKAGE}/package.json`, '{ "type": "module" }\n');
  await write(`${PACKAGE}/cli.js`, program.startsWith('#!') ? program : `#!/usr/bin/env node\n${program}`);
  await machine.run(['chmod', '0755', `${PACKAGE}/cli.js`]);
  await machine.run(['ln', '-sf', `${PACKAGE}/cli.js`, COMMAND]);
}

async function openPanes({ machine }: Rig, user: User): Promise<void> {
  const first = `${user.home}/first project`;
  const second = `${user.home}/second`;
  await machine.run(['mkdir', first, second], { user });
  await sessions.tmux(
    machine,
    user,
    'new-session',
    '-d',
    '-s',
    'work',
    '-n',
    'one',
    '-x',
    '200',
    '-y',
    '50',
    '-c',
    first,
  );
  await sessions.tmux(machine, user, 'split-window', '-d', '-h', '-t', '=work:one', '-c', first);
  await sessions.tmux(machine, user, 'new-window', '-d', '-n', 'two', '-t', '=work:', '-c', second);
}

/** Starts claude in a pane, gives it one prompt, and returns the id of the conversation: the name of the transcript that holds the prompt. */
async function converse({ machine }: Rig, user: User, pane: string): Promise<string> {
  const prompt = `the prompt of ${pane.replaceAll(/\W/g, ' ').trim()}`;
  await sessions.tmux(machine, user, 'send-keys', '-t', pane, 'claude', 'Enter');
  await machine.waitFor(`claude in ${pane}`, async () => {
    const command = await sessions.tmux(machine, user, 'display-message', '-p', '-t', pane, '#{pane_current_command}');
    assert.match(command, /^(claude|node)$/);
  });
  await sessions.tmux(machine, user, 'send-keys', '-t', pane, '-l', prompt);
  await sessions.tmux(machine, user, 'send-keys', '-t', pane, 'Enter');
  const transcripts = `${user.home}/.claude/projects`;
  return machine.waitFor(`the transcript of ${pane}`, async () => {
    const file = await machine.run(['grep', '-rlF', prompt, transcripts], { user });
    const id = /([0-9a-f-]{36})\.jsonl$/.exec(file)?.[1];
    assert(id !== undefined, `'${file}' is no transcript`);
    return id;
  });
}

/** Returns the argument vectors of all that runs in a pane. */
async function processesIn({ machine }: Rig, user: User, pane: string): Promise<readonly (readonly string[])[]> {
  const root = Number(await sessions.tmux(machine, user, 'display-message', '-p', '-t', pane, '#{pane_pid}'));
  const rows = (await machine.run(['ps', '-e', '-o', 'pid=,ppid=,args='])).split('\n').map((row) => {
    const [pid, ppid, ...argv] = row.trim().split(/\s+/);
    // The launcher's own argument vector names what it runs: it is no second agent.
    return { pid: Number(pid), ppid: Number(ppid), argv: argv[0] === '/bin/sh' ? ['/bin/sh'] : argv };
  });
  const below = (pid: number): readonly (readonly string[])[] =>
    rows.filter((row) => row.ppid === pid).flatMap((row) => [row.argv, ...below(row.pid)]);
  return [...rows.filter((row) => row.pid === root).map((row) => row.argv), ...below(root)];
}
