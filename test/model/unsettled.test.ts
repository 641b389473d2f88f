import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pane } from '../../src/model/manifest.js';
import { UNSETTLED_COMMAND, unsettledSessions } from '../../src/model/unsettled.js';
import { aLivePane, aPane, aSession, aSnapshot, aWindow } from '../support/builders.js';

const placeholder: Partial<Pane> = { startCommand: [...UNSETTLED_COMMAND] };

/** Returns which of a session's names and panes is taken for ours. */
const isOurs = (name: string, ...panes: readonly Pane[]): boolean =>
  unsettledSessions(aSnapshot([aSession(1, { name })], [aWindow(1, { panes: [...panes] })])).includes('$1');

test('a session with a temporary name is what a restore left behind', () => {
  assert.equal(isOurs('tmux-persist-restore-1a2b-0', aPane(1)), true);
  assert.equal(isOurs('my-tmux-persist-restore-1a2b-0', aPane(1)), false);
});

test('a session that holds nothing but placeholders is what a restore left behind, one with anything else is not', () => {
  assert.equal(isOurs('main', aPane(1, placeholder), aPane(2, placeholder)), true);
  assert.equal(isOurs('main', aPane(1, placeholder), aPane(2)), false);
  assert.equal(isOurs('main', aPane(1)), false);
  assert.equal(isOurs('main', aPane(1, { startCommand: ['cat', '-'] })), false);
});

test('panes without a process are ours only beside a placeholder', () => {
  const snapshot = (first: Partial<Pane>) => {
    const session = aSession(1);
    const window = { ...aWindow(1), panes: [aLivePane(aPane(1, first)), aLivePane(aPane(2), { pid: 0 })] };
    return { ...aSnapshot([session]), windows: [window] };
  };
  assert.deepEqual(unsettledSessions(snapshot(placeholder)), ['$1']);
  assert.deepEqual(unsettledSessions(snapshot({})), []);
  const dead = snapshot({});
  const empty = { ...dead, windows: dead.windows.map((window) => ({ ...window, panes: window.panes.slice(1) })) };
  assert.deepEqual(unsettledSessions(empty), []);
});
