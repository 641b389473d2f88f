/**
 * R7: which folders are taken for a state folder.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { openStore } from '../../src/store/open-store.js';
import { ownIdentity } from '../../src/store/process-identity.js';
import { aManifest, assertRoot, failure, namesIn, temporaryFolder, value } from './support.js';

test('a reader finds a missing folder empty and makes nothing', async (t) => {
  const home = await temporaryFolder(t);
  const store = value(await openStore(join(home, 'tmux-persist', 'host', 'default'), { create: false }));
  assert.deepEqual(value(await store.load()), { stored: null, quarantined: [] });
  assert.deepEqual(value(await store.peek()), { stored: null, quarantined: [] });
  assert.deepEqual(value(await store.history()), []);
  assert.deepEqual(value(await store.readJournal()), []);
  assert.equal(value(await store.sweepContents()), 0);
  assert.equal(await store.checkedAt(), null);
  assert.equal(await store.readAgent(), null);
  assert.equal(await store.contentsPath('0'.repeat(64)), null);
  await store.removeAgent();
  failure(await store.save(aManifest(new Date())), 'state-unwritable');
  failure(await store.lock(0), 'state-unwritable');
  assert.deepEqual(await namesIn(home), []);
});

for (const depth of [
  'tmux-persist',
  'tmux-persist/host',
  'tmux-persist/host/default',
  'tmux-persist/host/default/history',
]) {
  for (const create of [true, false]) {
    const who = create ? 'a writer' : 'a reader';
    test(`${who} refuses ${depth} as a symbolic link, of another user, or open to others`, async (t) => {
      assertRoot();
      const home = await temporaryFolder(t);
      const folder = join(home, 'tmux-persist', 'host', 'default');
      const part = join(home, depth);
      value(await openStore(folder, { create: true }));

      await chown(part, 12_345, 0);
      assert.equal(failure(await openStore(folder, { create }), 'foreign-owner').path, part);
      await chown(part, 0, 0);
      for (const mode of [0o720, 0o702]) {
        await chmod(part, mode);
        assert.equal(failure(await openStore(folder, { create }), 'foreign-owner').path, part);
      }
      await chmod(part, 0o700);
      value(await openStore(folder, { create }));

      const other = join(await temporaryFolder(t), 'tmux-persist', 'host', 'default');
      const planted = join(other, '..', '..', '..', depth);
      await mkdir(join(planted, '..'), { recursive: true, mode: 0o700 });
      await symlink(part, planted);
      assert.equal(failure(await openStore(other, { create }), 'foreign-owner').path, planted);
    });
  }
}

test('what lies above may belong to anybody and be a symbolic link', async (t) => {
  const home = await temporaryFolder(t);
  await mkdir(join(home, 'real'));
  await chmod(join(home, 'real'), 0o777);
  await symlink(join(home, 'real'), join(home, 'state'));
  value(await openStore(join(home, 'state', 'tmux-persist', 'host', 'default'), { create: true }));
});

test('a folder that can not be made is a failure with its reason', async (t) => {
  const home = await temporaryFolder(t);
  await writeFile(join(home, 'file'), '');
  const result = await openStore(join(home, 'file', 'tmux-persist', 'host', 'default'), { create: true });
  assert.ok(!result.ok && 'detail' in result.error);
  assert.equal(result.error.detail, 'not a directory');
});

test('a writer sweeps the temporary files of processes that are gone, and no others', async (t) => {
  const folder = join(await temporaryFolder(t), 'store');
  value(await openStore(folder, { create: true }));
  const gone = spawn('true');
  await once(gone, 'exit');
  const alive = `manifest.json.${process.pid}-${ownIdentity().startTime}-00000000.tmp`;
  for (const part of ['.', 'history', 'contents']) {
    await writeFile(join(folder, part, `x.json.${String(gone.pid)}-1-00000000.tmp`), '');
    await writeFile(join(folder, part, alive), '');
    await writeFile(join(folder, part, 'mine.tmp'), '');
  }
  value(await openStore(folder, { create: false }));
  assert.equal((await namesIn(folder, /tmp$/)).length, 3);
  value(await openStore(folder, { create: true }));
  for (const part of ['.', 'history', 'contents']) {
    assert.deepEqual(await namesIn(join(folder, part), /tmp$/), [alive, 'mine.tmp'].sort());
  }
});
