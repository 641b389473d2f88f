/**
 * Whatever restores, and whoever looks on, the same comes back: from an empty environment, in the C locale, and beside a
 * client whose terminal is smaller than all that was.
 */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { join } from 'node:path';
import { buildProgram } from '../support/agent-rig.js';
import { attachClient } from './client.js';
import { seeds } from './seeds.js';
import { buildRandom, byProgram, makeTrip, thereAndBack, VISITOR } from './trip.js';

before(buildProgram);

describe('a random server comes back as it was', { concurrency: 3 }, () => {
  for (const seed of seeds('201..205')) {
    test(`by a program with an empty environment (seed ${String(seed)})`, async (t) => {
      const trip = await buildRandom(t, seed);
      // Nothing but the place where its state lies, which is no place of the test's user.
      assert.deepEqual(await thereAndBack(byProgram(trip, { XDG_STATE_HOME: join(trip.rig.home, 'state') })), []);
    });

    test(`by a program and a server in the C locale (seed ${String(seed)})`, async (t) => {
      const locale = { LC_ALL: 'C', LANG: 'C', PATH: process.env['PATH'] ?? '/usr/bin:/bin' };
      const trip = await buildRandom(t, seed, locale);
      assert.deepEqual(await thereAndBack(byProgram(trip, { ...locale, HOME: trip.rig.home })), []);
    });

    test(`beside a client of 80x24 that is attached to another session (seed ${String(seed)})`, async (t) => {
      const trip = await buildRandom(t, seed);
      const visit = async (): Promise<void> => {
        await trip.rig.tmux('new-session', '-d', '-s', VISITOR, '-x', '80', '-y', '24', 'sleep', '1000');
        await attachClient(t, trip.rig, VISITOR);
      };
      assert.deepEqual(await thereAndBack(trip, visit), []);
    });
  }
});

for (const size of ['latest', 'largest', 'smallest']) {
  test(`a session of 120x40 keeps its size beside a client of 80x24 under window-size ${size}`, async (t) => {
    const trip = await makeTrip(t, `setw -g window-size ${size}`);
    await trip.rig.startEmpty();
    await trip.rig.source(
      'new-session -d -s big -x 120 -y 40 sleep 1000',
      'split-window -h -t big: sleep 1000',
      'split-window -v -l 7 -t big: sleep 1000',
      'new-window -d -t big:4 sleep 1000',
    );
    const visit = async (): Promise<void> => {
      await trip.rig.tmux('new-session', '-d', '-s', VISITOR, '-x', '80', '-y', '24', 'sleep', '1000');
      await attachClient(t, trip.rig, VISITOR);
    };
    assert.deepEqual(await thereAndBack(trip, visit), []);
    const sizes = await trip.rig.rows('list-windows', '#{window_width}x#{window_height}', '-t', 'big');
    assert.deepEqual(sizes, ['120x40', '120x40']);
  });
}
