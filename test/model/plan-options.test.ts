/**
 * Which options, hooks and variables come back, and when.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_USER_OPTIONS, type UserOptions } from '../../src/model/manifest.js';
import { globalSteps, nameSteps } from '../../src/model/plan-options.js';
import { planRestore } from '../../src/model/plan.js';
import type { SettleStep } from '../../src/model/steps.js';
import { aCandidate, aPane, aPlanContext, aSession, aSnapshot, aWindow, settings } from '../support/builders.js';
import { stepsOf } from './planning.js';

const session = aSession(1, {
  options: { status: 'off', 'update-environment[0]': 'X', 'after-new-window[3]': 'display-message hi' },
  environment: { EDITOR: 'vi' },
});
const window = aWindow(1, {
  automaticRename: false,
  options: { 'remain-on-exit': 'on', 'window-size': 'manual', 'automatic-rename': 'off', 'pane-died[0]': 'kill-pane' },
  panes: [aPane(1, { options: { '@mine': '#{x}', 'pane-exited[1]': 'kill-window' }, marked: true })],
});
const candidate = aCandidate(session, { windows: [window] });
const launches = new Map([['saved/%1', { directory: '/', command: ['sh'] }]]);

const shown = (steps: readonly SettleStep[]): string[] =>
  steps.map((step) => ('name' in step ? `${step.kind} ${step.name}` : step.kind));

test('options come before the programs that they decide about, hooks and other arrays at the very end', () => {
  const plan = planRestore([candidate], aPlanContext({ launches }));
  assert.deepEqual(shown(plan.settle), [
    'set-option remain-on-exit',
    'set-option @mine',
    'resize-window',
    'select-layout',
    'title',
    'respawn-pane',
    'unset-option default-size',
    'select-window',
    'set-option status',
    'set-environment EDITOR',
  ]);
  assert.deepEqual(shown(plan.finish), [
    'set-option update-environment[0]',
    'set-option after-new-window[3]',
    'set-option pane-died[0]',
    'set-option pane-exited[1]',
    'mark',
  ]);
});

test('a size that a session had of its own is not taken from it', () => {
  const own = aCandidate(aSession(1, { options: { 'default-size': '90x30' } }));
  assert.deepEqual(stepsOf(planRestore([own], aPlanContext()), 'unset-option'), []);
});

test('a pane is marked only where none is', () => {
  const live = aSnapshot([aSession(9)], [aWindow(9, { panes: [aPane(9, { marked: true })] })]);
  assert.deepEqual(stepsOf(planRestore([candidate], aPlanContext({ live })), 'mark'), []);
});

test('a window of two sessions gets its options once', () => {
  const both = [candidate, aCandidate(aSession(2, { windows: session.windows }), { windows: [window] })];
  const plan = planRestore(both, aPlanContext());
  const count = (name: string): number =>
    shown([...plan.settle, ...plan.finish]).filter((line) => line === name).length;
  assert.deepEqual([count('set-option @mine'), count('set-option pane-died[0]'), count('mark')], [1, 1, 1]);
});

const kept: readonly [own: string | undefined, global: string, keep: boolean][] = [
  [undefined, 'off', false],
  [undefined, 'on', true],
  [undefined, 'keep-last', true],
  ['off', 'on', false],
  ['on', 'off', true],
];

for (const [own, global, keep] of kept) {
  test(`destroy-unattached ${own ?? 'unset'} under ${global} is ${keep ? '' : 'not '}held off until somebody attaches`, () => {
    const one = aCandidate(aSession(1, { options: own === undefined ? {} : { 'destroy-unattached': own } }));
    const plan = planRestore([one], aPlanContext({ settings: settings({ destroyUnattached: global }) }));
    assert.equal(stepsOf(plan, 'new-session')[0]?.keep, keep);
    const set = stepsOf(plan, 'set-option').map(({ name }) => name);
    assert.deepEqual(set, own === 'off' ? ['destroy-unattached'] : []);
  });
}

const named: readonly [automatic: boolean, own: string | undefined, global: boolean, steps: string[]][] = [
  [true, undefined, true, []],
  [true, undefined, false, ['set-option automatic-rename']],
  [true, 'on', true, ['set-option automatic-rename']],
  [true, 'on', false, ['set-option automatic-rename']],
  [false, 'off', true, ['rename-window']],
  [false, 'off', false, ['rename-window']],
  [false, undefined, true, ['rename-window']],
  [false, undefined, false, ['rename-window', 'unset-option automatic-rename']],
];

for (const [automaticRename, own, global, steps] of named) {
  const word = automaticRename ? 'names' : 'does not name';
  test(`a window that tmux ${word} stays one, its own option ${own ?? 'unset'} under ${global ? 'on' : 'off'}`, () => {
    const one = aWindow(1, { automaticRename, options: own === undefined ? {} : { 'automatic-rename': own } });
    const found = (version: string): string[] =>
      shown(nameSteps(aCandidate(aSession(1)), one, settings({ automaticRename: global }), version));
    assert.deepEqual(found('3.8'), steps);
    // Up to 3.6 it is made with its name.
    assert.deepEqual(
      found('3.6b'),
      steps.filter((step) => step !== 'rename-window'),
    );
  });
}

const sessionOptions = (options: UserOptions['session']): UserOptions => ({ ...NO_USER_OPTIONS, session: options });
const globals: readonly [
  name: string,
  saved: string,
  configured: string | null | undefined,
  live: string | undefined,
  set: boolean,
][] = [
  ['set while the server ran', 'x', null, undefined, true],
  ['set while it ran, and by the tmux.conf of now', 'x', null, 'y', false],
  ['said by tmux.conf then and not any more', 'x', 'x', undefined, false],
  ['said by tmux.conf and changed while it ran', 'x', 'y', 'y', true],
  ['changed while it ran and in tmux.conf since', 'x', 'y', 'z', false],
  ['of a server whose start nobody saw', 'x', undefined, undefined, true],
];

for (const [what, value, configured, live, set] of globals) {
  test(`a global option ${what} is ${set ? '' : 'not '}set again`, () => {
    const of = (text: string | null | undefined): UserOptions =>
      sessionOptions(text === null || text === undefined ? {} : { '@a': text });
    const steps = globalSteps(
      { options: of(value), configured: configured === undefined ? null : of(configured), environment: {} },
      of(live),
    );
    assert.deepEqual(steps, set ? [{ kind: 'set-global', scope: 'session', name: '@a', value }] : []);
  });
}

test('a variable of the server is set again unless the new one has it, but never the PATH', () => {
  const saved = { options: NO_USER_OPTIONS, configured: null, environment: { PATH: '/x', EDITOR: 'vi' } };
  assert.deepEqual(globalSteps(saved, NO_USER_OPTIONS), [{ kind: 'default-variable', name: 'EDITOR', value: 'vi' }]);
});
