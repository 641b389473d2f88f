/**
 * A disk that is full or can't be written costs the save, never the state that is there; on real file systems.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, open, rm, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Store } from '../../src/model/ports.js';
import { openStore } from '../../src/store/open-store.js';
import { aManifest, assertRoot, failure, idIn, namesIn, value } from './support.js';

const start = Date.now() - 60_000;
const at = (second: number): Date => new Date(start + second * 1000);

/** Mounts a tmpfs of 256 KB in a new folder, there or below; both go with the test. */
async function smallDisk(t: TestContext, below = ''): Promise<string> {
  assertRoot();
  const folder = await mkdtemp(join(tmpdir(), 'tmux-persist-disk-'));
  const disk = join(folder, below);
  await mkdir(disk, { recursive: true, mode: 0o700 });
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k,mode=0700', 'tmpfs', disk]);
  t.after(async () => {
    execFileSync('umount', [disk]);
    await rm(folder, { recursive: true });
  });
  return folder;
}

/** Opens a store on a disk of its own. */
async function smallStore(t: TestContext): Promise<{ readonly store: Store; readonly disk: string }> {
  const disk = await smallDisk(t);
  return { disk, store: value(await openStore(join(disk, 'tmux-persist', 'host', 'default'), { create: true })) };
}

/** Writes until nothing more goes onto the disk; returns the path of what fills it. */
async function fill(disk: string): Promise<string> {
  const path = join(disk, 'filler');
  const handle = await open(path, 'a');
  try {
    for (;;) await handle.write(Buffer.alloc(4096));
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
    return path;
  } finally {
    await handle.close();
  }
}

test('a full disk fails the save, keeps the state, leaves no temporary file, and is over when it clears', async (t) => {
  const { store, disk } = await smallStore(t);
  value(await store.save(aManifest(at(0), {}, 20)));
  const filler = await fill(disk);
  for (const second of [1, 2]) {
    const full = failure(await store.save(aManifest(at(second), {}, 20)), 'state-unwritable');
    assert.equal(full.detail, 'no space left on device');
    assert.equal(await idIn(join(store.folder, 'manifest.json')), aManifest(at(0)).id);
    assert.deepEqual(await namesIn(store.folder, /\.tmp$/), []);
  }
  assert.equal(value(await store.history()).length, 1);
  value(await store.touchChecked());
  await unlink(filler);
  value(await store.save(aManifest(at(3), {}, 20)));
  assert.equal(value(await store.load()).stored?.manifest.id, aManifest(at(3)).id);
  assert.equal(value(await store.history()).length, 2);
});

test('a disk that fills in the middle of a write keeps the state', async (t) => {
  const { store } = await smallStore(t);
  value(await store.save(aManifest(at(0), {}, 20)));
  const large = aManifest(at(1), { trigger: 'x'.repeat(512 * 1024) });
  assert.equal(failure(await store.save(large), 'state-unwritable').detail, 'no space left on device');
  assert.deepEqual(await namesIn(store.folder, /\.tmp$/), []);
  assert.equal(value(await store.load()).stored?.manifest.id, aManifest(at(0)).id);
});

test('a full disk fails scrollback, journal and lock as values too', async (t) => {
  const { store, disk } = await smallStore(t);
  value(await store.appendJournal({ kind: 'refusal', at: '', bootId: '', code: 'first', message: '' }));
  await fill(disk);
  const entry = { kind: 'refusal', at: '', bootId: '', code: 'second', message: '' } as const;
  failure(await store.appendJournal(entry), 'state-unwritable');
  failure(await store.putContents(Buffer.from('text')), 'state-unwritable');
  failure(await store.lock(0), 'state-unwritable');
  assert.equal(value(await store.readJournal()).length, 1);
  assert.deepEqual(await namesIn(store.folder, /\.tmp$/), []);
});

test('a read-only file system fails the save and is still read', async (t) => {
  const { store, disk } = await smallStore(t);
  value(await store.save(aManifest(at(0))));
  execFileSync('mount', ['-o', 'remount,ro', disk]);
  assert.equal(failure(await store.save(aManifest(at(1))), 'state-unwritable').detail, 'read-only file system');
  assert.equal(value(await store.load()).stored?.manifest.id, aManifest(at(0)).id);
  assert.equal(value(await store.history()).length, 1);
});

test('where no hard link can be made, a replaced state is copied to history', async (t) => {
  const folder = await smallDisk(t, 'history');
  const store = value(await openStore(folder, { create: true }));
  for (const second of [0, 1, 2]) value(await store.save(aManifest(at(second))));
  assert.equal(value(await store.history()).length, 3);
  assert.equal(value(await store.find(aManifest(at(0)).id)).manifest.id, aManifest(at(0)).id);
});
