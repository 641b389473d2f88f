/**
 * R12 with the whole agent: whatever the user's tmux.conf says, what died comes back as it was, and the configuration with
 * all its hooks is afterwards what it was before.
 */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, rmdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test, type TestContext } from 'node:test';
import { attachClient } from '../round-trip/client.js';
import { differencesBetween } from '../round-trip/compare.js';
import { see, type Seen } from '../round-trip/observer.js';
import { AgentRig, buildProgram } from '../support/agent-rig.js';
import { TmuxRig, waitFor } from '../support/tmux-rig.js';

before(buildProgram);

const hook = (name: string, command: string): string => `set-hook -g ${name} '${command}'`;

const CONFIGS: Readonly<Record<string, string>> = {
  'nothing at all': '',
  'window-size manual': 'setw -g window-size manual',
  'exit-empty off': 'set -s exit-empty off',
  'detach-on-destroy off': 'set -g detach-on-destroy off',
  'detach-on-destroy no-detached': 'set -g detach-on-destroy no-detached',
  'a default-command': "set -g default-command 'exec sh -i'",
  'a status line that runs a program': "set -g status-right '#(date) #(sleep 100)'\nset -g status-interval 1",
  'remain-on-exit on': 'setw -g remain-on-exit on',
  'base-index 1 and renumber-windows on': 'set -g base-index 1\nsetw -g pane-base-index 1\nset -g renumber-windows on',
  'a hook on session-created that makes a window': hook('session-created', 'new-window "sleep 1000"'),
  'a hook on after-new-session that makes a session': hook(
    'after-new-session',
    'new-session -d -s hooked "sleep 1000"',
  ),
  'a hook on window-linked that splits it': hook('window-linked', 'split-window -d "sleep 1000"'),
  'a hook on after-split-window that makes a window': hook('after-split-window', 'new-window -d "sleep 1000"'),
  'a hook on after-new-window that renames it': hook('after-new-window', 'rename-window hooked'),
  'hooks on renaming and selecting that rename': [
    hook('session-renamed', 'rename-window hooked'),
    hook('after-select-pane', 'select-layout even-vertical'),
    hook('session-window-changed', 'rename-window changed'),
    'set-hook -gw window-layout-changed "set-option -g @laid-out yes"',
    'set-hook -gw window-renamed "set-option -g @renamed yes"',
  ].join('\n'),
  'hooks that kill what is new': [
    hook('after-new-window', 'kill-window'),
    hook('after-split-window', 'kill-pane'),
    hook('pane-exited', 'kill-server'),
  ].join('\n'),
  'sessions of its own': 'new-session -d -s own -c /usr -x 100 -y 30\nnew-session -d -s other -c / "sleep 1000"',
};

/** Builds three sessions under the defaults; only then comes the configuration, which the next server starts with. */
async function build(rig: AgentRig, config: string): Promise<void> {
  const folder = join(rig.home, 'folder');
  mkdirSync(folder);
  await rig.server.source(
    `new-session -d -s work -n editor -x 120 -y 40 -c ${folder} 'sleep 1000'`,
    "split-window -h -t work: 'sleep 1000'",
    "split-window -v -l 7 -t work: -c / 'sleep 1000'",
    'resize-pane -Z -t work:',
    "new-window -t work:5 -n logs 'sleep 1000'",
    "new-session -d -s side -n only -x 90 -y 20 'sleep 1000'",
    'link-window -d -s work:5 -t side:9',
    'new-session -d -t work -s pair',
  );
  await writeFile(join(rig.home, '.tmux.conf'), config);
  await rig.tmux('source-file', join(rig.home, '.tmux.conf'));
}

/** Kills the server, waits for the agent, and returns what is not as it was. */
async function afterDeath(rig: AgentRig, was: Seen, pid: number): Promise<string[]> {
  await rig.saved('all of it', (m) => m.sessions.length === was.sessions.length);
  assert.equal((await rig.run(['save'])).code, 0);
  await rig.killServer(pid);
  await rig.saved('the restore', (m) => m.server?.pid !== pid && m.trigger === 'restore', 30_000);
  let differences: string[] = [];
  await waitFor(
    'everything to be back',
    async () => (differences = differencesBetween(was, await see(rig.server), null)).length === 0,
    4000,
  ).catch(() => undefined);
  return differences.slice(0, 12);
}

async function start(t: TestContext): Promise<{ rig: AgentRig; pid: number }> {
  const rig = await AgentRig.make(t);
  await rig.start('waiting');
  // A name of its own: tmux gives others only after a while, and then tells the hooks of it.
  const pid = await rig.begin('first', '-n', 'first', 'sleep', '1000');
  // The server of an agent or of the unit stays when its last session ends (tmux -D).
  await rig.tmux('set-option', '-s', 'exit-empty', 'off');
  return { rig, pid };
}

describe('a server comes back as it was', { concurrency: 3 }, () => {
  for (const [name, config] of Object.entries(CONFIGS)) {
    test(`under ${name}`, async (t) => {
      const { rig, pid } = await start(t);
      await build(rig, config);
      assert.deepEqual(await afterDeath(rig, await see(rig.server), pid), []);
    });
  }

  test('and no hook runs meanwhile, even when something has to be done twice', async (t) => {
    const { rig, pid } = await start(t);
    const gone = join(rig.home, 'gone');
    mkdirSync(gone);
    // Not after-set-hook: the agent's own hooks come back whenever they are missing.
    const names = [
      ...['new-session', 'new-window', 'split-window', 'select-layout', 'select-pane', 'select-window', 'resize-pane'],
      ...['rename-window', 'respawn-pane', 'set-option', 'set-environment', 'rename-session', 'kill-session'],
    ].map((command) => `after-${command}`);
    const events = ['session-created', 'session-renamed', 'session-window-changed', 'window-linked', 'window-unlinked'];
    const hooks = [...names, ...events].map((name) => hook(name, `set-option -ga @ran "${name} "`));
    await rig.tmux('new-session', '-d', '-s', 'lost', '-c', gone, 'sleep', '1000');
    await rig.tmux('new-window', '-d', '-t', 'lost:3', '-c', gone, 'sleep', '1000');
    await rig.saved('both windows', (m) => m.windows.length === 3);
    rmdirSync(gone);
    await writeFile(join(rig.home, '.tmux.conf'), hooks.join('\n'));
    const was = await see(rig.server);
    await afterDeath(rig, was, pid);
    assert.equal(await rig.tmux('show-options', '-gqv', '@ran'), '');
    assert.match(await rig.tmux('show-hooks', '-g', 'after-select-window'), /@ran/);
  });

  test('into a session that tmux.conf makes and that nobody used', async (t) => {
    const { rig, pid } = await start(t);
    await build(rig, 'new-session -d -s own -c /usr -x 100 -y 30');
    await rig.tmux('split-window', '-h', '-t', 'own:', '-c', '/', 'sleep', '1000');
    await rig.tmux('new-window', '-d', '-t', 'own:4', '-n', 'more', 'sleep', '1000');
    assert.deepEqual(await afterDeath(rig, await see(rig.server), pid), []);
  });

  test('under destroy-unattached on, where nothing may be attached before it is all back', async (t) => {
    const rig = await AgentRig.make(t, { config: 'set -g destroy-unattached on' });
    await rig.start('waiting');
    const starter = await TmuxRig.make(t);
    await starter.startEmpty();
    // Such sessions live only with a client.
    const client = ['env', '-u', 'TMUX', 'tmux', '-u', '-S', rig.server.socketPath, 'new-session', '-s', 'held'];
    await starter.tmux('new-session', '-d', '-x', '80', '-y', '24', ...client, 'sleep', '1000');
    await rig.sessions(['held']);
    await rig.tmux('split-window', '-h', '-t', 'held:', 'sleep', '1000');
    const pid = await rig.serverPid();
    await rig.saved('both panes', (m) => m.windows[0]?.panes.length === 2);
    await rig.killServer(pid);
    await rig.saved('the restore', (m) => m.server?.pid !== pid && m.trigger === 'restore');
    // A client that leaves makes tmux end what is not attached (server-fn.c, server_check_unattached).
    for (let look = 0; look < 5; look++) await rig.sessions(['held']);
    assert.equal((await rig.server.rows('list-panes', '#{pane_id}', '-a')).length, 2);
    await attachClient(t, rig.server, 'held');
    await rig.sessions(['held']);
    assert.equal(await rig.tmux('show-options', '-gv', 'destroy-unattached'), 'on');
  });

  test('with a pane that runs another tmux, which nobody touches', async (t) => {
    const { rig, pid } = await start(t);
    const inner = await TmuxRig.start(t);
    await rig.tmux('new-session', '-d', '-s', 'nest', 'env', '-u', 'TMUX', 'tmux', '-S', inner.socketPath, 'attach');
    const attached = (count: string) => async (): Promise<boolean> =>
      (await inner.tmux('list-sessions', '-F', '#{session_attached}')) === count;
    await waitFor('the inner client', attached('1'));
    const before = await inner.tmux('list-panes', '-a', '-F', '#{session_id} #{pane_id} #{pane_pid} #{window_layout}');
    const was = await see(rig.server);
    assert.deepEqual(await afterDeath(rig, was, pid), []);
    await waitFor('the end of the inner client', attached('0'));
    const after = await inner.tmux('list-panes', '-a', '-F', '#{session_id} #{pane_id} #{pane_pid} #{window_layout}');
    assert.equal(after, before);
  });

  test('with directories that are gone or closed: their nearest ancestor, which the report names', async (t) => {
    const { rig, pid } = await start(t);
    const [gone, closed] = [join(rig.home, 'a/gone'), join(rig.home, 'a/closed')];
    mkdirSync(gone, { recursive: true });
    mkdirSync(closed);
    await rig.tmux('new-session', '-d', '-s', 'places', '-c', gone, 'sleep', '1000');
    await rig.tmux('split-window', '-t', 'places:', '-c', closed, 'sleep', '1000');
    await rig.saved('the places', (m) => m.windows.some(({ panes }) => panes.length === 2));
    rmdirSync(gone);
    chmodSync(closed, 0);
    const was = await see(rig.server);
    const differences = await afterDeath(rig, was, pid);
    chmodSync(closed, 0o700);
    const ancestor = join(rig.home, 'a');
    // Root may work anywhere.
    const stays = process.getuid?.() === 0 ? closed : ancestor;
    const places = await rig.server.rows('list-panes', '#{pane_current_path}', '-t', 'places:');
    assert.deepEqual(places, [ancestor, stays]);
    assert.deepEqual(
      differences.filter((line) => !line.includes('pane.path')),
      [],
    );
  });
});
