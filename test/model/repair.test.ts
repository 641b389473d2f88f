/**
 * What a restore does a second time, and what not.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planRestore } from '../../src/model/plan.js';
import { repairSteps } from '../../src/model/repair.js';
import type { Difference } from '../../src/model/report.js';
import { aCandidate, aPlanContext, aSession, aSplitWindow, aWindow, links, settings } from '../support/builders.js';

const HOOK = 'after-select-window[0]';
const session = aSession(1, { windows: links({ 0: 1, 4: 2 }), options: { [HOOK]: 'display-message x' } });
const windows = [aSplitWindow(1, [1, 2], { lastPane: '%2' }), aWindow(2)];
const plan = planRestore([aCandidate(session, { windows }), aCandidate(aSession(3))], aPlanContext());

const differs = (what: string, window: string | null = '0', session = 'session-1'): Difference => ({
  session,
  window,
  pane: null,
  what,
  expected: 'a',
  actual: 'b',
});

const mended = (...differences: Difference[]): string[] =>
  repairSteps(plan, differences, settings(), '3.3a').mend.map((step) =>
    'window' in step ? `${step.kind} ${step.window}` : step.kind,
  );

test('what a second try can not mend is left as it is', () => {
  for (const what of ['directory', 'name', 'panes', 'option status', 'variable EDITOR'])
    assert.deepEqual(repairSteps(plan, [differs(what)], settings(), '3.3a'), { mend: [], after: [] });
  assert.deepEqual(mended(), []);
});

test('a window that differs gets its layout and focus again, its session its selection, and no other anything', () => {
  assert.deepEqual(mended(differs('layout')), [
    'unset-option',
    'select-layout saved/@1',
    'select-pane',
    'select-pane',
    'select-window',
  ]);
  assert.deepEqual(mended(differs('zoom', '4')), ['unset-option', 'select-layout saved/@2', 'select-window']);
  assert.deepEqual(mended(differs('active window', null)), ['unset-option', 'select-window']);
  assert.deepEqual(mended(differs('layout', '0', 'another')), []);
});

test('the hooks that are there already are out while it is mended', () => {
  const { mend, after } = repairSteps(plan, [differs('layout')], settings(), '3.3a');
  const option = { scope: 'session', target: 'saved/$1', name: HOOK } as const;
  assert.deepEqual(mend[0], { kind: 'unset-option', ...option });
  assert.deepEqual(after, [{ kind: 'set-option', ...option, value: 'display-message x' }]);
});
