/** A server behind a socket that others own or could have made is never believed. */
import assert from 'node:assert/strict';
import { chmod, chown, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { foreignSocket } from '../../src/tmux/own-socket.js';

test('a socket in a folder that others own or can enter, or that is theirs, is foreign; one that is not there is not', async (t) => {
  const uid = process.getuid?.() ?? 0;
  const place = await mkdtemp(join(tmpdir(), 'tmux-persist-socket.'));
  t.after(() => rm(place, { recursive: true }));
  const folder = join(place, `tmux-${uid}`);
  const socket = join(folder, 'default');
  assert.equal(foreignSocket(socket, uid), null);
  await mkdir(folder, { mode: 0o700 });
  assert.equal(foreignSocket(socket, uid), null);
  await writeFile(socket, '');
  assert.equal(foreignSocket(socket, uid), null);
  assert.match(foreignSocket(socket, uid + 1) ?? '', /belongs to or is open to others/);
  await chmod(folder, 0o707);
  assert.match(foreignSocket(socket, uid) ?? '', /open to others/);
  await chmod(folder, 0o700);
  await symlink(folder, join(place, 'tmux-99'));
  assert.match(foreignSocket(join(place, 'tmux-99', 'default'), uid) ?? '', /no directory/);
  assert.equal(uid, 0, 'the rest needs root, to give a file away');
  await chown(socket, 12_345, 12_345);
  assert.match(foreignSocket(socket, uid) ?? '', /uid 12345/);
});
