/**
 * Scrollback on a real folder.
 */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFile, stat, truncate, unlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { Manifest } from '../../src/model/manifest.js';
import type { Store } from '../../src/model/ports.js';
import { openStore } from '../../src/store/open-store.js';
import { aManifest, aPane, namesIn, temporaryStore, value } from './support.js';

const text = (name: string): Buffer => Buffer.from(`${name}\n`.repeat(1000));

/** Stores a text for which there is room. */
async function put(store: Store, bytes: Uint8Array): Promise<string> {
  const hash = value(await store.putContents(bytes));
  assert.ok(hash !== null, 'there is room');
  return hash;
}

/** Makes a stored text as old as an hour. */
async function age(store: Store, sha256: string): Promise<void> {
  const old = Date.now() / 1000 - 3600;
  await utimes(join(store.folder, 'contents', `${sha256}.gz`), old, old);
}

/** Returns a manifest whose panes refer to these texts. */
function referringTo(second: number, ...hashes: readonly string[]): Manifest {
  const manifest = aManifest(new Date(Date.now() - 60_000 + second * 1000));
  const [window] = manifest.windows;
  assert.ok(window !== undefined);
  return { ...manifest, windows: [{ ...window, panes: hashes.map((hash, index) => aPane(index + 1, hash)) }] };
}

test('a text is stored once under the hash of its bytes, compressed', async (t) => {
  const store = await temporaryStore(t);
  const hash = await put(store, text('a'));
  assert.equal(hash, createHash('sha256').update(text('a')).digest('hex'));
  const path = await store.contentsPath(hash);
  assert.equal(path, join(store.folder, 'contents', `${hash}.gz`));
  assert.deepEqual(gunzipSync(await readFile(path)), text('a'));
  const { ino } = await stat(path);
  await age(store, hash);
  assert.equal(await put(store, text('a')), hash);
  const again = await stat(path);
  assert.equal(again.ino, ino);
  assert.ok(Date.now() - again.mtimeMs < 10_000, 'storing it again makes it young');
});

test('an empty text and the same text many times at once are no special cases', async (t) => {
  const store = await temporaryStore(t);
  const empty = await put(store, new Uint8Array());
  assert.equal(gunzipSync(await readFile(String(await store.contentsPath(empty)))).length, 0);
  const hashes = await Promise.all([1, 2, 3, 4].map(() => put(store, text('b'))));
  assert.equal(new Set(hashes).size, 1);
  assert.equal((await namesIn(join(store.folder, 'contents'))).length, 2);
});

test('a text that is not there, or no hash at all, has no path', async (t) => {
  const store = await temporaryStore(t);
  assert.equal(await store.contentsPath('0'.repeat(64)), null);
  assert.equal(await store.contentsPath('../manifest'), null);
});

test('a truncated text is stored again', async (t) => {
  const store = await temporaryStore(t);
  const hash = await put(store, text('a'));
  const path = join(store.folder, 'contents', `${hash}.gz`);
  await truncate(path, 0);
  assert.equal(await store.contentsPath(hash), null);
  await put(store, text('a'));
  assert.deepEqual(gunzipSync(await readFile(path)), text('a'));
});

test('a sweep removes what no state refers to, once it is older than ten minutes', async (t) => {
  const store = await temporaryStore(t);
  const [current, earlier, archived, loose, young] = await Promise.all(
    ['current', 'earlier', 'archived', 'loose', 'young'].map((name) => put(store, text(name))),
  );
  assert.ok(current !== undefined && earlier !== undefined && archived !== undefined);
  assert.ok(loose !== undefined && young !== undefined);
  value(await store.save(referringTo(0, earlier)));
  value(await store.save(referringTo(1, current)));
  value(await store.archive(referringTo(2, archived)));
  for (const hash of [current, earlier, archived, loose]) await age(store, hash);
  assert.equal(value(await store.sweepContents()), 1);
  const left = [current, earlier, archived, young].map((hash) => `${hash}.gz`).sort();
  assert.deepEqual(await namesIn(join(store.folder, 'contents')), left);
  assert.equal(value(await store.sweepContents()), 0);
});

test('what a state of a newer format or a damaged one refers to is not swept', async (t) => {
  const store = await temporaryStore(t);
  const hash = await put(store, text('a'));
  await age(store, hash);
  const manifest = join(store.folder, 'manifest.json');
  await writeFile(manifest, `{ "format": "tmux-persist/9", "scrollback": "${hash}"`);
  assert.equal(value(await store.sweepContents()), 0);
  await unlink(manifest);
  assert.equal(value(await store.sweepContents()), 1);
});

/** What random bytes take on the disk: gzip can make nothing of them. */
const KILO = 1024 + 40;

/** Stores a text of a kilobyte that is as old as so many minutes. */
async function putOld(store: Store, minutes: number): Promise<string> {
  const hash = await put(store, randomBytes(1024));
  const old = Date.now() / 1000 - minutes * 60;
  await utimes(join(store.folder, 'contents', `${hash}.gz`), old, old);
  return hash;
}

const isThere = async (store: Store, hash: string): Promise<boolean> => (await store.contentsPath(hash)) !== null;

test('where there is too much, what only earlier states refer to goes, the oldest first, and nothing of the last good state', async (t) => {
  const store = await temporaryStore(t, { contentsBudget: 5 * KILO });
  const oldest = await putOld(store, 50);
  const older = await putOld(store, 40);
  const earlier = await putOld(store, 5);
  const current = [await putOld(store, 90), await putOld(store, 80)];
  value(await store.save(referringTo(0, older, oldest)));
  value(await store.save(referringTo(1, earlier)));
  value(await store.save(referringTo(2, ...current)));
  assert.equal(value(await store.sweepContents()), 0, 'what fits stays');
  const added = await put(store, randomBytes(1024));
  const left = await Promise.all([oldest, older, earlier, ...current, added].map((hash) => isThere(store, hash)));
  assert.deepEqual(left, [false, false, true, true, true, true]);
});

test('a text of the last minute stays even where there is too much: a save may be about to refer to it', async (t) => {
  const store = await temporaryStore(t, { contentsBudget: 2 * KILO });
  value(await store.save(referringTo(0)));
  const young = await Promise.all([1, 2].map(() => put(store, randomBytes(1024))));
  assert.equal(value(await store.putContents(randomBytes(1024))), null);
  assert.deepEqual(await Promise.all(young.map((hash) => isThere(store, hash))), [true, true]);
});

test('where the last good state alone takes all there is, nothing new is stored, and what is there can be stored again', async (t) => {
  const store = await temporaryStore(t, { contentsBudget: 2 * KILO });
  const bytes = randomBytes(1024);
  const current = [await put(store, bytes), await putOld(store, 90)];
  value(await store.save(referringTo(0, ...current)));
  assert.equal(value(await store.putContents(randomBytes(1024))), null);
  assert.equal(value(await store.putContents(randomBytes(1024))), null);
  assert.deepEqual(await Promise.all(current.map((hash) => isThere(store, hash))), [true, true]);
  assert.equal(value(await store.putContents(bytes)), current[0]);
  assert.equal((await namesIn(join(store.folder, 'contents'))).length, 2);
});

test('what a damaged manifest.json refers to is not known, so nothing makes room for anything', async (t) => {
  const store = await temporaryStore(t, { contentsBudget: 2 * KILO });
  const hashes = [await putOld(store, 90), await putOld(store, 80)];
  value(await store.save(referringTo(0, ...hashes)));
  value(await store.save(referringTo(1)));
  await unlink(join(store.folder, 'manifest.json'));
  assert.equal(value(await store.putContents(randomBytes(1024))), null);
  assert.deepEqual(await Promise.all(hashes.map((hash) => isThere(store, hash))), [true, true]);
});

test('a store that is opened anew counts what is there', async (t) => {
  const store = await temporaryStore(t);
  value(await store.save(referringTo(0, await putOld(store, 90), await putOld(store, 80))));
  const again = value(await openStore(store.folder, { create: true, contentsBudget: 2 * KILO }));
  assert.equal(value(await again.putContents(randomBytes(1024))), null);
});

test('a stored text comes back byte for byte; one that is damaged, missing or no hash does not', async (t) => {
  const store = await temporaryStore(t);
  const bytes = randomBytes(5000);
  const hash = await put(store, bytes);
  assert.deepEqual(await store.readContents(hash), bytes);
  const path = String(await store.contentsPath(hash));
  await truncate(path, 1000);
  assert.equal(await store.readContents(hash), null);
  await unlink(path);
  assert.equal(await store.readContents(hash), null);
  assert.equal(await store.readContents('../manifest'), null);
});

test('a text that unpacks to more than any pane has is damage', async (t) => {
  const store = await temporaryStore(t);
  const hash = await put(store, Buffer.alloc(17 * 1024 * 1024));
  assert.equal(await store.readContents(hash), null);
});
