/** Servers of random structure come back as they were: the same ones for the same seeds. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareSession } from '../../src/model/compare.js';
import { literalFormat, quote } from '../../src/tmux/codec.js';
import { nastyTexts, seededRandom } from '../support/nasty-text.js';
import { TmuxRig } from '../support/tmux-rig.js';
import {
  candidatesOf,
  carryOut,
  lastPanesOf,
  lastWindowsOf,
  launchesOf,
  look,
  planFrom,
  shapeOf,
} from './restore-rig.js';

const SEEDS = (process.env['TMUX_PERSIST_SEEDS'] ?? '1,2,3,4').split(',').map(Number);
const SLEEP = 'sleep 1000';
const LAYOUTS = ['even-horizontal', 'even-vertical', 'main-horizontal', 'main-vertical', 'tiled'];

/** Makes sessions, windows, panes, links and groups, one after another; what tmux refuses is not there. */
async function build(rig: TmuxRig, seed: number): Promise<void> {
  const random = seededRandom(seed);
  const upTo = (limit: number): number => Math.floor(random() * limit);
  const one = <T>(list: readonly T[]): T | undefined => list[upTo(list.length)];
  const names = nastyTexts(seed, 100, { controls: false, invalid: false });
  let name = 0;
  const literal = (): string => quote(literalFormat(names[name++ % names.length] ?? 'x'));
  const attempt = async (line: string): Promise<void> => {
    await rig.source(line).catch(() => undefined);
  };
  const sessions = 2 + upTo(5);
  for (let n = 0; n < sessions; n++) {
    const size = `-x ${String(40 + upTo(160))} -y ${String(10 + upTo(50))}`;
    await attempt(`new-session -d -s ${quote(`s${String(n)}`)} ${size} ${SLEEP}`);
  }
  for (let step = 0; step < 45; step++) {
    const panes = await rig.rows('list-panes', '#{pane_id}', '-a');
    const windows = await rig.rows('list-windows', '#{window_id}', '-a');
    const ids = (await rig.rows('list-sessions', '#{session_id}')).map(quote);
    const [pane, window, session] = [one(panes) ?? '', one(windows) ?? '', one(ids) ?? ''];
    const index = quote(`${(await rig.rows('list-sessions', '#{session_id}'))[0] ?? ''}:${String(upTo(30))}`);
    const choices = [
      `new-window -d -t ${index} ${SLEEP}`,
      `new-window -t ${session} ${SLEEP}`,
      `split-window -t ${pane} ${one(['-h', '-v', '-bh', '-fv', '-d']) ?? ''} ${SLEEP}`,
      `split-window -t ${pane} ${one(['-h', '-v', '-bv']) ?? ''} ${SLEEP}`,
      `select-layout -t ${window} ${one(LAYOUTS) ?? ''}`,
      `resize-pane -t ${pane} -x ${String(2 + upTo(60))} -y ${String(2 + upTo(20))}`,
      `select-pane -t ${pane}`,
      `resize-pane -Z -t ${pane}`,
      `select-window -t ${window}`,
      `link-window -d -s ${window} -t ${session}`,
      `rename-window -t ${window} -- ${literal()}`,
      `select-pane -t ${pane} -T ${literal()}`,
      `rename-session -t ${session} -- ${literal()}`,
      `swap-pane -s ${pane} -t ${one(panes) ?? ''}`,
      `break-pane -d -s ${pane}`,
      `join-pane -d -s ${pane} -t ${one(panes) ?? ''}`,
      `rotate-window -t ${window}`,
      `kill-pane -t ${pane}`,
      `new-session -d -t ${session} -s g${String(step)}`,
      `move-window -d -s ${window} -t ${index}`,
    ];
    await attempt(one(choices) ?? '');
  }
}

for (const seed of SEEDS) {
  test(`a random server comes back as it was (seed ${String(seed)})`, async (t) => {
    const rig = await TmuxRig.make(t, {
      config: seed % 2 === 0 ? 'set -g base-index 1\nset -g renumber-windows on' : '',
    });
    await rig.startEmpty();
    await build(rig, seed);
    const saved = await look(rig);
    await rig.kill();
    await rig.startEmpty();
    const applied = await carryOut(rig, await planFrom(rig, saved));
    const live = await look(rig);
    assert.deepEqual(applied.complaints, []);
    assert.deepEqual(
      candidatesOf(saved).flatMap((candidate) =>
        compareSession({ candidate, placeholder: null }, live, launchesOf(saved)),
      ),
      [],
    );
    assert.deepEqual(shapeOf(live), shapeOf(saved));
    // A pane or window that is current at first stays behind as the last one, or as the oldest of them, where there was none.
    const panes = lastPanesOf(live);
    for (const [where, at] of lastPanesOf(saved)) assert.equal(panes.get(where), at, where);
    const last = lastWindowsOf(live);
    for (const [name, windows] of lastWindowsOf(saved))
      assert.deepEqual(last.get(name)?.slice(0, windows.length), windows);
  });
}
