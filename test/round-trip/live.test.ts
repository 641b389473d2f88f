/**
 * P5 over random servers: nothing that lives is touched, whatever is restored beside it. All that tmux shows of it stays, with
 * ids, pids, times, options, hooks and the global settings.
 */
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { RestoreReport } from '../../src/model/report.js';
import { waitFor } from '../support/tmux-rig.js';
import { attachClient } from './client.js';
import { changed, exactly } from './compare.js';
import { shown } from './facts.js';
import { see, type Seen } from './observer.js';
import { randomServer } from './random-server.js';
import { seeds } from './seeds.js';
import { batches, buildRandom, type Trip } from './trip.js';

const namesOf = (seen: Seen): string[] => seen.sessions.map(({ name }) => shown(name));

/** Kills the server and starts a fresh one. */
async function freshServer({ rig }: Trip): Promise<void> {
  await rig.kill();
  await rig.startEmpty();
}

/** Waits until two looks are equal: programs have reached their directories, windows have their automatic names. */
async function atRest(trip: Trip): Promise<Seen> {
  let last = '';
  return waitFor('a server at rest', async () => {
    const seen = await see(trip.rig);
    const [text, before] = [exactly(seen, new Set(namesOf(seen))).join('\n'), last];
    last = text;
    return text === before ? seen : null;
  });
}

/** Restores, and returns what changed of sessions that were there before. */
async function restoreBeside(trip: Trip, names: readonly string[] | null): Promise<[RestoreReport, string[]]> {
  const before = await atRest(trip);
  const live = new Set(namesOf(before));
  const report = await trip.restore({ names });
  return [report, changed(exactly(before, live), exactly(await atRest(trip), live))];
}

describe('what lives is never touched', { concurrency: 3 }, () => {
  for (const seed of seeds('301..308')) {
    test(`by restoring twice (seed ${String(seed)})`, async (t) => {
      const trip = await buildRandom(t, seed);
      await trip.save();
      await freshServer(trip);
      await trip.restore();
      const [report, changes] = await restoreBeside(trip, null);
      assert.deepEqual([report.restored, report.failed, report.differences, changes], [0, 0, [], []]);
    });

    test(`by restoring beside other sessions and a client (seed ${String(seed)})`, async (t) => {
      const trip = await buildRandom(t, seed);
      const saved = namesOf(await see(trip.rig));
      await trip.save();
      await freshServer(trip);
      // Others of the same kind, some of them with names that were saved.
      const folder = join(trip.rig.folder, 'others');
      await mkdir(folder);
      // tmux 3.3 to 3.6 crash at a new window under a global window-size manual.
      await trip.rig.tmux('set-option', '-gw', 'window-size', 'latest');
      for (const lines of batches(randomServer(seed + 1000, folder).lines))
        await trip.rig.source(...lines).catch(() => undefined);
      await trip.rig.source("new-session -d -s visitor 'sleep 1000'");
      await attachClient(t, trip.rig, 'visitor', { width: 33, height: 11 });
      const live = new Set(namesOf(await see(trip.rig)));
      const [report, changes] = await restoreBeside(trip, null);
      assert.deepEqual(changes, []);
      assert.deepEqual([report.failed, report.skipped], [0, saved.filter((name) => live.has(name)).length]);
    });

    test(`by restoring one session of several by its name (seed ${String(seed)})`, async (t) => {
      const trip = await buildRandom(t, seed);
      const [one = '', ...others] = namesOf(await see(trip.rig));
      await trip.save();
      await freshServer(trip);
      if (others.length > 0) await trip.restore({ names: others });
      const [report, changes] = await restoreBeside(trip, [one]);
      assert.deepEqual([report.restored, report.skipped, report.failed, changes], [1, 0, 0, []]);
    });
  }
});
