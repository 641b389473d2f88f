/**
 * Saving, loading and history on a real folder.
 */
import assert from 'node:assert/strict';
import { readFile, rm, stat, unlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseManifest } from '../../src/model/manifest.js';
import { openStore } from '../../src/store/open-store.js';
import { aManifest, failure, idAt, idIn, namesIn, temporaryStore, value } from './support.js';

const start = Date.now() - 60_000;
const at = (second: number): Date => new Date(start + second * 1000);

test('what is saved is loaded again, byte for byte', async (t) => {
  const store = await temporaryStore(t);
  const manifest = aManifest(at(0), { lastSession: { base64: '/w==' } }, 3);
  const stored = value(await store.save(manifest));
  const loaded = value(await store.load());
  assert.deepEqual(loaded, { stored: { ...stored, manifest }, quarantined: [] });
  assert.equal(stored.path, join(store.folder, 'manifest.json'));
  assert.equal(stored.bytes, (await stat(stored.path)).size);
});

test('a new store is empty', async (t) => {
  const store = await temporaryStore(t);
  assert.deepEqual(value(await store.load()), { stored: null, quarantined: [] });
  assert.deepEqual(value(await store.history()), []);
  assert.deepEqual(value(await store.readJournal()), []);
  assert.equal(await store.checkedAt(), null);
  assert.equal(await store.stamp(), null);
  assert.equal(value(await store.sweepContents()), 0);
  failure(await store.find(idAt(at(0))), 'not-found');
});

test('files are 0600 and folders 0700', async (t) => {
  const store = await temporaryStore(t);
  value(await store.save(aManifest(at(0))));
  value(await store.save(aManifest(at(1))));
  const hash = value(await store.putContents(Buffer.from('text')));
  value(await store.appendJournal({ kind: 'refusal', at: '', bootId: '', code: '', message: '' }));
  const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;
  for (const folder of [store.folder, join(store.folder, '..'), join(store.folder, '..', '..')]) {
    assert.equal(await modeOf(folder), 0o700, folder);
  }
  for (const name of ['history', 'contents']) assert.equal(await modeOf(join(store.folder, name)), 0o700, name);
  const files = [
    'manifest.json',
    'checked',
    'journal.json',
    `history/${idAt(at(0))}.json`,
    `contents/${String(hash)}.gz`,
  ];
  for (const name of files) {
    assert.equal(await modeOf(join(store.folder, name)), 0o600, name);
  }
});

test('every replaced state goes to history, newest first, with its counts', async (t) => {
  const store = await temporaryStore(t);
  for (const second of [0, 1, 2]) value(await store.save(aManifest(at(second), {}, second + 1)));
  const history = value(await store.history());
  assert.deepEqual(
    history.map(({ id, panes, sessions, windows, trigger }) => ({ id, panes, sessions, windows, trigger })),
    [2, 1, 0].map((second) => ({ id: idAt(at(second)), panes: second + 1, sessions: 1, windows: 1, trigger: 'test' })),
  );
  for (const entry of history) {
    assert.equal(await idIn(entry.path), entry.id);
    assert.equal(value(await store.find(entry.id)).manifest.id, entry.id);
  }
  assert.equal(history[0]?.path, join(store.folder, 'manifest.json'));
});

test('an archived state is in history and is not what is loaded', async (t) => {
  const store = await temporaryStore(t);
  value(await store.save(aManifest(at(0))));
  value(await store.archive(aManifest(at(1))));
  assert.equal(value(await store.load()).stored?.manifest.id, idAt(at(0)));
  const ids = value(await store.history()).map((entry) => entry.id);
  assert.deepEqual(ids, [idAt(at(0)), idAt(at(1))]);
  assert.equal(value(await store.find(idAt(at(1)))).manifest.id, idAt(at(1)));
});

test('an archived state does not stand in for an older one that was saved', async (t) => {
  const store = await temporaryStore(t);
  value(await store.save(aManifest(at(0))));
  value(await store.save(aManifest(at(1))));
  value(await store.archive(aManifest(at(2))));
  await unlink(join(store.folder, 'manifest.json'));
  assert.equal(value(await store.load()).stored?.manifest.id, idAt(at(0)));
});

test('a reader beside a writer never sees anything but a whole manifest, whose predecessor is in history', async (t) => {
  const store = await temporaryStore(t);
  value(await store.save(aManifest(at(0), {}, 100)));
  const writer = { isSaving: true };
  const reader = (async (): Promise<number> => {
    let looks = 0;
    for (; writer.isSaving; looks += 1) {
      const id = await idIn(join(store.folder, 'manifest.json'));
      const names = await namesIn(join(store.folder, 'history'));
      for (let second = 0; idAt(at(second)) < id; second += 1) assert.ok(names.includes(`${idAt(at(second))}.json`));
    }
    return looks;
  })();
  for (let second = 1; second < 30; second += 1) value(await store.save(aManifest(at(second), {}, 100)));
  writer.isSaving = false;
  assert.ok((await reader) > 10);
});

test('saves that are asked for at once are done one after the other', async (t) => {
  const store = await temporaryStore(t);
  const saves = [0, 1, 2, 3, 4].map((second) => store.save(aManifest(at(second))));
  for (const saved of await Promise.all(saves)) value(saved);
  assert.equal(value(await store.load()).stored?.manifest.id, idAt(at(4)));
  assert.equal(value(await store.history()).length, 5);
});

test('a state saved by another process goes to history like our own', async (t) => {
  const store = await temporaryStore(t);
  value(await store.save(aManifest(at(0))));
  const stamp = await store.stamp();
  const other = value(await openStore(store.folder, { create: true }));
  value(await other.save(aManifest(at(1))));
  assert.notEqual(await store.stamp(), stamp);
  value(await store.save(aManifest(at(2))));
  assert.deepEqual(
    value(await store.history()).map((entry) => entry.id),
    [2, 1, 0].map((second) => idAt(at(second))),
  );
});

test('a folder that is removed while the store is open is made again by the next save', async (t) => {
  const store = await temporaryStore(t);
  value(await store.save(aManifest(at(0))));
  await rm(join(store.folder, '..', '..'), { recursive: true });
  failure(await store.touchChecked(), 'nothing-saved');
  value(await store.save(aManifest(at(1))));
  assert.equal(value(await store.load()).stored?.manifest.id, idAt(at(1)));
  assert.equal(value(await store.history()).length, 1);
});

test('a manifest that could not be read again is not written', async (t) => {
  const store = await temporaryStore(t);
  value(await store.save(aManifest(at(0))));
  const broken = failure(await store.save(aManifest(at(1), { windows: [] })), 'state-unwritable');
  assert.match(broken.detail, /missing window @1/);
  assert.equal(value(await store.load()).stored?.manifest.id, idAt(at(0)));
});

test('a save and a look that found nothing new both set the time of the last look', async (t) => {
  const store = await temporaryStore(t);
  value(await store.save(aManifest(at(0))));
  const checked = join(store.folder, 'checked');
  assert.equal((await stat(checked)).size, 0);
  await utimes(checked, 1, 1);
  assert.equal((await store.checkedAt())?.getTime(), 1000);
  value(await store.touchChecked());
  assert.ok(Date.now() - ((await store.checkedAt())?.getTime() ?? 0) < 10_000);
  await unlink(checked);
  value(await store.touchChecked());
  assert.ok((await store.checkedAt()) !== null);
});

test('retention holds history at its limit while states are saved every second', async (t) => {
  const store = await temporaryStore(t);
  // All within the last hour, so that only the cap can thin.
  const end = Date.now();
  const seconds = Array.from({ length: 230 }, (_, index) => new Date(end - (230 - index) * 1000));
  for (const time of seconds) value(await store.save(aManifest(time)));
  const history = value(await store.history());
  assert.equal(history.length, 201);
  assert.equal(history[0]?.id, idAt(seconds.at(-1) ?? new Date()));
  assert.equal(history[1]?.id, idAt(seconds.at(-2) ?? new Date()));
  const text = await readFile(history.at(-1)?.path ?? '', 'utf8');
  assert.ok(parseManifest(text, '').ok);
});

test('states of other days are thinned to one a day, for as long as was asked', async (t) => {
  const days = { count: 3 };
  const store = await temporaryStore(t, { historyDays: () => days.count });
  const noon = Math.floor(Date.now() / 86_400_000) * 86_400_000 - 43_200_000;
  for (let day = 6; day >= 1; day -= 1) {
    for (const second of [0, 1]) value(await store.save(aManifest(new Date(noon - day * 86_400_000 + second * 1000))));
  }
  value(await store.save(aManifest(new Date())));
  // Pruning comes once a minute: another instance has not yet had its turn.
  const other = value(await openStore(store.folder, { create: true, historyDays: () => days.count }));
  value(await other.save(aManifest(new Date(Date.now() + 1))));
  const old = value(await store.history()).filter((entry) => Date.parse(entry.savedAt) < Date.now() - 43_200_000);
  const dates = old.map((entry) => entry.savedAt.slice(0, 10));
  assert.equal(new Set(dates).size, dates.length, dates.join(' '));
  assert.ok(dates.length >= 1 && dates.length <= 3, dates.join(' '));
});
