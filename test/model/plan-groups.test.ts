/**
 * Windows of several sessions, and sessions of one group: together again, and never with what is not theirs.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { selectCandidates } from '../../src/model/candidates.js';
import type { Session } from '../../src/model/manifest.js';
import { planRestore } from '../../src/model/plan.js';
import {
  aCandidate,
  aClosed,
  aManifest,
  aPane,
  aPlanContext,
  aServer,
  aSession,
  aSnapshot,
  aWindow,
  at,
  epoch,
  links,
} from '../support/builders.js';
import { candidatesOf, names, stepsOf } from './planning.js';

test('a window of several sessions is made once, and linked to where each has it', () => {
  const second = aSession(2, { windows: links({ 4: 2, 5: 3 }), activeWindow: '@3' });
  const plan = planRestore(candidatesOf([aSession(1, { windows: links({ 0: 1, 1: 2 }) }), second]), aPlanContext());
  assert.deepEqual(
    [...stepsOf(plan, 'new-session'), ...stepsOf(plan, 'new-window')].map((step) => step.window),
    ['saved/@1', 'saved/@3', 'saved/@2'],
  );
  assert.deepEqual(stepsOf(plan, 'link-window'), [
    { kind: 'link-window', session: 'saved/$2', window: 'saved/@2', index: 4, replace: false },
  ]);
});

test('a session whose current window is made by another begins with a placeholder, which that window replaces', () => {
  const sessions = [aSession(1, { windows: links({ 0: 1, 1: 2 }) }), aSession(2, { windows: links({ 3: 1, 4: 2 }) })];
  const plan = planRestore(candidatesOf(sessions), aPlanContext());
  assert.equal(stepsOf(plan, 'new-session')[1]?.window, 'saved/$2/placeholder');
  assert.deepEqual(
    stepsOf(plan, 'move-window').map(({ from, to }) => [from, to]),
    [[0, 3]],
  );
  assert.deepEqual(stepsOf(plan, 'link-window'), [
    { kind: 'link-window', session: 'saved/$2', window: 'saved/@1', index: 3, replace: true },
    { kind: 'link-window', session: 'saved/$2', window: 'saved/@2', index: 4, replace: false },
  ]);
});

test('a window that one session shows twice is made once and linked once', () => {
  const plan = planRestore([aCandidate(aSession(1, { windows: links({ 0: 1, 2: 1 }) }))], aPlanContext());
  assert.deepEqual(stepsOf(plan, 'new-window'), []);
  assert.deepEqual(
    stepsOf(plan, 'link-window').map((step) => [step.window, step.index, step.replace]),
    [['saved/@1', 2, false]],
  );
});

test('when only one of the sessions of a window comes back, the window does', () => {
  const sessions = [aSession(1, { windows: links({ 0: 1 }) }), aSession(2, { windows: links({ 0: 1 }) })];
  const live = aSnapshot([aSession(9, { name: 'session-1' })]);
  const plan = planRestore(candidatesOf(sessions), aPlanContext({ live }));
  assert.deepEqual(
    stepsOf(plan, 'new-session').map((step) => step.window),
    ['saved/@1'],
  );
  assert.deepEqual(stepsOf(plan, 'link-window'), []);
});

test('windows of different servers are different windows though their ids are the same', () => {
  const other = aCandidate(aSession(2, { windows: links({ 0: 1 }) }), { key: 'pending/x', scope: 'pending/x' });
  const plan = planRestore([aCandidate(aSession(1)), other], aPlanContext());
  assert.deepEqual(
    stepsOf(plan, 'new-session').map((step) => step.window),
    ['saved/@1', 'pending/x/@1'],
  );
});

test('a pane of a placeholder is never settled', () => {
  const sessions = [aSession(1), aSession(2, { windows: links({ 0: 1 }) })];
  const plan = planRestore(candidatesOf(sessions, [aWindow(1, { panes: [aPane(1)] })]), aPlanContext());
  assert.ok(plan.settle.every((step) => !('pane' in step) || !step.pane.includes('placeholder')));
});

const grouped = (number: number, changes: Partial<Session> = {}): Session =>
  aSession(number, { group: 'main', windows: links({ 0: 1, 1: 2 }), ...changes });
const leader = grouped(1, { name: 'main', activityAt: at(90) });

test('a group is led by the session that carries its name, and the others join it', () => {
  const plan = planRestore(candidatesOf([grouped(2), leader, grouped(3)]), aPlanContext());
  assert.deepEqual(
    stepsOf(plan, 'new-session').map((step) => step.session),
    ['saved/$1'],
  );
  assert.deepEqual(
    stepsOf(plan, 'join-group').map((step) => [step.member, step.session]),
    [
      ['saved/$2', 'saved/$1'],
      ['saved/$3', 'saved/$1'],
    ],
  );
  assert.deepEqual(
    stepsOf(plan, 'rename-member').map((step) => step.to),
    ['session-2', 'session-3'],
  );
  assert.deepEqual(stepsOf(plan, 'link-window'), []);
});

test('a group whose namesake is not restored is led by the first that is', () => {
  const plan = planRestore(candidatesOf([grouped(3), grouped(2)]), aPlanContext());
  assert.deepEqual(
    stepsOf(plan, 'join-group').map((step) => [step.member, step.session]),
    [['saved/$3', 'saved/$2']],
  );
});

test('a session joins the live rest of its own group', () => {
  const live = aSnapshot([grouped(7, { name: 'other' })], undefined, aServer());
  const plan = planRestore(candidatesOf([grouped(8)]), aPlanContext({ live }));
  assert.deepEqual(plan.create, []);
  assert.deepEqual(
    stepsOf(plan, 'join-group').map((step) => step.session),
    ['$7'],
  );
});

test('a group of the same name on another server is another group: joining it would hide what was saved', () => {
  const stranger = grouped(7, { name: 'client-7', createdAt: at(1001) });
  const plan = planRestore(candidatesOf([leader, grouped(2)]), aPlanContext({ live: aSnapshot([stranger]) }));
  assert.deepEqual(stepsOf(plan, 'join-group'), []);
  const made = [...stepsOf(plan, 'new-session'), ...stepsOf(plan, 'new-window')].map((step) => step.window);
  assert.ok(made.includes('saved/@1') && made.includes('saved/@2'));
  assert.deepEqual(
    stepsOf(plan, 'link-window').map((step) => step.window),
    ['saved/@1', 'saved/@2'],
  );
});

test('a live group of this server that shows none of the windows is another group', () => {
  const live = aSnapshot([grouped(7, { name: 'other', windows: links({ 0: 50 }) })], undefined, aServer());
  const plan = planRestore(candidatesOf([grouped(8)]), aPlanContext({ live }));
  assert.deepEqual(stepsOf(plan, 'join-group'), []);
});

test('a group whose leader lives on under its name is made anew by the others', () => {
  const live = aSnapshot([aSession(7, { name: 'main' })]);
  const plan = planRestore(candidatesOf([leader, grouped(2), grouped(3)]), aPlanContext({ live }));
  assert.deepEqual(names(plan), ['session-2', 'session-3']);
  assert.deepEqual(
    stepsOf(plan, 'join-group').map((step) => [step.member, step.session]),
    [['saved/$3', 'saved/$2']],
  );
});

test('a group that was closed comes back as one group', () => {
  const closed = [leader, grouped(2)].map((session) =>
    aClosed(session, { how: 'kill-server', windows: [aWindow(1), aWindow(2)] }),
  );
  const selected = selectCandidates(aManifest({ sessions: [], closed }), { names: null, closed: true });
  assert.ok(selected.ok);
  const plan = planRestore(selected.value, aPlanContext());
  assert.equal(stepsOf(plan, 'join-group').length, 1);
  assert.equal(stepsOf(plan, 'new-session').length + stepsOf(plan, 'new-window').length, 2);
});

test('the clock of a session tells its server: one that is older than the server is of another', () => {
  const live = (startTime: number) => aSnapshot([grouped(7, { name: 'other' })], undefined, aServer({ startTime }));
  const joins = (startTime: number): number =>
    stepsOf(planRestore(candidatesOf([grouped(8)]), aPlanContext({ live: live(startTime) })), 'join-group').length;
  assert.deepEqual([epoch(7), epoch(8), epoch(9)].map(joins), [1, 1, 0]);
});

test('a group keeps its name though nobody is left who carries it', () => {
  const plan = planRestore(candidatesOf([grouped(3), grouped(2), grouped(4)]), aPlanContext());
  assert.deepEqual(
    plan.settle.flatMap((step) =>
      step.kind === 'rename-live' ? [step.to] : step.kind === 'join-group' ? ['join'] : [],
    ),
    ['main', 'join', 'session-2', 'join'],
  );
});

test('a group does not take its name from a session that carries it', () => {
  const live = aSnapshot([aSession(9, { name: 'main' })]);
  const plan = planRestore(candidatesOf([grouped(3), grouped(2)]), aPlanContext({ live }));
  assert.deepEqual(stepsOf(plan, 'rename-live'), []);
});
