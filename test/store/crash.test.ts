/**
 * P3: a process that is killed at any step of a save costs that save and nothing else.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { openStore } from '../../src/store/open-store.js';
import { ended, killed, nextWord, startChild } from './children.js';
import { aManifest, idIn, namesIn, temporaryStore, value } from './support.js';

const STEPS = ['link', 'sync history', 'open', 'write', 'sync', 'read back', 'rename', 'sync folder', 'written'];

test('the steps at which a save is killed below are all that it has', async (t) => {
  const steps: string[] = [];
  const store = await temporaryStore(t, { step: (name) => void steps.push(name) });
  value(await store.save(aManifest(new Date(0))));
  steps.length = 0;
  value(await store.save(aManifest(new Date(1))));
  assert.deepEqual(steps, STEPS);
});

for (const step of STEPS) {
  test(`SIGKILL before '${step}' leaves the state that was there or the new one, and history whole`, async (t) => {
    const store = await temporaryStore(t);
    const before = aManifest(new Date());
    value(await store.save(before));
    assert.equal(await ended(startChild(t, store.folder, 'save', step)), 'SIGKILL');

    const path = join(store.folder, 'manifest.json');
    const isRenamed = STEPS.indexOf(step) > STEPS.indexOf('rename');
    assert.equal((await idIn(path)) !== before.id, isRenamed);
    assert.equal(value(await store.find(before.id)).manifest.id, before.id);
    assert.equal(value(await store.peek()).quarantined.length, 0);
    assert.equal(value(await store.history()).length, isRenamed ? 2 : 1);

    const next = value(await openStore(store.folder, { create: true }));
    assert.deepEqual(await namesIn(store.folder, /\.tmp$/), []);
    const after = value(await next.save(aManifest(new Date())));
    assert.equal(await idIn(path), after.manifest.id);
    assert.equal(value(await next.history()).length, isRenamed ? 3 : 2);
  });
}

test('a process that is killed at any moment of many saves leaves whole states only', async (t) => {
  const store = await temporaryStore(t);
  for (let round = 0; round < 5; round += 1) {
    const child = startChild(t, store.folder, 'save on and on');
    for (let word = 0; word <= round; word += 1) await nextWord(child);
    await killed(child);
    assert.equal(value(await store.peek()).quarantined.length, 0);
    for (const name of await namesIn(join(store.folder, 'history'))) {
      assert.equal(`${await idIn(join(store.folder, 'history', name))}.json`, name);
    }
  }
});
