import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countState } from '../../src/model/counts.js';
import {
  aClosed,
  aConversation,
  aManifest,
  aPane,
  aPending,
  aProgram,
  aSession,
  aWindow,
} from '../support/builders.js';

test('a state is counted by what lives in it; pending and closed sessions are not', () => {
  const manifest = aManifest({
    sessions: [aSession(1), aSession(2)],
    windows: [
      aWindow(1, { panes: [aPane(1, { program: aProgram() }), aPane(3)] }),
      aWindow(2, { panes: [aPane(2, { program: aProgram({ conversation: aConversation() }) })] }),
    ],
    pending: [aPending(aSession(4))],
    closed: [aClosed(aSession(5))],
  });
  assert.deepEqual(countState(manifest), { sessions: 2, windows: 2, panes: 3, conversations: 1 });
});

test('a window that several sessions show counts once, and an empty state is all zeros', () => {
  const shared = aManifest({
    sessions: [aSession(1), aSession(2, { windows: [{ index: 5, windowId: '@1' }] })],
    windows: [aWindow(1)],
  });
  assert.deepEqual(countState(shared), { sessions: 2, windows: 1, panes: 1, conversations: 0 });
  assert.deepEqual(countState({ sessions: [], windows: [] }), { sessions: 0, windows: 0, panes: 0, conversations: 0 });
});
