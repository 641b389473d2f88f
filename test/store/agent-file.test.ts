/**
 * agent.json, between real processes.
 */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { AgentRecord } from '../../src/model/ports.js';
import { ownIdentity } from '../../src/store/process-identity.js';
import { killed, nextWord, startChild } from './children.js';
import { failure, namesIn, temporaryStore, value } from './support.js';

const aRecord = (): AgentRecord => ({
  ...ownIdentity(),
  state: 'starting',
  since: '2026-01-01T00:00:00.000Z',
  onBus: true,
  version: '1.0.0',
  problems: [{ code: 'a', message: 'b', hint: 'c' }],
});

test('an agent writes its record, updates it and removes it', async (t) => {
  const store = await temporaryStore(t);
  assert.equal(await store.readAgent(), null);
  value(await store.writeAgent(aRecord()));
  assert.deepEqual(await store.readAgent(), aRecord());
  value(await store.writeAgent({ ...aRecord(), state: 'watching' }));
  assert.equal((await store.readAgent())?.state, 'watching');
  await store.removeAgent();
  assert.equal(await store.readAgent(), null);
  assert.deepEqual(await namesIn(store.folder, /agent/), []);
});

test('a living agent is not replaced or removed by another, a killed one is', async (t) => {
  const store = await temporaryStore(t);
  const other = startChild(t, store.folder, 'serve');
  assert.equal(await nextWord(other), 'serving');
  assert.equal(failure(await store.writeAgent(aRecord()), 'agent-running').pid, other.pid);
  await store.removeAgent();
  assert.equal((await store.readAgent())?.pid, other.pid);
  await killed(other);
  assert.equal(await store.readAgent(), null);
  value(await store.writeAgent(aRecord()));
  assert.equal((await store.readAgent())?.pid, process.pid);
});

test('of agents that start at once one serves', async (t) => {
  const store = await temporaryStore(t);
  const words = await Promise.all([1, 2, 3].map(() => nextWord(startChild(t, store.folder, 'serve'))));
  assert.deepEqual(words.sort(), ['agent-running', 'agent-running', 'serving']);
});

test('a damaged record counts as none', async (t) => {
  const store = await temporaryStore(t);
  for (const text of [
    '',
    'null',
    '{',
    JSON.stringify({ ...aRecord(), state: 'asleep' }),
    JSON.stringify(ownIdentity()),
  ]) {
    await writeFile(join(store.folder, 'agent.json'), text);
    assert.equal(await store.readAgent(), null);
  }
  value(await store.writeAgent(aRecord()));
});
