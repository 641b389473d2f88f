/** What became of a session, by what differs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { holds } from '../../src/model/holds.js';
import { outcomeOf } from '../../src/model/outcomes.js';
import type { PlannedSession } from '../../src/model/plan.js';
import type { Difference } from '../../src/model/report.js';
import { aCandidate, aPane, aSession, aWindow } from '../support/builders.js';

const planned: PlannedSession = {
  candidate: aCandidate(aSession(1)),
  ref: 'saved/$1',
  temporaryName: 'x',
  placeholder: null,
  host: null,
  windows: 1,
  panes: 1,
};

const differs = (what: string, actual: string, session = 'session-1'): Difference => ({
  session,
  window: '0',
  pane: null,
  what,
  expected: 'x',
  actual,
});

const table: readonly [what: string, differences: Difference[], result: string, isWhole: boolean][] = [
  ['nothing', [], 'restored', true],
  ['an option', [differs('option status', 'off')], 'restored', true],
  ['the layout', [differs('layout', 'y')], 'restored', true],
  ['a window that is missing', [differs('window', 'missing')], 'restored', false],
  ['a pane that is missing', [differs('panes', '1')], 'restored', false],
  ['a pane that could not be started', [differs('dead', 'true')], 'restored', false],
  ['the session itself', [differs('session', 'missing')], 'failed', false],
  ['another session', [differs('session', 'missing', 'session-2')], 'restored', true],
];

for (const [what, differences, result, isWhole] of table) {
  test(`where ${what} differs, a session is ${result}${isWhole ? '' : ', and kept for another try'}`, () => {
    const outcome = outcomeOf(planned, differences, false);
    assert.deepEqual([outcome.result, outcome.reason === null], [result, isWhole]);
  });
}

test('a session that is found under its name is left alone', () => {
  assert.equal(outcomeOf(planned, [], true).result, 'skipped');
});

test('a dead pane does not hold what a living one held', () => {
  const whole = (dead: boolean) => ({ session: aSession(1), windows: [aWindow(1, { panes: [aPane(1, { dead })] })] });
  assert.deepEqual(
    [holds(whole(true), whole(false)), holds(whole(true), whole(true)), holds(whole(false), whole(true))],
    [false, true, true],
  );
});
