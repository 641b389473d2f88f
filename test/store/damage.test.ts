/**
 * R8: what can't be read is set aside and named, a newer format is left alone, what is foreign is not touched.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, chown, lstat, mkdir, readFile, rename, symlink, truncate, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Store } from '../../src/model/ports.js';
import { openStore } from '../../src/store/open-store.js';
import {
  aManifest,
  assertRoot,
  failure,
  idAt,
  idIn,
  namesIn,
  temporaryFolder,
  temporaryStore,
  value,
} from './support.js';

const start = Date.now() - 60_000;
const at = (second: number): Date => new Date(start + second * 1000);

/** Returns a store with three states, 0 and 1 in history and 2 as the last. */
async function threeStates(t: TestContext): Promise<{ readonly store: Store; readonly path: string }> {
  const store = await temporaryStore(t);
  for (const second of [0, 1, 2]) value(await store.save(aManifest(at(second))));
  return { store, path: join(store.folder, 'manifest.json') };
}

const newer = (second: number): string => JSON.stringify({ ...aManifest(at(second)), format: 'tmux-persist/2' });

const damages: Readonly<Record<string, (path: string) => Promise<void>>> = {
  empty: (path) => truncate(path, 0),
  truncated: (path) => truncate(path, 100),
  'full of zeros': async (path) => writeFile(path, Buffer.alloc((await lstat(path)).size)),
  'no longer UTF-8': async (path) => {
    const bytes = await readFile(path);
    bytes.fill(0xff, bytes.indexOf('main'), bytes.indexOf('main') + 1);
    await writeFile(path, bytes);
  },
  'of another shape': (path) => writeFile(path, JSON.stringify({ ...aManifest(at(2)), windows: {} })),
  'without a format': (path) => writeFile(path, '{}'),
  'larger than 8 MB': (path) => truncate(path, 8 * 1024 * 1024 + 1),
  'a folder': async (path) => {
    await unlink(path);
    await mkdir(path);
  },
  'a FIFO': async (path) => {
    await unlink(path);
    execFileSync('mkfifo', [path]);
  },
};

for (const [what, damage] of Object.entries(damages)) {
  test(`a manifest that is ${what} is set aside and the newest of history is loaded`, async (t) => {
    const { store, path } = await threeStates(t);
    await damage(path);

    const peeked = value(await store.peek());
    assert.equal(peeked.stored?.manifest.id, idAt(at(1)));
    assert.deepEqual(peeked.quarantined, [path]);
    assert.deepEqual(await namesIn(store.folder, /unreadable/), []);

    const loaded = value(await store.load());
    assert.equal(loaded.stored?.manifest.id, idAt(at(1)));
    const [aside, ...more] = await namesIn(store.folder, /^manifest\.json\.\d{8}T\d{6}\.\d{3}Z\.unreadable$/);
    assert.deepEqual(more, []);
    assert.deepEqual(loaded.quarantined, [join(store.folder, String(aside))]);

    value(await store.save(aManifest(at(3))));
    assert.equal(value(await store.load()).stored?.manifest.id, idAt(at(3)));
    assert.equal((await namesIn(store.folder, /unreadable/)).length, 1);
  });
}

test('a save over a damaged manifest sets it aside', async (t) => {
  const { store, path } = await threeStates(t);
  await writeFile(path, 'damaged');
  value(await store.save(aManifest(at(3))));
  const [aside] = await namesIn(store.folder, /unreadable$/);
  assert.equal(await readFile(join(store.folder, String(aside)), 'utf8'), 'damaged');
});

test('damaged states of history are passed over, and set aside by load', async (t) => {
  const { store, path } = await threeStates(t);
  const damaged = join(store.folder, 'history', `${idAt(at(1))}.json`);
  await truncate(damaged, 10);
  await truncate(path, 10);
  const reader = value(await openStore(store.folder, { create: false }));
  assert.deepEqual(
    value(await reader.history()).map((entry) => entry.id),
    [idAt(at(0))],
  );
  assert.deepEqual(value(await store.peek()).quarantined, [path, damaged]);
  failure(await store.find(idAt(at(1))), 'state-unreadable');
  const loaded = value(await store.load());
  assert.equal(loaded.stored?.manifest.id, idAt(at(0)));
  assert.equal(loaded.quarantined.length, 2);
  assert.deepEqual(await namesIn(join(store.folder, 'history'), /json$/), [`${idAt(at(0))}.json`]);
});

test('when nothing can be read, nothing is loaded and all is kept', async (t) => {
  const { store, path } = await threeStates(t);
  for (const file of [path, ...[0, 1].map((second) => join(store.folder, 'history', `${idAt(at(second))}.json`))]) {
    await truncate(file, 10);
  }
  const loaded = value(await store.load());
  assert.equal(loaded.stored, null);
  assert.equal(loaded.quarantined.length, 3);
  for (const file of loaded.quarantined) assert.equal((await lstat(file)).size, 10);
});

test('a missing manifest is replaced by the newest of history', async (t) => {
  const { store, path } = await threeStates(t);
  await unlink(path);
  const loaded = value(await store.load());
  assert.equal(loaded.stored?.manifest.id, idAt(at(1)));
  assert.deepEqual(loaded.quarantined, []);
});

test('a manifest of a newer format is refused by name and never moved or replaced', async (t) => {
  const { store, path } = await threeStates(t);
  await writeFile(path, newer(2));
  for (const result of [await store.load(), await store.peek(), await store.save(aManifest(at(3)))]) {
    assert.equal(failure(result, 'format-unknown').format, 'tmux-persist/2');
  }
  assert.equal(await readFile(path, 'utf8'), newer(2));
  assert.deepEqual(await namesIn(store.folder, /unreadable|tmp/), []);
  assert.equal(value(await store.history()).length, 2);
});

test('a newer format in history is passed over for an older state, and refused when it is all there is', async (t) => {
  const { store, path } = await threeStates(t);
  await unlink(path);
  await writeFile(join(store.folder, 'history', `${idAt(at(1))}.json`), newer(1));
  assert.equal(value(await store.load()).stored?.manifest.id, idAt(at(0)));
  await unlink(join(store.folder, 'history', `${idAt(at(0))}.json`));
  failure(await store.load(), 'format-unknown');
});

test('a manifest that is a symbolic link is refused, not followed and not replaced', async (t) => {
  const { store, path } = await threeStates(t);
  const elsewhere = join(await temporaryFolder(t), 'elsewhere.json');
  await rename(path, elsewhere);
  await symlink(elsewhere, path);
  for (const result of [await store.load(), await store.peek(), await store.save(aManifest(at(3)))]) {
    failure(result, 'foreign-owner');
  }
  failure(await store.history(), 'foreign-owner');
  assert.ok((await lstat(path)).isSymbolicLink());
  assert.match(await readFile(elsewhere, 'utf8'), new RegExp(idAt(at(2))));
});

test('a manifest of another user is refused', async (t) => {
  assertRoot();
  const { store, path } = await threeStates(t);
  await chown(path, 12_345, 12_345);
  assert.match(failure(await store.load(), 'foreign-owner').detail, /12345/);
  failure(await store.save(aManifest(at(3))), 'foreign-owner');
  assert.equal((await lstat(path)).uid, 12_345);
});

test('a folder that is swapped for a foreign one while the store is open is refused', async (t) => {
  assertRoot();
  const { store } = await threeStates(t);
  const planted = await temporaryFolder(t);
  const history = join(store.folder, 'history');
  await rename(history, join(planted, 'kept'));
  await symlink(planted, history);
  failure(await store.save(aManifest(at(3))), 'foreign-owner');
  failure(await store.history(), 'foreign-owner');
  await unlink(history);
  await rename(join(planted, 'kept'), history);
  await chmod(store.folder, 0o777);
  failure(await store.save(aManifest(at(3))), 'foreign-owner');
  failure(await store.load(), 'foreign-owner');
});

test('a state that is too large to be read again is not written, and its user is told how large it is', async (t) => {
  const { store, path } = await threeStates(t);
  const large = aManifest(at(3), { trigger: 'x'.repeat(8 * 1024 * 1024) });
  assert.match(failure(await store.save(large), 'state-unwritable').detail, /it has 9 MB, and more than 8 MB/);
  failure(await store.archive(large), 'state-unwritable');
  assert.equal(await idIn(path), idAt(at(2)));
});
