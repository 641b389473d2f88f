/** The short look at a server. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serverInfo } from '../../src/tmux/server-info.js';
import { TmuxRig, valueOf } from '../support/tmux-rig.js';

const reasonOf = async (rig: TmuxRig): Promise<string> => {
  const info = await serverInfo(rig.target);
  return info.ok ? JSON.stringify(info.value) : info.error.reason;
};

test('what several sessions share is counted once', async (t) => {
  const rig = await TmuxRig.start(t, { socketName: 'a %H #{pid}\t"é' });
  await rig.source(
    'new-session -d -t main -s member',
    'new-session -d -s "S \\$1 P @1" sleep 1000',
    'split-window -d -t main: sleep 1000',
    'rename-window -t main: "P @9 %9"',
    'link-window -d -s main:0 -t \\$2:9',
  );
  const info = valueOf(await serverInfo(rig.target));
  assert.equal(info.version, await rig.tmux('display-message', '-p', '#{version}'));
  assert.deepEqual(
    { ...info, version: '' },
    { pid: rig.pid, version: '', socketPath: rig.socketPath.replace('\t', '\\t'), sessions: 3, windows: 2, panes: 3 },
  );
});

test('an empty server is there and holds nothing', async (t) => {
  const rig = await TmuxRig.make(t);
  await rig.startEmpty();
  const { pid, sessions, windows, panes } = valueOf(await serverInfo(rig.target));
  assert.deepEqual([pid, sessions, windows, panes], [rig.pid, 0, 0, 0]);
});

test('a stopped server is hung after two seconds, a dead one is not there', async (t) => {
  const rig = await TmuxRig.start(t);
  rig.signal('SIGSTOP');
  const begun = performance.now();
  assert.equal(await reasonOf(rig), 'server-hung');
  assert.ok(performance.now() - begun < 3500);
  await rig.kill();
  assert.equal(await reasonOf(rig), 'no-server');
});
