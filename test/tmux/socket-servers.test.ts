/** Which servers are bound to a path, whatever became of the path. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { serversBoundTo } from '../../src/tmux/socket-servers.js';
import { TmuxRig, waitFor } from '../support/tmux-rig.js';

test('a server is bound to its socket, also once that is deleted, and not once it is dead', async (t) => {
  const rig = await TmuxRig.start(t, { socketName: 'a socket: with \u00e9' });
  const pid = rig.pid;
  assert.deepEqual(serversBoundTo(rig.socketPath), [pid]);
  assert.deepEqual(serversBoundTo(rig.socketPath, pid), []);
  assert.deepEqual(serversBoundTo(rig.socketPath, process.pid), [pid]);
  assert.deepEqual(serversBoundTo(join(rig.folder, 'a socket')), []);
  rmSync(rig.socketPath);
  assert.deepEqual(serversBoundTo(rig.socketPath), [pid]);
  await rig.kill();
  assert.deepEqual(serversBoundTo(rig.socketPath), []);
});

test('of two servers that bound the same path the younger one comes first', async (t) => {
  const [rig, other] = [await TmuxRig.start(t), await TmuxRig.make(t)];
  const first = rig.pid;
  t.after(() => process.kill(first, 'SIGKILL'));
  rmSync(rig.socketPath);
  await rig.startEmpty();
  assert.deepEqual(serversBoundTo(rig.socketPath), [rig.pid, first]);
  assert.deepEqual(serversBoundTo(rig.socketPath, rig.pid), [first]);
  // A path is what was bound, not what is there now.
  await rename(rig.socketPath, other.socketPath);
  assert.deepEqual(serversBoundTo(other.socketPath), []);
});

test('whoever else listens is no tmux server, and a hung one is', async (t) => {
  const [rig, hung] = [await TmuxRig.make(t), await TmuxRig.start(t)];
  const server = createServer(() => undefined).listen(rig.socketPath);
  t.after(() => server.close());
  await waitFor('the listener', () => server.listening);
  assert.deepEqual(serversBoundTo(rig.socketPath), []);
  hung.signal('SIGSTOP');
  assert.deepEqual(serversBoundTo(hung.socketPath), [hung.pid]);
});
