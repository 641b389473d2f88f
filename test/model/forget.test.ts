/**
 * What goes when a name is forgotten, and what stays.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forget, forgetReport } from '../../src/model/forget.js';
import { parseManifest } from '../../src/model/manifest.js';
import { aClosed, aManifest, aPending, aSession, aSplitWindow, aWindow, at, links } from '../support/builders.js';

const web = aSession(1, { name: 'web' });
const api = aSession(2, { name: 'api' });

test('everything that waits or was closed under the name goes, newest first, and nothing else', () => {
  const manifest = aManifest({
    sessions: [api],
    pending: [aPending(web, { since: at(20) }), aPending(api), aPending(web, { since: at(30), how: 'skipped' })],
    closed: [aClosed(web, { closedAt: at(10), how: 'kill-server' }), aClosed(aSession(3, { name: 'web2' }))],
  });
  const { state, entries, isLive } = forget(manifest, 'web', true);
  assert.deepEqual(
    entries.map(({ how, at: when }) => `${how} ${when}`),
    [`skipped ${at(30)}`, `lost ${at(20)}`, `kill-server ${at(10)}`],
  );
  assert.equal(isLive, false);
  assert.deepEqual(state, { ...manifest, pending: [manifest.pending[1]], closed: [manifest.closed[1]] });
});

test('a session of a living server stays, and so does what it was saved as', () => {
  const manifest = aManifest({ sessions: [web, api], pending: [aPending(web)], lastSession: 'web' });
  const { state, entries, isLive } = forget(manifest, 'web', true);
  assert.deepEqual([isLive, entries.length], [true, 1]);
  assert.deepEqual(state, { ...manifest, pending: [] });
});

test('a session whose server is gone goes, with the windows that no other one links', () => {
  const manifest = aManifest({
    sessions: [aSession(1, { name: 'web', windows: links({ 0: 1, 1: 2 }) }), aSession(2, { name: 'api' })],
    windows: [aSplitWindow(1, [1, 2]), aWindow(2)],
    lastSession: 'web',
  });
  const { state, entries, isLive } = forget(manifest, 'web', false);
  assert.deepEqual([isLive, entries.length, entries[0]?.how, entries[0]?.at], [false, 1, 'saved', manifest.savedAt]);
  assert.deepEqual(
    [state.sessions.map(({ name }) => name), state.windows.map(({ id }) => id), state.lastSession],
    [['api'], ['@2'], null],
  );
  assert.deepEqual(parseManifest(JSON.stringify(state), '').ok, true, 'what is left is whole');
});

test('a name that nothing has changes nothing', () => {
  const manifest = aManifest({ sessions: [web], lastSession: 'web', pending: [aPending(api)] });
  for (const name of ['', 'we', 'WEB', 'web ']) {
    const { state, entries, isLive } = forget(manifest, name, false);
    assert.deepEqual([state, entries, isLive], [manifest, [], false], name);
  }
});

test('the report counts what went, and names the state that still has it', () => {
  const windows = [aSplitWindow(1, [1, 2]), aWindow(2)];
  const entry = aPending(aSession(1, { name: 'web', windows: links({ 0: 1 }) }), { windows });
  assert.deepEqual(forgetReport('the id', 'web', forget(aManifest({ pending: [entry] }), 'web', true)), {
    session: 'web',
    forgotten: 1,
    live: false,
    manifestId: 'the id',
    entries: [{ how: 'lost', at: at(500), windows: 1, panes: 2 }],
  });
});
