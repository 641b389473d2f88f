/** Our entries in a user's hooks: they disturb nothing and are missed when they are gone. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { CHANGES_VARIABLE, installHooks, removeHooks, setHooks, startWaiter } from '../../src/tmux/events.js';
import { observe } from '../../src/tmux/observe.js';
import { readUpkeep } from '../../src/tmux/settings.js';
import { TmuxRig, valueOf, waitFor } from '../support/tmux-rig.js';

const USERS = [
  "set-hook -g window-linked 'set -g @linked yes'",
  "set-hook -g session-created 'display-message hello'",
  'set-hook -ga session-created \'display-message "a; b"\'',
  "set-hook -g window-layout-changed[3] 'set -g @layout yes'",
  "set-hook -g pane-exited 'run-shell -b true'",
  "set-hook -g after-split-window[9000] 'set -g @split yes'",
  "set-hook -t main session-renamed 'set -g @renamed yes'",
  "set-hook -t main after-new-window[5] 'set -g @new yes'",
  "set-hook -w -t main: window-renamed 'set -g @window yes'",
];

const allHooks = async (rig: TmuxRig): Promise<string> =>
  (
    await rig.source(
      'show-hooks -g',
      'show-hooks -gw',
      'show-hooks -t main',
      'show-hooks -w -t main:',
      'show-hooks -t other',
    )
  ).toString();

/** Returns the commands that would put our hooks back. */
const missing = async (rig: TmuxRig): Promise<readonly string[]> =>
  valueOf(await readUpkeep(rig.target, ['$0', '$99', 'nonsense'])).missingHooks;

test("a user's hooks are as they were once ours were put in and taken out again", async (t) => {
  const rig = await TmuxRig.start(t);
  await rig.tmux('new-session', '-d', '-s', 'other', 'sleep', '1000');
  await rig.source(...USERS);
  const before = await allHooks(rig);
  const ids = await rig.rows('list-sessions', '#{session_id}');
  for (const sessions of [[], ids]) {
    valueOf(await installHooks(rig.target, sessions));
    valueOf(await installHooks(rig.target, sessions));
    const during = await allHooks(rig);
    assert.deepEqual(
      before.split('\n').filter((line) => line.includes('[') && !during.includes(line)),
      [],
    );
    valueOf(await removeHooks(rig.target, sessions));
    assert.equal(await allHooks(rig), before);
  }
});

test("a user's hooks run beside ours", async (t) => {
  const rig = await TmuxRig.start(t);
  await rig.source(...USERS);
  valueOf(await installHooks(rig.target, ['$0']));
  await rig.source(
    'split-window -d -t main: sleep 1000',
    'new-window -d sleep 1000',
    'rename-session -t main:  renamed',
    'rename-window -t @0 x',
  );
  for (const option of ['@linked', '@layout', '@split', '@renamed', '@new', '@window'])
    await waitFor(option, async () => (await rig.tmux('show-options', '-gqv', option)) === 'yes');
});

test('a change in a session with a hook of its own is heard too', async (t) => {
  const rig = await TmuxRig.start(t);
  await rig.open();
  await rig.tmux('set-hook', '-t', 'main', 'session-window-changed', 'set -g @seen yes');
  valueOf(await installHooks(rig.target, ['$0', '$99', 'nonsense']));
  const waiter = startWaiter(rig.target);
  t.after(() => {
    waiter.stop();
  });
  await waiter.ready;
  await rig.tmux('next-window', '-t', 'main');
  assert.equal(await waiter.ended, 'signalled');
});

test('hooks that are there are found, and missed after an unset or a reload of the configuration', async (t) => {
  const rig = await TmuxRig.start(t);
  const isThere = async (): Promise<boolean> => (await missing(rig)).length === 0;
  assert.equal(await isThere(), false);
  const config = join(rig.folder, 'reloaded.conf');
  await writeFile(config, "set-hook -g window-linked 'display-message x'\n");
  for (const change of [
    ['set-hook', '-gu', 'window-linked'],
    ['source-file', config],
    ['set-hook', '-gu', 'window-layout-changed'],
    ['set-hook', '-g', 'after-split-window', 'display-message x'],
    ['set-hook', '-gu', 'session-closed[8317]'],
    ['set-hook', '-g', 'after-set-option[8317]', 'wait-for -S tmux-persist'],
    ['set-hook', '-t', 'main', 'window-linked', 'display-message x'],
    ['set-hook', '-t', 'main', 'session-renamed', ''],
  ]) {
    valueOf(await installHooks(rig.target, ['$0']));
    assert.equal(await isThere(), true);
    await rig.tmux(...change);
    assert.equal(await isThere(), false, change.join(' '));
    valueOf(await setHooks(rig.target, await missing(rig)));
    assert.equal(await isThere(), true, change.join(' '));
  }
  valueOf(await installHooks(rig.target));
  await rig.tmux('set-hook', '-ga', 'window-linked', 'display-message y');
  assert.equal(await isThere(), true);
});

const changesOf = async (rig: TmuxRig): Promise<number> => valueOf(await observe(rig.target)).changes;

test('what is set is counted, by commands that change nothing else', async (t) => {
  const rig = await TmuxRig.start(t);
  assert.equal(await changesOf(rig), 0);
  valueOf(await installHooks(rig.target));
  await writeFile(join(rig.folder, 'buffer'), 'text');
  for (const change of [
    ['set-option', '-g', '@x', '1'],
    ['set-option', '-p', '-t', 'main:', '@x', '1'],
    ['set-hook', '-t', 'main', 'session-renamed', 'display-message x'],
    ['set-environment', '-t', 'main', 'NAME', 'value'],
    ['set-buffer', 'text'],
    ['load-buffer', join(rig.folder, 'buffer')],
  ]) {
    const before = await changesOf(rig);
    await rig.tmux(...change);
    assert.equal(await changesOf(rig), before + 1, change.join(' '));
  }
  const after = await changesOf(rig);
  for (const quiet of [
    ['show-options', '-g'],
    ['rename-window', '-t', 'main:', 'x'],
    ['set-option', '-g', 'no-such-option', '1'],
  ])
    await rig.tmux(...quiet).catch(() => undefined);
  valueOf(await installHooks(rig.target));
  assert.equal(await changesOf(rig), after);
});

test('the counter is nowhere to be seen, in no pane, and gone with the hooks', async (t) => {
  const rig = await TmuxRig.start(t);
  valueOf(await installHooks(rig.target));
  await rig.tmux('set-option', '-g', '@x', '1');
  assert.ok((await changesOf(rig)) > 0);
  const environment = join(rig.folder, 'environment');
  await rig.tmux('new-window', '-d', `env > ${environment}.part; mv ${environment}.part ${environment}`);
  await waitFor('the environment of a pane', async () => (await readFile(environment, 'utf8').catch(() => '')) !== '');
  assert.doesNotMatch(await readFile(environment, 'utf8'), new RegExp(CHANGES_VARIABLE));
  for (const flags of ['-g', '-gs'])
    assert.doesNotMatch(await rig.tmux('show-environment', flags), new RegExp(CHANGES_VARIABLE));
  assert.match(await rig.tmux('show-environment', '-gh'), new RegExp(`^${CHANGES_VARIABLE}=`));
  valueOf(await removeHooks(rig.target, ['$0']));
  await rig.tmux('set-option', '-g', '@x', '2');
  assert.equal(await rig.tmux('show-environment', '-gh'), '');
});

/** Attaches a client with a terminal of its own. */
function attach(t: TestContext, rig: TmuxRig, session: string): void {
  const command = `exec tmux -S '${rig.socketPath}' attach-session -t '${session}'`;
  const env = { PATH: process.env['PATH'] ?? '', TERM: 'xterm', LANG: 'C.UTF-8', HOME: rig.home };
  const client = spawn('script', ['-qec', command, '/dev/null'], { env, stdio: ['pipe', 'ignore', 'ignore'] });
  t.after(() => client.kill('SIGKILL'));
}

test('a session that was kept for its first client is left to destroy-unattached once that has come', async (t) => {
  const rig = await TmuxRig.start(t, { config: 'set -g exit-empty off\n' });
  const sessions = ['first', 'second', 'third', 'own'];
  for (const name of sessions) await rig.tmux('new-session', '-d', '-s', name, 'sleep', '1000');
  for (const name of ['first', 'second', 'third'])
    await rig.source(`set-option -t ${name} @tmux-persist-keep 1`, `set-option -t ${name} destroy-unattached off`);
  await rig.source(
    // One with hooks of its own, and one whose destroy-unattached is the user's.
    "set-hook -t second client-session-changed 'set-option -g @seen yes'",
    'set-option -t own destroy-unattached off',
    'set-option -t main destroy-unattached off',
    'set-option -g destroy-unattached on',
  );
  valueOf(await installHooks(rig.target, await rig.rows('list-sessions', '#{session_id}')));
  const isKept = async (name: string): Promise<boolean> =>
    /@tmux-persist-keep|destroy-unattached off/.test(await rig.tmux('show-options', '-t', name));
  attach(t, rig, 'first');
  await waitFor('the end of the keeping', async () => !(await isKept('first')));
  assert.equal(await rig.tmux('show-options', '-t', 'first'), '');
  assert.deepEqual(await Promise.all(['second', 'third', 'own', 'main'].map(isKept)), [true, true, true, true]);
  // Nobody leaves what tmux would end then: up to 3.7c it may crash when any client ends at that moment.
  attach(t, rig, 'own');
  const clientOf = async (name: string): Promise<string | undefined> =>
    (await rig.rows('list-clients', '#{session_name} #{client_name}')).find((row) => row.startsWith(`${name} `));
  const [, client = ''] = (await waitFor('the client', async () => (await clientOf('own')) ?? null)).split(' ');
  await rig.tmux('switch-client', '-c', client, '-t', 'second');
  await waitFor('the end of the keeping', async () => !(await isKept('second')));
  assert.equal(await rig.tmux('show-options', '-t', 'second'), '');
  assert.equal(await rig.tmux('show-options', '-gqv', '@seen'), 'yes');
  assert.deepEqual(await Promise.all(['third', 'own', 'main'].map(isKept)), [true, true, true]);
});

test('hooks of a server that is not there are a failure', async (t) => {
  const rig = await TmuxRig.make(t);
  for (const result of [
    await readUpkeep(rig.target, ['$0']),
    await installHooks(rig.target, ['$0']),
    await removeHooks(rig.target, ['$0']),
  ])
    assert.equal(result.ok ? 'fine' : result.error.reason, 'no-server');
});
