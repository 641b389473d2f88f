/** Our entries in a user's hooks: they disturb nothing and are missed when they are gone. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { hooksInstalled, installHooks, removeHooks, startWaiter } from '../../src/tmux/events.js';
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
  const isThere = async (): Promise<boolean> => valueOf(await hooksInstalled(rig.target));
  assert.equal(await isThere(), false);
  const config = join(rig.folder, 'reloaded.conf');
  await writeFile(config, "set-hook -g window-linked 'display-message x'\n");
  for (const change of [
    ['set-hook', '-gu', 'window-linked'],
    ['source-file', config],
    ['set-hook', '-gu', 'window-layout-changed'],
    ['set-hook', '-g', 'after-split-window', 'display-message x'],
    ['set-hook', '-gu', 'session-closed[8317]'],
  ]) {
    valueOf(await installHooks(rig.target));
    assert.equal(await isThere(), true);
    await rig.tmux(...change);
    assert.equal(await isThere(), false, change.join(' '));
  }
  valueOf(await installHooks(rig.target));
  await rig.tmux('set-hook', '-ga', 'window-linked', 'display-message y');
  assert.equal(await isThere(), true);
});

test('hooks of a server that is not there are a failure', async (t) => {
  const rig = await TmuxRig.make(t);
  for (const result of [
    await hooksInstalled(rig.target),
    await installHooks(rig.target, ['$0']),
    await removeHooks(rig.target, ['$0']),
  ])
    assert.equal(result.ok ? 'fine' : result.error.reason, 'no-server');
});
