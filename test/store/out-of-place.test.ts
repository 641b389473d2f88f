/**
 * Beside the states: whatever lies in the place of the lock, the journal and the other small files costs what they held, and
 * stops neither saving nor restoring.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { lstat, mkdir, readFile, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Aside } from '../../src/model/aside.js';
import type { JournalEntry } from '../../src/model/journal.js';
import { openStore } from '../../src/store/open-store.js';
import { ownIdentity } from '../../src/store/process-identity.js';
import { stateFolder } from '../../src/store/state-folder.js';
import { ended, startChild } from './children.js';
import { aManifest, namesIn, temporaryFolder, temporaryStore, value } from './support.js';

const ENTRY: JournalEntry = { kind: 'refusal', at: '', bootId: '', code: 'code', message: '' };
const ASIDE: Aside = {
  format: 'tmux-persist-aside/1',
  server: { bootId: 'boot', pid: 1, startTime: 2 },
  hooks: [{ table: 'session', name: 'session-created[0]', command: 'display-message x' }],
  manualSize: false,
  windows: [],
};

/** Each puts something into a place that is free. */
const planted: Readonly<Record<string, (path: string) => Promise<void>>> = {
  'an empty file': (path) => writeFile(path, ''),
  garbage: (path) => writeFile(path, '{"pid":1, \u0000\u00ff'),
  'another JSON': (path) => writeFile(path, '[{"format":1}]'),
  'a gigabyte': async (path) => {
    await writeFile(path, '');
    await truncate(path, 1 << 30);
  },
  'a folder': async (path) => {
    await mkdir(path);
    await writeFile(join(path, 'kept'), 'kept');
  },
  'a symbolic link to a file': async (path) => {
    await writeFile(join(dirname(path), 'elsewhere'), 'not ours');
    await symlink('elsewhere', path);
  },
  'a symbolic link to nowhere': (path) => symlink('/nonexistent/file', path),
  'a FIFO': (path) => Promise.resolve(void execFileSync('mkfifo', [path])),
};

for (const [what, plant] of Object.entries(planted)) {
  test(`${what} in the place of every small file stops nothing`, async (t) => {
    const store = await temporaryStore(t);
    value(await store.save(aManifest(new Date(Date.now() - 1000))));
    const old = Date.now() / 1000 - 3;
    for (const name of ['lock', 'agent.json.lock', 'agent.json', 'journal.json', 'aside.json', 'checked']) {
      const path = join(store.folder, name);
      await rm(path, { force: true });
      await plant(path);
      // A garbled lock may be one that is just being written, for a moment.
      if ((await lstat(path)).isFile()) await utimes(path, old, old);
    }
    assert.equal(await store.readAgent(), null);
    assert.deepEqual(value(await store.readJournal().then(orNone)), []);
    assert.equal(await store.readAside(), null);

    const lock = value(await store.lock(5000));
    const record = { ...ownIdentity(), state: 'watching', since: '', onBus: false, version: '', problems: [] } as const;
    value(await store.writeAgent(record));
    assert.deepEqual(await store.readAgent(), record);
    const saved = value(await store.save(aManifest(new Date())));
    assert.equal(value(await store.load()).stored?.manifest.id, saved.manifest.id);
    value(await store.touchChecked());
    assert.ok(Date.now() - ((await store.checkedAt())?.getTime() ?? 0) < 10_000);
    value(await store.writeAside(ASIDE));
    assert.deepEqual(await store.readAside(), ASIDE);
    value(await store.writeAside(null));
    assert.equal(await store.readAside(), null);
    await store.removeAgent();
    await lock.release();

    // What somebody may still want is where it was, or beside it.
    const left = await namesIn(store.folder, /unreadable|elsewhere/);
    for (const name of left.filter((candidate) => candidate.includes('agent.json'))) {
      if (what === 'a folder') assert.equal(await readFile(join(store.folder, name, 'kept'), 'utf8'), 'kept');
    }
    if (left.includes('elsewhere')) assert.equal(await readFile(join(store.folder, 'elsewhere'), 'utf8'), 'not ours');
    assert.deepEqual(
      await namesIn(store.folder, /^(lock|agent)|tmp$/),
      left.filter((name) => /^(lock|agent)/.test(name)),
    );
  });
}

/** A link in the place of the journal is refused by name, as a value, and nothing depends on it. */
const orNone = (read: Awaited<ReturnType<Awaited<ReturnType<typeof temporaryStore>>['readJournal']>>) =>
  !read.ok && read.error.reason === 'foreign-owner' ? ({ ok: true, value: [] } as const) : read;

test('a damaged journal is begun anew, and what it was is kept', async (t) => {
  for (const what of ['garbage', 'a gigabyte', 'a folder', 'a FIFO'] as const) {
    const store = await temporaryStore(t);
    await planted[what]?.(join(store.folder, 'journal.json'));
    value(await store.appendJournal(ENTRY));
    assert.deepEqual(value(await store.readJournal()), [ENTRY], what);
    assert.equal((await namesIn(store.folder, /^journal\.json\..*\.unreadable$/)).length, 1, what);
  }
});

test('a folder in the place of the machine id holds up no writer', async (t) => {
  const home = await temporaryFolder(t);
  const machine = { hostname: 'host', machineId: 'machine', bootId: 'boot', wasBootHere: () => Promise.resolve(false) };
  const place = { ...machine, env: { HOME: home }, socketPath: '/x', uid: 7, create: true };
  const folder = value(await stateFolder(place));
  const marker = join(folder, '..', 'machine-id');
  await rm(marker);
  await mkdir(marker);
  assert.equal(value(await stateFolder(place)), folder);
  assert.equal(await readFile(marker, 'utf8'), 'machine\nboot\n');
  value(await openStore(folder, { create: true }));
});

test('of many processes that find a folder in the place of the lock, never two hold it at once', async (t) => {
  const store = await temporaryStore(t);
  const path = join(store.folder, 'lock');
  await mkdir(path);
  const takers = [1, 2, 3, 4].map(() => startChild(t, store.folder, 'take turns', '30'));
  let left = takers.length;
  const ends = takers.map((taker) => ended(taker).finally(() => (left -= 1)));
  let planting = 1;
  while (left > 0) {
    // Only where there is no lock at the moment.
    const isPlanted = await mkdir(path).then(
      () => true,
      () => false,
    );
    if (isPlanted) planting += 1;
    await delay(5);
  }
  assert.deepEqual(await Promise.all(ends), [0, 0, 0, 0]);
  await value(await store.lock(5000)).release();
  assert.equal((await namesIn(store.folder, /^lock\..*\.unreadable$/)).length, planting);
  assert.deepEqual(await namesIn(store.folder, /^lock(?!.*unreadable$)|inside|tmp/), []);
});
