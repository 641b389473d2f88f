/**
 * A live session of a saved name in which nobody did anything takes the saved windows in (R10).
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planRestore } from '../../src/model/plan.js';
import type { Placeholder } from '../../src/model/plan-window.js';
import { aPlanContext, aSession, aSnapshot, links } from '../support/builders.js';
import { candidatesOf, stepsOf } from './planning.js';

const placeholder: Placeholder = { sessionId: '$9', windowId: '@9', paneId: '%9', index: 0, unused: '#{unused}' };
const live = aSnapshot([aSession(9, { name: 'session-1' })]);
const context = aPlanContext({ live, placeholders: [placeholder] });

test('the saved windows come into it, and its own one goes when it is still unused', () => {
  const plan = planRestore(
    candidatesOf([aSession(1, { windows: links({ 0: 1, 4: 2 }), activeWindow: '@2' })]),
    context,
  );
  assert.deepEqual(plan.skips, []);
  assert.deepEqual(plan.sessions[0]?.placeholder, placeholder);
  assert.deepEqual(stepsOf(plan, 'rename-session'), [], 'the one they are made in ends with its last window');
  const { name } = stepsOf(plan, 'new-session')[0] ?? {};
  assert.match(name ?? '', /^tmux-persist-restore-/);
  assert.deepEqual(
    plan.settle.filter(({ kind }) => ['make-room', 'move-in', 'select-window', 'close-unused'].includes(kind)),
    [
      { kind: 'make-room', session: '$9', window: '@9', to: 5, for: ['saved/@1', 'saved/@2'] },
      { kind: 'move-in', session: 'saved/$1', window: 'saved/@1', index: 0 },
      { kind: 'move-in', session: 'saved/$1', window: 'saved/@2', index: 4 },
      { kind: 'select-window', session: 'saved/$1', index: 4 },
      { kind: 'close-unused', session: '$9', window: '@9', pane: '%9', condition: '#{unused}' },
    ],
  );
});

test('its window stays where it is when the index is free', () => {
  const plan = planRestore(candidatesOf([aSession(1, { windows: links({ 3: 1 }) })]), context);
  assert.deepEqual(stepsOf(plan, 'make-room'), []);
});

test('a session of a saved name that is no placeholder is left alone', () => {
  const plan = planRestore(candidatesOf([aSession(1)]), aPlanContext({ live, placeholders: [] }));
  assert.deepEqual([plan.sessions, plan.skips.length], [[], 1]);
});

test('a placeholder leads the group that was saved under its name, and the others join it', () => {
  const grouped = { group: 'session-2', windows: links({ 0: 1 }) };
  const plan = planRestore(candidatesOf([aSession(2, grouped), aSession(1, grouped)]), context);
  assert.deepEqual(
    stepsOf(plan, 'join-group').map(({ member, session }) => [member, session]),
    [['saved/$2', 'saved/$1']],
  );
});

test('of two placeholders of one group the second shows the windows of the first', () => {
  const grouped = { group: 'main', windows: links({ 0: 1 }) };
  const second: Placeholder = { sessionId: '$8', windowId: '@8', paneId: '%8', index: 0, unused: '1' };
  const both = aSnapshot([aSession(9, { name: 'session-1' }), aSession(8, { name: 'session-2' })]);
  const plan = planRestore(
    candidatesOf([aSession(1, grouped), aSession(2, grouped)]),
    aPlanContext({ live: both, placeholders: [placeholder, second] }),
  );
  assert.deepEqual(stepsOf(plan, 'join-group'), []);
  assert.deepEqual(
    stepsOf(plan, 'link-window').map(({ session, window, replace }) => [session, window, replace]),
    [['saved/$2', 'saved/@1', false]],
  );
});
