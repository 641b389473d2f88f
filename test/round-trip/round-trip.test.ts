/**
 * P1, P10 and R12 over random servers: whatever was there is there again. The seed of a case is in its name; run some again
 * with TMUX_PERSIST_SEEDS=17 or 1..50 or 3,9.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { seeds } from './seeds.js';
import { buildRandom, thereAndBack } from './trip.js';

describe('a random server comes back as it was', { concurrency: 6 }, () => {
  for (const seed of seeds('1..200')) {
    test(`seed ${String(seed)}`, async (t) => {
      const trip = await buildRandom(t, seed);
      assert.deepEqual(await thereAndBack(trip), []);
      assert.equal(existsSync(join(trip.rig.folder, 'CANARY')), false, 'a saved text was run');
    });
  }
});
