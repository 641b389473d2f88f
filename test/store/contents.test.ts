/**
 * Scrollback on a real folder.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile, stat, truncate, unlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { Manifest } from '../../src/model/manifest.js';
import type { Store } from '../../src/model/ports.js';
import { aManifest, aPane, namesIn, temporaryStore, value } from './support.js';

const text = (name: string): Buffer => Buffer.from(`${name}\n`.repeat(1000));

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
  const hash = value(await store.putContents(text('a')));
  assert.equal(hash, createHash('sha256').update(text('a')).digest('hex'));
  const path = await store.contentsPath(hash);
  assert.equal(path, join(store.folder, 'contents', `${hash}.gz`));
  assert.deepEqual(gunzipSync(await readFile(path)), text('a'));
  const { ino } = await stat(path);
  await age(store, hash);
  assert.equal(value(await store.putContents(text('a'))), hash);
  const again = await stat(path);
  assert.equal(again.ino, ino);
  assert.ok(Date.now() - again.mtimeMs < 10_000, 'storing it again makes it young');
});

test('an empty text and the same text many times at once are no special cases', async (t) => {
  const store = await temporaryStore(t);
  const empty = value(await store.putContents(new Uint8Array()));
  assert.equal(gunzipSync(await readFile(String(await store.contentsPath(empty)))).length, 0);
  const hashes = await Promise.all([1, 2, 3, 4].map(async () => value(await store.putContents(text('b')))));
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
  const hash = value(await store.putContents(text('a')));
  const path = join(store.folder, 'contents', `${hash}.gz`);
  await truncate(path, 0);
  assert.equal(await store.contentsPath(hash), null);
  value(await store.putContents(text('a')));
  assert.deepEqual(gunzipSync(await readFile(path)), text('a'));
});

test('a sweep removes what no state refers to, once it is older than ten minutes', async (t) => {
  const store = await temporaryStore(t);
  const [current, earlier, archived, loose, young] = await Promise.all(
    ['current', 'earlier', 'archived', 'loose', 'young'].map(async (name) =>
      value(await store.putContents(text(name))),
    ),
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
  const hash = value(await store.putContents(text('a')));
  await age(store, hash);
  const manifest = join(store.folder, 'manifest.json');
  await writeFile(manifest, `{ "format": "tmux-persist/9", "scrollback": "${hash}"`);
  assert.equal(value(await store.sweepContents()), 0);
  await unlink(manifest);
  assert.equal(value(await store.sweepContents()), 1);
});
