/**
 * What memory trouble takes out of sessions that live on (R4): windows and panes, each kept once, whole, and offered.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { holds } from '../../src/model/holds.js';
import { judge } from '../../src/model/lineage.js';
import { keptParts, lostParts } from '../../src/model/lost-parts.js';
import { isWaiting } from '../../src/model/recovery.js';
import {
  aLook,
  aManifest,
  aPane,
  aPending,
  aSession,
  aSplitWindow,
  aWindow,
  at,
  circumstances,
  links,
} from '../support/builders.js';
import { replacement, written } from './judging.js';

const api = aSession(1, { windows: links({ 0: 1, 4: 2 }), activeWindow: '@2', group: 'team', options: { a: 'b' } });
const windows = [aWindow(1), aSplitWindow(2, [2, 3, 4], { layout: 'aaaa,80x24', activePane: '%3', lastPane: '%2' })];
const previous = { sessions: [api], windows };
const left = (panes: readonly number[]) => aSplitWindow(2, panes);

test('a window that is gone is kept as it was, in a session that links nothing else and has no settings', () => {
  const [part, ...more] = lostParts(previous, { windows: [aWindow(1)] }, []);
  assert.equal(more.length, 0);
  assert.deepEqual(part?.windows, [windows[1]]);
  assert.deepEqual(part.session, { ...api, group: null, windows: links({ 4: 2 }), options: {}, activeWindow: '@2' });
});

test('panes that are gone are kept without those that live, and without their layout', () => {
  const [part] = lostParts(previous, { windows: [aWindow(1), left([3])] }, []);
  const [window] = part?.windows ?? [];
  assert.deepEqual(
    window?.panes.map(({ id }) => id),
    ['%2', '%4'],
  );
  assert.deepEqual([window.layout, window.activePane, window.lastPane, window.zoomed], ['', '%2', null, false]);
});

test('a pane that was moved, a pane that was dead, and a session that is gone itself leave no part', () => {
  const moved = [aWindow(1, { panes: [aPane(1), aPane(2), aPane(3)] }), aWindow(9, { panes: [aPane(4)] })];
  assert.deepEqual(lostParts(previous, { windows: moved }, []), []);
  const dead = { sessions: [aSession(1)], windows: [aWindow(1, { panes: [aPane(1, { dead: true, deadStatus: 1 })] })] };
  assert.deepEqual(lostParts(dead, { windows: [] }, []), []);
  assert.deepEqual(lostParts(previous, { windows: [] }, [api]), []);
});

test('a window that several sessions show is kept once, with the session that is gone if there is one', () => {
  const both = { sessions: [aSession(1), aSession(2, { windows: links({ 7: 1 }) })], windows: [aWindow(1)] };
  assert.equal(lostParts(both, { windows: [] }, []).length, 1);
  assert.deepEqual(lostParts(both, { windows: [] }, both.sessions.slice(1)), []);
});

test('beside an OOM kill a lost window is pending as a part; without one it is its user who closed it', () => {
  const look = aLook({ sessions: [{ ...api, windows: links({ 0: 1 }) }], windows: [aWindow(1)] });
  const { state, lost } = replacement(aManifest(previous), look, { oomNear: true });
  assert.deepEqual(
    state.pending.map(({ how, part, since }) => [how, part, since]),
    [['lost', true, at(1001)]],
  );
  assert.deepEqual(lost, [], 'it is offered, not restored');
  assert.equal(isWaiting(written(state)), false);
  assert.deepEqual(replacement(aManifest(previous), look).state.pending, []);
});

const part = aPending({ ...api, windows: links({ 4: 2 }) }, { part: true });

test('a part stays pending look after look, and over any number of servers', () => {
  const manifest = aManifest({ ...previous, pending: [part] });
  assert.equal(judge(manifest, aLook(previous), circumstances()).kind, 'equal');
  const next = aLook({ ...previous, server: { ...aLook().server, pid: 7 } });
  assert.deepEqual(replacement(manifest, next).state.pending, [part]);
});

test('a part leaves when it came back', () => {
  const restored = new Set([`pending/${part.since}/${api.id}/${api.createdAt}`]);
  const { state } = replacement(aManifest({ ...previous, pending: [part] }), aLook(previous), { restored });
  assert.deepEqual(state.pending, []);
});

test('a session that lost windows does not hold what they were', () => {
  const small = { session: { ...api, windows: links({ 0: 1 }) }, windows: [aWindow(1)] };
  assert.equal(holds(small, { session: api, windows }), false);
});

test('while everything is being stopped, a look that shows less goes to history alone', () => {
  const saved = aManifest({ sessions: [api, aSession(5)], windows: [...windows, aWindow(5)] });
  const looks = [
    aLook({ sessions: [api], windows }),
    aLook({ sessions: saved.sessions, windows: [aWindow(1), left([3]), aWindow(5)] }),
    aLook({ sessions: [], windows: [] }),
  ];
  for (const look of looks) {
    assert.equal(judge(saved, look, circumstances({ isStopping: true })).kind, 'archive');
    assert.equal(judge(saved, look, circumstances()).kind, 'replace');
  }
  const more = aLook({ sessions: [...saved.sessions, aSession(6)], windows: [...saved.windows, aWindow(6)] });
  assert.equal(judge(saved, more, circumstances({ isStopping: true })).kind, 'replace');
});

test('where memory runs out all day the newest hundred parts wait, and every session', () => {
  const parts = Array.from({ length: 150 }, (_, second) => aPending(api, { since: at(second), part: true }));
  const kept = keptParts([aPending(aSession(2)), ...parts, aPending(aSession(3))]);
  assert.deepEqual(kept, [aPending(aSession(2)), ...parts.slice(50), aPending(aSession(3))]);
});
