/** A plan carried out in a server that has a life of its own. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { asideFor } from '../../src/model/aside.js';
import { compareSession } from '../../src/model/compare.js';
import type { Snapshot } from '../../src/model/snapshot.js';
import { sameText, type Text } from '../../src/model/text.js';
import { createPlanned, settlePlanned } from '../../src/tmux/apply.js';
import { killSessions, runBatch } from '../../src/tmux/batch.js';
import { putBackLines, setAsideLines } from '../../src/tmux/user-hooks.js';
import { literalFormat, quote, unstoredName } from '../../src/tmux/codec.js';
import { nastyTexts } from '../support/nasty-text.js';
import { lives, TmuxRig, valueOf, waitFor } from '../support/tmux-rig.js';
import { candidatesOf, carryOut, launchesOf, look, planFrom, shapeOf } from './restore-rig.js';

/** Returns what `build` made in a server that is gone by now; a fresh one is there. */
async function lost(rig: TmuxRig, ...lines: readonly string[]): Promise<Snapshot> {
  await rig.startEmpty();
  await rig.source(...lines);
  const saved = await look(rig);
  await rig.kill();
  await rig.startEmpty();
  return saved;
}

const differences = (saved: Snapshot, live: Snapshot): unknown[] =>
  candidatesOf(saved).flatMap((candidate) => compareSession({ candidate, host: null }, live, launchesOf(saved)));

const SLEEP = 'sleep 1000';
const SIMPLE = [
  `new-session -d -s one -x 80 -y 24 ${SLEEP}`,
  `split-window -d -t =one: ${SLEEP}`,
  `new-session -d -s two -x 80 -y 24 ${SLEEP}`,
];

test('nothing that lives changes when sessions come back beside it', async (t) => {
  const rig = await TmuxRig.make(t, { config: 'set -g renumber-windows on\nset -g base-index 1' });
  const saved = await lost(rig, ...SIMPLE, `new-session -d -t =two -s member`);
  await rig.source(
    `new-session -d -s one -x 90 -y 30 ${SLEEP}`,
    `new-window -d -t =one:9 -n live ${SLEEP}`,
    `split-window -t =one:9 ${SLEEP}`,
    'resize-pane -Z -t =one:9',
    `new-session -d -s bystander -x 70 -y 20 ${SLEEP}`,
    'link-window -d -s =one:9 -t =bystander:3',
    'select-window -t =bystander:3',
  );
  const options = await rig.source(
    'show-options -g',
    'show-options -gw',
    'show-options -s',
    'show-environment -g',
    'show-options -t =one:',
  );
  const before = await look(rig);
  const applied = await carryOut(rig, await planFrom(rig, saved));
  assert.deepEqual(applied.complaints, []);
  const after = await look(rig);
  const old = new Set(before.windows.map((window) => window.id));
  assert.deepEqual(
    after.windows.filter((window) => old.has(window.id)),
    before.windows,
  );
  const names = new Set(before.sessions.map((session) => session.id));
  assert.deepEqual(
    after.sessions.filter((session) => names.has(session.id)),
    before.sessions,
  );
  assert.deepEqual(
    await rig.source(
      'show-options -g',
      'show-options -gw',
      'show-options -s',
      'show-environment -g',
      'show-options -t =one:',
    ),
    options,
  );
  assert.deepEqual(
    after.sessions.map((session) => session.name),
    ['one', 'bystander', 'two', 'member'],
  );
});

test('a restore leaves no option of its own behind', async (t) => {
  const rig = await TmuxRig.make(t);
  const saved = await lost(rig, ...SIMPLE);
  await carryOut(rig, await planFrom(rig, saved));
  for (const name of ['one', 'two']) assert.equal(await rig.tmux('show-options', '-t', `=${name}:`), '');
  const local = await rig.source('show-options -w -t =one:', 'show-options -p -t =one:', 'show-environment -t =one');
  assert.equal(local.toString(), '');
});

test('names of every kind come back, and not one of them runs', async (t) => {
  const rig = await TmuxRig.make(t);
  const strict = (await rig.startEmpty(), await rig.version()) >= 3.7;
  await rig.kill();
  const canary = join(rig.folder, 'canary');
  const sessions: Text[] = [
    '$dol',
    '=eq',
    '@at',
    '%pct',
    '-dash',
    '1',
    ' blank ',
    '日本',
    '{top}',
    '~',
    '!',
    '+',
    `#(touch ${canary})`,
    `$(touch ${canary})`,
    `x"; run-shell "touch ${canary}"`,
    `\`touch ${canary}\`; touch ${canary}`,
    ...nastyTexts(9, 8, { controls: false, invalid: false }),
  ];
  const windows = [`#(touch ${canary})`, ...nastyTexts(10, 30, { controls: !strict, invalid: !strict })];
  const saved = await lost(
    rig,
    ...sessions.map((name) => `new-session -d -s ${quote(literalFormat(name))} ${SLEEP}`),
    ...windows.flatMap((name, at) => [
      `new-window -t \\$0:${String(at + 5)} ${SLEEP}`,
      `rename-window -t \\$0: -- ${quote(literalFormat(name))}`,
      `select-pane -t \\$0: -T ${quote(literalFormat(name))}`,
    ]),
  );
  const applied = await carryOut(rig, await planFrom(rig, saved));
  assert.deepEqual(applied.complaints, []);
  const live = await look(rig);
  assert.deepEqual(shapeOf(live), shapeOf(saved));
  assert.deepEqual(differences(saved, live), []);
  assert.ok(windows.every((name) => saved.windows.some((window) => sameText(unstoredName(window.name), name))));
  assert.ok(!existsSync(canary));
});

test('a session whose name was taken meanwhile is left out, and nothing of it is left', async (t) => {
  const rig = await TmuxRig.make(t);
  const saved = await lost(rig, ...SIMPLE);
  const plan = await planFrom(rig, saved);
  await rig.source(`new-session -d -s one -x 70 -y 20 ${SLEEP}`);
  const [taken] = (await look(rig)).sessions;
  const applied = await carryOut(rig, plan);
  assert.equal(applied.refused.size, 1);
  const { sessions, windows } = await look(rig);
  assert.deepEqual(
    sessions.map(({ name }) => name),
    ['one', 'two'],
  );
  assert.deepEqual(sessions[0], taken);
  assert.equal(windows.length, 2);
});

test('a plan for one server does nothing in the next one', async (t) => {
  const rig = await TmuxRig.make(t);
  const saved = await lost(rig, ...SIMPLE);
  const plan = await planFrom(rig, saved);
  const target = { ...rig.target, serverPid: rig.pid };
  await rig.kill();
  await rig.startEmpty();
  const created = await createPlanned(target, plan, undefined);
  assert.equal(created.ok ? 'created' : created.error.reason, 'no-server');
  assert.equal((await look(rig)).sessions.length, 0);
});

test('a step that fails, or that tmux can not even parse, costs nothing but itself', async (t) => {
  const rig = await TmuxRig.make(t);
  const saved = await lost(rig, ...SIMPLE, `new-window -d -t =two:4 ${SLEEP}`, `split-window -d -h -t =two:4 ${SLEEP}`);
  const plan = await planFrom(rig, saved);
  const failing = { kind: 'resize-window', window: 'saved/@1', width: -1, height: -1 } as const;
  // tmux runs nothing of a file with a flag that it does not know.
  const unparsable = { kind: 'select-layout', window: 'saved/@1 -~', layout: '' } as const;
  const created = await carryOut(rig, { ...plan, settle: [] });
  const ids = new Map([...created.ids, ['saved/@1 -~', '@1 -~']]);
  const target = { ...rig.target, serverPid: rig.pid };
  const settled = valueOf(
    await settlePlanned(target, [failing, unparsable, ...plan.settle], { ...created, ids }, undefined),
  );
  assert.equal(settled.complaints.length, 1);
  const live = await look(rig);
  assert.deepEqual(shapeOf(live), shapeOf(saved));
});

test('a layout that is none leaves its window tiled and the server alive', async (t) => {
  const rig = await TmuxRig.make(t);
  const saved = await lost(rig, ...SIMPLE);
  for (const layout of ['', 'not a layout', 'ab', 'ffff,80x24,0,0', '0', `bb62,${'9'.repeat(300)}`]) {
    const broken = { ...saved, windows: saved.windows.map((window) => ({ ...window, layout })) };
    const applied = await carryOut(rig, await planFrom(rig, broken));
    assert.equal(applied.refused.size, 0);
    assert.equal((await look(rig)).windows.flatMap((window) => window.panes).length, 3, layout);
    await rig.source('kill-session -t =one', 'kill-session -t =two');
  }
});

test('restored panes get the PATH that was saved', async (t) => {
  const rig = await TmuxRig.make(t);
  const saved = await lost(rig, `new-session -d -s one -x 80 -y 24 ${SLEEP}`);
  const path = '/saved path/ü:/usr/bin:/bin';
  await carryOut(rig, await planFrom(rig, saved), path);
  const pid = (await look(rig)).windows[0]?.panes[0]?.pid ?? 0;
  const environment = await readFile(`/proc/${String(pid)}/environ`, 'utf8');
  assert.ok(environment.split('\0').includes(`PATH=${path}`));
});

test('a server that crashes at new windows under the global window-size manual is spared', async (t) => {
  const rig = await TmuxRig.make(t);
  const saved = await lost(rig, ...SIMPLE);
  await rig.source(`new-session -d -s live ${SLEEP}`, 'set-option -gw window-size manual');
  const plan = await planFrom(rig, saved);
  const identity = { bootId: 'boot', pid: rig.pid, startTime: 0 };
  const aside = asideFor(identity, [], 'manual', []) ?? assert.fail('nothing is set aside');
  const target = { ...rig.target, serverPid: rig.pid };
  valueOf(await createPlanned(target, plan, undefined, setAsideLines(aside)));
  valueOf(await runBatch(target, putBackLines(aside)));
  assert.ok(await lives(rig.pid));
  assert.equal(await rig.tmux('show-options', '-gwv', 'window-size'), 'manual');
});

test('fifty sessions with two hundred panes come back at once', async (t) => {
  const rig = await TmuxRig.make(t);
  const saved = await lost(
    rig,
    ...Array.from({ length: 50 }, (_, at) => [
      `new-session -d -s s${String(at)} -x 80 -y 24 ${SLEEP}`,
      ...Array.from({ length: 3 }, () => `split-window -d -t =s${String(at)}: ${SLEEP}`),
      `select-layout -t =s${String(at)}: tiled`,
    ]).flat(),
  );
  const begun = performance.now();
  await carryOut(rig, await planFrom(rig, saved));
  t.diagnostic(`restored in ${String(Math.round(performance.now() - begun))} ms`);
  const live = await look(rig);
  assert.deepEqual(shapeOf(live), shapeOf(saved));
});

test('what the launches say is what runs in the restored panes', async (t) => {
  const rig = await TmuxRig.make(t);
  const saved = await lost(rig, ...SIMPLE);
  await carryOut(rig, await planFrom(rig, saved));
  await waitFor('the programs', async () => {
    const commands = (await look(rig)).windows.flatMap((window) => window.panes.map((pane) => pane.currentCommand));
    return commands.length === 3 && commands.every((command) => command === 'sleep');
  });
});

test('a batch that was planned for one server does nothing in another that took its socket', async (t) => {
  const rig = await TmuxRig.make(t);
  await rig.startEmpty();
  await rig.source(...SIMPLE);
  const before = shapeOf(await look(rig));
  const planned = { ...rig.target, serverPid: rig.pid + 1 };
  await killSessions(planned, ['$0', '$1']);
  assert.deepEqual(shapeOf(await look(rig)), before);
  const created = await createPlanned(
    planned,
    { sessions: [], create: [], settle: [], finish: [], skips: [], later: [] },
    undefined,
  );
  assert.ok(!created.ok && created.error.reason === 'no-server');
});
