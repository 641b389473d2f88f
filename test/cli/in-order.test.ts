/** Work that is done several things at a time, and told in order. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inOrder } from '../../src/cli/in-order.js';

test('no more than so many are worked on at once, and all are told in their order, each as soon as it can be', async () => {
  const ends: (() => void)[] = [];
  const told: number[] = [];
  const work = (thing: number): Promise<number> => new Promise((resolve) => (ends[thing] = () => resolve(thing)));
  const all = inOrder([0, 1, 2, 3], 2, work, (result) => told.push(result));
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const step = async (thing: number): Promise<readonly number[]> => {
    ends[thing]?.();
    await settle();
    return [...told];
  };
  assert.deepEqual(Object.keys(ends), ['0', '1']);
  assert.deepEqual(await step(1), []);
  assert.deepEqual(Object.keys(ends), ['0', '1', '2']);
  assert.deepEqual(await step(0), [0, 1]);
  assert.deepEqual(await step(3), [0, 1]);
  assert.deepEqual(await step(2), [0, 1, 2, 3]);
  assert.deepEqual(await all, [0, 1, 2, 3]);
  assert.deepEqual(await inOrder([], 2, work), []);
});
