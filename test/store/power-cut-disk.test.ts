/**
 * The same on a real file system: an ext4 in a file, copied as it is on its disk before each step of a save, as if the power went
 * there, and mounted again.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { openStore } from '../../src/store/open-store.js';
import { skipReason } from '../machine/prerequisites.js';
import { aManifest, assertRoot, idIn, namesIn, value } from './support.js';

/** Returns a folder in which disks are mounted for a test. */
async function placeOfDisks(t: TestContext): Promise<string> {
  const place = await mkdtemp(join(tmpdir(), 'tmux-persist-cut-'));
  t.after(async () => {
    for (const name of await namesIn(place, /-mounted$/)) {
      // What a failure left mounted; the rest says that it is not.
      spawnSync('umount', [join(place, name)]);
    }
    await rm(place, { recursive: true });
  });
  return place;
}

/** Mounts an ext4 in a file, on which nothing but a sync brings anything to the disk for as long as a test takes. */
function mount(image: string): string {
  const point = `${image}-mounted`;
  mkdirSync(point);
  execFileSync('mount', ['-t', 'ext4', '-o', 'loop,commit=600', image, point]);
  return point;
}

test(
  'a power cut at any step of a save leaves the state before it or the new one, on a real file system',
  { skip: existsSync('/dev/loop-control') ? false : (skipReason() ?? false) },
  async (t) => {
    assertRoot();
    const place = await placeOfDisks(t);
    const image = join(place, 'disk');
    execFileSync('truncate', ['-s', '8M', image]);
    execFileSync('mkfs.ext4', ['-q', '-b', '1024', '-J', 'size=1', image]);
    const mounted = mount(image);

    const cuts: { readonly image: string; readonly step: string; readonly synced: number }[] = [];
    let saves = 0;
    const cut = (step: string): void => {
      const copy = join(place, `cut-${cuts.length}`);
      copyFileSync(image, copy);
      cuts.push({ image: copy, step, synced: saves });
    };
    const below = 'home/.local/state/tmux-persist/host/default';
    const store = value(await openStore(join(mounted, below), { create: true, step: cut }));
    const states = [0, 1, 2].map((second) => aManifest(new Date(Date.now() + second * 1000), {}, 20 + second));
    for (const state of states) {
      value(await store.save(state));
      saves += 1;
    }
    cut('the end');

    for (const { image: left, step, synced } of cuts) {
      const point = mount(left);
      const after = value(await openStore(join(point, below), { create: false }));
      const loaded = value(await after.peek());
      assert.deepEqual(loaded.quarantined, [], step);
      const found = states.findIndex(({ id }) => id === loaded.stored?.manifest.id);
      // Once the folder was synced the new state may not go, though its save has not ended yet.
      assert.ok(found >= synced - (step === 'written' ? 0 : 1) && found <= synced, `${step}: ${found} of ${synced}`);
      for (const name of await namesIn(join(point, below, 'history')).catch(() => [])) {
        assert.equal(`${await idIn(join(point, below, 'history', name))}.json`, name);
      }
      const again = value(await openStore(join(point, below), { create: true }));
      value(await again.save(aManifest(new Date(Date.now() + 60_000))));
      execFileSync('umount', [point]);
    }
    t.diagnostic(`${cuts.length} cuts`);
  },
);
