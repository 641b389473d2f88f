/**
 * P10: what was saved is data. Each place that holds a user's bytes holds a command here, in every dress that a shell or tmux
 * could take it in. Everything is saved, killed, restored, shown and drawn; none of it may run, at any time.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { attachClient } from '../round-trip/client.js';
import { plain, token } from '../round-trip/dice.js';
import { AgentRig, buildProgram } from '../support/agent-rig.js';
import { waitFor } from '../support/tmux-rig.js';

before(buildProgram);

/** A command by its name alone, as no directory's name can hold a path; what it is run for is its argument. */
const DRESSES: readonly ((place: string) => string)[] = [
  (place) => `$(canary ${place})`,
  (place) => `\`canary ${place}\``,
  (place) => `#(canary ${place})`,
  (place) => `; canary ${place}`,
  (place) => `'; canary ${place}; '`,
  (place) => `"; canary ${place}; "`,
  (place) => `\n canary ${place}`,
  (place) => `#{E:@canary}#{l:#(canary ${place})}`,
];

const CONFIG = [
  "set -g status-right '#(canary status-of-#{s/[$]//:session_id})'",
  'set -g status-interval 1',
  'set -g set-titles on',
  'setw -g pane-border-status top',
  "set -g @canary '#(canary option)'",
  "set -g @tmux-persist-programs 'tail'",
].join('\n');

/** Makes the command that must not run known to every shell; returns a look at what it was run for. */
async function setTrap(rig: AgentRig): Promise<() => Promise<string[]>> {
  const log = join(rig.home, 'ran');
  await mkdir(join(rig.home, 'bin'));
  await writeFile(join(rig.home, 'bin/canary'), `#!/bin/sh\necho "$1" >>'${log}'\n`);
  await chmod(join(rig.home, 'bin/canary'), 0o755);
  // A login shell has a PATH and a prompt of its own.
  await writeFile(join(rig.home, '.profile'), "PATH=$HOME/bin:$PATH\nPS1='ready$ '\n");
  await writeFile(log, '');
  return async () => [...new Set((await readFile(log, 'utf8')).split('\n'))].filter((line) => line !== '').sort();
}

/** Fills every place of a server with commands, as far as tmux takes them (3.7 and later refuse newlines in names); returns how many sessions it then has. */
async function fill(rig: AgentRig): Promise<number> {
  const lines: string[] = [];
  let at = 0;
  for (const dress of DRESSES) {
    const session = `$${String(++at)}`;
    const to = `-t ${token(session)}`;
    const folder = join(rig.home, dress('path').replaceAll('/', '_'), String(at));
    await mkdir(folder, { recursive: true });
    const words = ['word', dress('argument')].map(token).join(' ');
    lines.push(
      `new-session -d -s s${String(at)} -c ${plain(folder)}`,
      `rename-session ${to} -- ${plain(dress('session'))}`,
      `select-pane ${to}: -T ${plain(dress('title'))}`,
      `split-window ${to}: -c ${plain(folder)} tail -f /dev/null ${token(dress('argv'))}`,
      `new-window ${to}: -c ${plain(folder)} sh -c 'printf "%s\\n" "$1"; exec sleep 1000' ${words}`,
      `rename-window ${to}: -- ${plain(dress('renamed'))}`,
      `new-window ${to}: -n ${plain(dress('window'))} sleep 1000`,
      `new-window ${to}: ${token(`: ${dress('shell').replaceAll(/canary/g, 'true')}; exec sleep 1000`)}`,
      `set-option ${to} @value ${token(dress('option'))}`,
      `set-option ${to} ${plain(`@name ${dress('option-name')}`)} x`,
      // set-option expands names (cmd-set-option.c); without a blank a name is also one that can be read back.
      `set-option ${to} ${plain(`@name-${dress('bare-name').replaceAll(/\s/g, '${IFS}')}`)} x`,
      `set-option -w ${to}: @value ${token(dress('window-option'))}`,
      `set-option -p ${to}: @value ${token(dress('pane-option'))}`,
      `set-option -g @global-${String(at)} ${token(dress('global-option'))}`,
      `set-environment ${to} VALUE ${token(dress('environment'))}`,
      `set-environment ${to} ${token(`NAME${dress('environment-name')}`)} x`,
      `set-buffer -b ${token(dress('buffer-name'))} ${token(dress('buffer'))}`,
      `set-buffer ${token(dress('automatic-buffer'))}`,
    );
  }
  for (const dress of DRESSES)
    lines.push(`new-session -d -t ${plain(`${dress('group')}${String(at)}`)} -s member${String(++at)}`);
  await rig.server.source(...lines).catch(() => undefined);
  const sessions = (await rig.server.rows('list-sessions', 'x')).length;
  assert.ok(sessions >= at && sessions <= at + 1, 'at most one of them is refused');
  return sessions;
}

test('No saved name, title, path, option, variable, buffer, text or argument is ever run, expanded or typed.', async (t) => {
  const rig = await AgentRig.make(t, { config: CONFIG });
  const ran = await setTrap(rig);
  const path = { PATH: `${join(rig.home, 'bin')}:${rig.env['PATH'] ?? ''}` };
  const agent = await rig.start('waiting', { env: path });
  const server = spawnSync('tmux', ['-u', '-S', rig.server.socketPath, 'new-session', '-d', '-s', 'plain'], {
    env: { ...rig.env, ...path },
    cwd: rig.home,
  });
  assert.equal(server.status, 0);
  const pid = await rig.serverPid();
  const sessions = await fill(rig);
  await waitFor('the text on the screens', async () => {
    const printing = await rig.server.rows('list-panes', '#{pane_id} #{pane_start_command}', '-a');
    const ids = printing.flatMap((pane) => (pane.includes('printf') ? (pane.split(' ')[0] ?? '') : []));
    const screens = await Promise.all(ids.map((id) => rig.tmux('capture-pane', '-p', '-t', id)));
    return ids.length === DRESSES.length && screens.every((screen) => screen.includes('canary argument'));
  });
  await rig.saved('all of it', (m) => m.sessions.length === sessions);
  await rig.run(['save'], { env: path });
  assert.deepEqual(await ran(), [], 'nothing ran while it was typed');
  await rig.killServer(pid);
  await rig.saved('the new server', (m) => m.server?.pid !== pid && m.sessions.length === sessions, 60_000);
  assert.deepEqual((await rig.manifest())?.pending, []);
  await waitFor('the prompt of every restored shell', async () => {
    const panes = await rig.server.rows('list-panes', '#{pane_id} #{pane_current_command}', '-a');
    const shells = panes.flatMap((pane) => (pane.endsWith(' sh') ? (pane.split(' ')[0] ?? '') : []));
    const screens = await Promise.all(shells.map((pane) => rig.tmux('capture-pane', '-p', '-t', pane)));
    return screens.every((screen) => screen.includes('ready$'));
  });
  // Each session is drawn once: names, titles and borders with it.
  const ids = await rig.server.rows('list-sessions', '#{session_id}');
  const client = await attachClient(t, rig.server, ids[0] ?? '');
  const clientName = await rig.tmux('list-clients', '-F', '#{client_name}');
  const drawn = (id: string): string => `status-of-${id.slice(1)}`;
  for (const id of ids) {
    await rig.tmux('switch-client', '-c', clientName, '-t', id);
    await waitFor(`the status line of ${id}`, async () => (await ran()).includes(drawn(id)));
  }
  await client.type('C-b', 'w');
  const modes = (): Promise<string[]> => rig.server.rows('list-panes', '#{pane_mode}', '-a');
  await waitFor('the tree', async () => (await modes()).includes('tree-mode'));
  await waitFor('the names in it', async () => (await client.screen()).split('canary').length > 3);
  await client.type('q');
  for (const args of [['status'], ['show'], ['show', '--json'], ['history'], ['restore', '--dry-run'], ['restore']])
    await rig.run(args, { env: path });
  // The trap works: here it is, run by one who may.
  await rig.tmux('send-keys', '-t', `${ids[0] ?? ''}:`, 'canary control', 'Enter');
  await waitFor('the control', async () => (await ran()).includes('control'));
  await agent.end('SIGTERM');
  assert.deepEqual(await ran(), ['control', ...ids.map(drawn)].sort());
});
