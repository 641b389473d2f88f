/**
 * How a window is settled: size, layout, programs, names, last and active pane, zoom.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Window } from '../../src/model/manifest.js';
import { focusSteps, layoutSteps, settleWindow, type PlanContext } from '../../src/model/plan-window.js';
import type { SettleStep } from '../../src/model/steps.js';
import { aCandidate, aPane, aPlanContext, aSession, aSplitWindow, aWindow, settings } from '../support/builders.js';

/** Returns the steps that settle one window. */
function settle(window: Window, changes: Partial<PlanContext> = {}): SettleStep[] {
  const steps: SettleStep[] = [];
  settleWindow(aCandidate(aSession(1), { windows: [window] }), window, aPlanContext(changes), steps);
  return steps;
}

const kinds = (steps: readonly SettleStep[]): string[] => steps.map((step) => step.kind);

test('a window is settled in the order that gives exact results', () => {
  const window = aSplitWindow(1, [1, 2], { name: 'work', automaticRename: false, zoomed: true, lastPane: '%2' });
  const launch = { directory: '/home/user', command: ['bash'] };
  const launches = new Map([
    ['saved/%1', launch],
    ['saved/%2', launch],
  ]);
  assert.deepEqual(kinds(settle(window, { launches, settings: settings({ windowSize: 'manual' }) })), [
    'resize-window',
    'select-layout',
    'unset-option',
    'title',
    'respawn-pane',
    'title',
    'respawn-pane',
    'select-pane',
    'select-pane',
    'zoom',
  ]);
});

test('a window is resized only where its size is set by hand: anywhere else it would be switched to that', () => {
  const candidate = aCandidate(aSession(1));
  const window = aWindow(1, { width: 100, height: 30 });
  for (const windowSize of ['latest', 'largest', 'smallest'])
    assert.deepEqual(kinds(layoutSteps(candidate, window, settings({ windowSize }), '3.3a')), ['select-layout']);
  assert.deepEqual(layoutSteps(candidate, window, settings({ windowSize: 'manual' }), '3.3a'), [
    { kind: 'resize-window', window: 'saved/@1', width: 100, height: 30 },
    { kind: 'select-layout', window: 'saved/@1', layout: window.layout },
    { kind: 'unset-option', scope: 'window', target: 'saved/@1', name: 'window-size' },
  ]);
  const manual = { ...window, options: { 'window-size': 'manual' } };
  assert.deepEqual(kinds(layoutSteps(candidate, manual, settings(), '3.3a')), ['resize-window', 'select-layout']);
});

test('a window whose layout tmux would not tell, or not read again, is tiled in its own size', () => {
  for (const layout of ['', 'b25d,80x24,0,0{40x24,0,0,1,39x24,41,0,2}<20x5,4,2,3>']) {
    const window = aWindow(1, { layout, width: 100, height: 30 });
    assert.deepEqual(layoutSteps(aCandidate(aSession(1)), window, settings(), '3.3a'), [
      { kind: 'resize-window', window: 'saved/@1', width: 100, height: 30 },
      { kind: 'select-layout', window: 'saved/@1', layout: 'tiled' },
      { kind: 'unset-option', scope: 'window', target: 'saved/@1', name: 'window-size' },
    ]);
  }
});

test('the last pane is visited before the active one, and the active one is zoomed', () => {
  const window = aSplitWindow(1, [1, 2, 3], { activePane: '%2', lastPane: '%3', zoomed: true });
  assert.deepEqual(focusSteps(aCandidate(aSession(1)), window), [
    { kind: 'select-pane', pane: 'saved/%3' },
    { kind: 'select-pane', pane: 'saved/%2' },
    { kind: 'zoom', pane: 'saved/%2' },
  ]);
});

test('a window with one pane needs no focus', () => {
  assert.deepEqual(focusSteps(aCandidate(aSession(1)), aWindow(1, { zoomed: true })), []);
});

test('a window that tmux names by itself keeps doing so, and an empty title is left to the program', () => {
  const window = aWindow(1, { panes: [aPane(1, { title: '' })] });
  assert.deepEqual(kinds(settle(window)), ['select-layout']);
  assert.deepEqual(kinds(settle({ ...window, name: '', automaticRename: false })), ['select-layout']);
});

test('a pane starts what its launch says, and nothing without one', () => {
  const launch = { directory: { base64: '/w==' }, command: ['sh', '-c', 'exit', '#{pane_id}'] };
  const steps = settle(aSplitWindow(1, [1, 2]), { launches: new Map([['saved/%2', launch]]) });
  assert.deepEqual(
    steps.filter((step) => step.kind === 'respawn-pane'),
    [{ kind: 'respawn-pane', pane: 'saved/%2', ...launch }],
  );
});
