/**
 * The decisions of a restore: what is made, what is left alone (R10), and in which order.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Session } from '../../src/model/manifest.js';
import { planRestore, settleBatches } from '../../src/model/plan.js';
import {
  aCandidate,
  aPlanContext,
  aServer,
  aSession,
  aSnapshot,
  aSplitWindow,
  aWindow,
  at,
  links,
  settings,
} from '../support/builders.js';
import { candidatesOf, names, stepsOf } from './planning.js';

test('nothing to restore is an empty plan', () => {
  const none = { sessions: [], create: [], settle: [], finish: [], skips: [], later: [] };
  assert.deepEqual(planRestore([], aPlanContext()), none);
});

test('a session is made under a temporary name, and named when all of it is there', () => {
  const plan = planRestore([aCandidate(aSession(1, { name: 'a.b:c' }))], aPlanContext());
  const [planned] = plan.sessions;
  assert.equal(planned?.temporaryName, 'tmux-persist-restore-nonce-0');
  assert.deepEqual(
    plan.create.map((step) => [step.kind, step.name]),
    [
      ['new-session', planned.temporaryName],
      ['rename-session', planned.temporaryName],
    ],
  );
  assert.deepEqual(stepsOf(plan, 'rename-session')[0]?.to, 'a.b:c');
});

test('a name that lives is left alone, whatever lives under it', () => {
  const live = aSnapshot([aSession(9, { name: 'session-1' })]);
  const plan = planRestore(candidatesOf([aSession(1), aSession(2)]), aPlanContext({ live }));
  assert.deepEqual(names(plan), ['session-2']);
  assert.deepEqual(
    plan.skips.map(({ candidate, reason }) => [candidate.session.id, reason]),
    [['$1', 'a session of this name is there already']],
  );
});

test('a session that was saved without a window is skipped, and said to be', () => {
  const plan = planRestore([aCandidate(aSession(1, { windows: [] }), { windows: [] })], aPlanContext());
  assert.deepEqual([plan.sessions, plan.create, plan.settle], [[], [], []]);
  assert.equal(plan.skips[0]?.reason, 'it was saved without a window');
});

test('planning again when all is back plans nothing', () => {
  const candidates = candidatesOf([
    aSession(1, { group: 'session-1' }),
    aSession(2, { group: 'session-1' }),
    aSession(3),
  ]);
  const live = aSnapshot(candidates.map(({ session }) => session));
  const plan = planRestore(candidates, aPlanContext({ live }));
  assert.deepEqual([plan.sessions, plan.create, plan.settle, plan.skips.length], [[], [], [], 3]);
});

test('the session that was used last is made last, and those of one moment keep their order', () => {
  const sessions = [aSession(1, { activityAt: at(50) }), aSession(2), aSession(3, { activityAt: at(2) }), aSession(4)];
  assert.deepEqual(names(planRestore(candidatesOf(sessions), aPlanContext())), [
    'session-2',
    'session-3',
    'session-4',
    'session-1',
  ]);
});

const indexes: readonly [baseIndex: number, saved: Record<number, number>, first: string, moves: boolean][] = [
  [0, { 0: 1, 1: 2 }, 'saved/@1', false],
  [1, { 0: 1, 1: 2 }, 'saved/@1', true],
  [1, { 1: 1 }, 'saved/@1', false],
  [0, { 3: 1, 7: 2 }, 'saved/@1', true],
  [1, { 0: 1 }, 'saved/@1', true],
  [5, { 2: 1, 9: 2 }, 'saved/@1', true],
];

for (const [baseIndex, saved, first, moves] of indexes) {
  test(`windows at ${Object.keys(saved).join(' and ')} are made there although base-index is ${baseIndex}`, () => {
    const context = aPlanContext({ settings: settings({ baseIndex }) });
    const plan = planRestore([aCandidate(aSession(1, { windows: links(saved) }))], context);
    const [made] = stepsOf(plan, 'new-session');
    assert.equal(made?.window, first);
    const places = new Map([[first, moves ? undefined : baseIndex]]);
    for (const step of stepsOf(plan, 'move-window')) {
      assert.equal(step.from, baseIndex);
      places.set(first, step.to);
    }
    for (const step of stepsOf(plan, 'new-window')) places.set(step.window, step.index);
    const expected = Object.entries(saved).map(([index, window]): [string, number] => [
      `saved/@${window}`,
      Number(index),
    ]);
    assert.deepEqual(new Map([...places].sort()), new Map(expected.sort()));
    assert.equal(stepsOf(plan, 'move-window').length, moves ? 1 : 0);
  });
}

test('the first window is moved away from base-index before any other is made', () => {
  const plan = planRestore([aCandidate(aSession(1, { windows: links({ 3: 1, 7: 2 }) }))], aPlanContext());
  assert.deepEqual(
    plan.create.map((step) => step.kind),
    ['new-session', 'move-window', 'new-window', 'rename-session'],
  );
});

test('a session is made as large as its largest window, and tall enough to be split into all of its panes', () => {
  const windows = [aWindow(1, { width: 200, height: 10 }), aSplitWindow(2, [2, 3, 4, 5, 6, 7, 8, 9], { height: 12 })];
  const session = aSession(1, { windows: links({ 0: 1, 1: 2 }) });
  const plan = planRestore([aCandidate(session, { windows })], aPlanContext());
  const [made] = stepsOf(plan, 'new-session');
  assert.deepEqual([made?.width, made?.height], [200, 26]);
  const sizes = stepsOf(plan, 'split-window').map((step) => step.size);
  assert.deepEqual(sizes, [23, 20, 17, 14, 11, 8, 5]);
  assert.deepEqual(
    stepsOf(plan, 'split-window').map((step) => [step.pane, step.window, step.index]),
    [3, 4, 5, 6, 7, 8, 9].map((pane) => [`saved/%${pane}`, 'saved/@2', 1]),
  );
});

test('a plan says how many windows and panes each session will have', () => {
  const windows = [aSplitWindow(1, [1, 2]), aWindow(3)];
  const plan = planRestore([aCandidate(aSession(1, { windows: links({ 0: 1, 1: 3 }) }), { windows })], aPlanContext());
  assert.deepEqual([plan.sessions[0]?.windows, plan.sessions[0]?.panes], [2, 3]);
});

test('windows are visited in the order of their last use, the active one at the end', () => {
  const session = aSession(1, {
    windows: links({ 0: 1, 1: 2, 5: 3 }),
    activeWindow: '@2',
    lastWindows: ['@3', '@1', '@99'],
  });
  const plan = planRestore([aCandidate(session)], aPlanContext());
  assert.deepEqual(
    stepsOf(plan, 'select-window').map((step) => step.index),
    [0, 5, 1],
  );
});

test('a window begins with the pane that was active last, the others are split off above and below it', () => {
  const window = aSplitWindow(1, [1, 2, 3, 4], { activePane: '%1', lastPane: '%3' });
  const plan = planRestore([aCandidate(aSession(1), { windows: [window] })], aPlanContext());
  assert.equal(stepsOf(plan, 'new-session')[0]?.pane, 'saved/%3');
  assert.deepEqual(
    stepsOf(plan, 'split-window').map(({ pane, before, size }) => [pane, before, size]),
    [
      ['saved/%1', true, 2],
      ['saved/%2', true, 2],
      ['saved/%4', false, 5],
    ],
  );
});

test('a session begins with the window that it showed longest ago', () => {
  const session = aSession(1, { windows: links({ 0: 1, 1: 2, 2: 3 }), activeWindow: '@1', lastWindows: ['@2', '@3'] });
  assert.equal(stepsOf(planRestore([aCandidate(session)], aPlanContext()), 'new-session')[0]?.window, 'saved/@3');
});

test('a window is made with its name up to tmux 3.6, which then keeps it as it is given', () => {
  const windows = [
    aWindow(1, { name: 'a\\b', automaticRename: false }),
    aWindow(2, { name: 'c', automaticRename: false }),
    aWindow(3),
  ];
  const candidate = aCandidate(aSession(1, { windows: links({ 0: 1, 1: 2, 2: 3 }) }), { windows });
  const namesIn = (version: string): unknown[] => {
    const plan = planRestore([candidate], aPlanContext({ live: aSnapshot([], [], aServer({ version })) }));
    return [...stepsOf(plan, 'new-session'), ...stepsOf(plan, 'new-window')].map(({ windowName }) => windowName);
  };
  assert.deepEqual(namesIn('3.6b'), ['a\\b', 'c', null]);
  assert.deepEqual(namesIn('3.7'), [null, null, null]);
});

test('windows are selected in a batch of their own where others end before', () => {
  const kinds = (sessions: readonly Session[]): string[][] =>
    settleBatches(planRestore(candidatesOf(sessions), aPlanContext())).map((batch) => [
      ...new Set(batch.map(({ kind }) => kind)),
    ]);
  assert.equal(kinds([aSession(1), aSession(2)]).length, 1);
  const shared = [aSession(1), aSession(2, { windows: links({ 0: 1 }) })];
  const [first, second, ...more] = kinds(shared);
  assert.ok(first?.includes('link-window') === true && !first.includes('select-window'));
  assert.deepEqual([second?.[0], more], ['select-window', []]);
});
