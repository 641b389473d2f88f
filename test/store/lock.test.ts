/**
 * The lock, between real processes.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chown, lstat, readFile, rename, unlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { bootId, identityFrom, ownIdentity } from '../../src/store/process-identity.js';
import { ended, killed, nextWord, startChild } from './children.js';
import { assertRoot, failure, namesIn, temporaryStore, value } from './support.js';

test('a lock names its holder and goes when it is released', async (t) => {
  const store = await temporaryStore(t);
  const lock = value(await store.lock(0));
  const path = join(store.folder, 'lock');
  assert.deepEqual(identityFrom(JSON.parse(await readFile(path, 'utf8'))), ownIdentity());
  assert.equal((await lstat(path)).mode & 0o777, 0o600);
  await lock.release();
  assert.deepEqual(await namesIn(store.folder, /lock/), []);
});

test('the same process waits for itself as for any other', async (t) => {
  const store = await temporaryStore(t);
  const first = value(await store.lock(0));
  assert.equal(failure(await store.lock(60), 'locked').pid, process.pid);
  const second = store.lock(10_000);
  await first.release();
  const lock = value(await second);
  await first.release();
  assert.equal(failure(await store.lock(0), 'locked').pid, process.pid);
  await lock.release();
  await value(await store.lock(0)).release();
});

test('a living process keeps its lock, a killed one loses it', async (t) => {
  const store = await temporaryStore(t);
  const holder = startChild(t, store.folder, 'hold the lock');
  await nextWord(holder);
  const before = performance.now();
  assert.equal(failure(await store.lock(100), 'locked').pid, holder.pid);
  assert.ok(performance.now() - before >= 99);
  const waiting = store.lock(10_000);
  await killed(holder);
  await value(await waiting).release();
  assert.deepEqual(await namesIn(store.folder, /lock/), []);
});

test('of many processes that find a dead lock, never two hold it at once, though some are killed', async (t) => {
  const store = await temporaryStore(t);
  const holder = startChild(t, store.folder, 'hold the lock');
  await nextWord(holder);
  await killed(holder);
  const takers = [1, 2, 3, 4].map(() => startChild(t, store.folder, 'take turns', '40'));
  const ends = takers.map(ended);
  for (let round = 0; round < 3; round += 1) {
    // Holders that die in turn: each leaves a dead lock for which the others race.
    const victim = startChild(t, store.folder, 'hold the lock');
    await nextWord(victim);
    await killed(victim);
  }
  assert.deepEqual(await Promise.all(ends), [0, 0, 0, 0]);
  assert.deepEqual(await namesIn(store.folder, /lock|inside|tmp/), []);
});

test('of many processes that all die with the lock, never two take it over at once', async (t) => {
  const store = await temporaryStore(t);
  const takers = [1, 2, 3, 4].map(() => startChild(t, store.folder, 'die in turns', '60'));
  assert.deepEqual(await Promise.all(takers.map(ended)), [0, 0, 0, 0]);
  await value(await store.lock(0)).release();
  assert.deepEqual(await namesIn(store.folder, /lock|inside|tmp/), []);
});

test('a lock of another boot, of a pid that is gone, or of one that is used again is dead', async (t) => {
  const store = await temporaryStore(t);
  const gone = spawn('true');
  await once(gone, 'exit');
  const own = ownIdentity();
  const dead = [
    { ...own, bootId: 'another' },
    { ...own, startTime: '1' },
    { pid: gone.pid, startTime: '1', bootId: bootId() },
  ];
  for (const identity of dead) {
    await writeFile(join(store.folder, 'lock'), JSON.stringify(identity));
    await value(await store.lock(0)).release();
  }
});

test('a taker that died half way is taken over like the lock itself', async (t) => {
  const store = await temporaryStore(t);
  const path = join(store.folder, 'lock');
  const dead = JSON.stringify({ ...ownIdentity(), startTime: '1' });
  const right = `${path}.takeover-${createHash('sha256').update(dead).digest('hex').slice(0, 16)}`;

  await writeFile(path, dead);
  await writeFile(right, JSON.stringify({ ...ownIdentity(), startTime: '2' }));
  await value(await store.lock(0)).release();
  assert.deepEqual(await namesIn(store.folder, /lock/), []);

  await writeFile(path, dead);
  await writeFile(right, JSON.stringify(ownIdentity()));
  failure(await store.lock(60), 'locked');
  assert.equal(await readFile(path, 'utf8'), dead);
});

test('an empty or garbled lock is held while it is young and dead after two seconds', async (t) => {
  const store = await temporaryStore(t);
  const path = join(store.folder, 'lock');
  for (const text of ['', '{', '[]', '{"pid":"1"}']) {
    await writeFile(path, text);
    assert.equal(failure(await store.lock(0), 'locked').pid, 0);
    const old = Date.now() / 1000 - 3;
    await utimes(path, old, old);
    await value(await store.lock(0)).release();
  }
});

test('what is no longer ours is not released', async (t) => {
  const store = await temporaryStore(t);
  const path = join(store.folder, 'lock');
  const lock = value(await store.lock(0));
  await unlink(path);
  const other = value(await store.lock(0));
  await lock.release();
  assert.equal(failure(await store.lock(0), 'locked').pid, process.pid);
  await other.release();
  assert.deepEqual(await namesIn(store.folder, /lock/), []);
});

test('a lock that was left behind in a folder that went away holds up nobody once the folder is back', async (t) => {
  const store = await temporaryStore(t);
  const away = `${store.folder}-away`;
  const lock = value(await store.lock(0));
  await rename(store.folder, away);
  await lock.release();
  await rename(away, store.folder);
  assert.deepEqual(await namesIn(store.folder, /lock/), ['lock']);
  const [first, second] = await Promise.all([store.lock(5000), store.lock(0)]);
  await value(first.ok ? first : second).release();
  // One of two at once; who has it can't be told in the very moment in which it is taken over.
  assert.ok([0, process.pid].includes(failure(first.ok ? second : first, 'locked').pid));
  await value(await store.lock(0)).release();
  assert.deepEqual(await namesIn(store.folder, /lock/), []);
});

test('a lock of another user is refused: nobody can see whether its holder lives', async (t) => {
  assertRoot();
  const store = await temporaryStore(t);
  const path = join(store.folder, 'lock');
  await writeFile(path, '');
  await chown(path, 12_345, 12_345);
  failure(await store.lock(1000), 'foreign-owner');
  assert.equal((await lstat(path)).uid, 12_345);
});
