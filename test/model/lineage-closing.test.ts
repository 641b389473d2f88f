/**
 * What was closed and what was lost: R4, R5 and R6, each by what its rule says.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { entryKey } from '../../src/model/candidates.js';
import { closeLate, closeServer, settleClosings } from '../../src/model/closing.js';
import { windowsOf } from '../../src/model/holds.js';
import { judge } from '../../src/model/lineage.js';
import type { Manifest, Pending } from '../../src/model/manifest.js';
import {
  aClosed,
  aLook,
  aManifest,
  aPending,
  aSession,
  aWindow,
  at,
  circumstances,
  links,
} from '../support/builders.js';
import { names, nextLook, one, replacement, three, two, waiting, written } from './judging.js';

const MINUTE = 60_000;
const goings: readonly [saved: number, gone: number, oomNear: boolean, serverAgeMs: number, how: string][] = [
  [1, 1, false, 0, 'closing'],
  [1, 1, false, MINUTE - 1, 'closing'],
  [1, 1, false, MINUTE, 'closing'],
  [1, 1, true, 0, 'lost'],
  [1, 1, true, MINUTE, 'lost'],
  [3, 1, false, 0, 'closing'],
  [3, 1, false, MINUTE, 'closing'],
  [3, 1, true, 0, 'lost'],
  [3, 1, true, MINUTE, 'lost'],
  [3, 2, false, -MINUTE, 'lost'],
  [3, 2, false, 0, 'lost'],
  [3, 2, false, MINUTE - 1, 'lost'],
  [3, 2, false, MINUTE, 'closing'],
  [3, 2, true, 0, 'lost'],
  [3, 2, true, MINUTE, 'lost'],
  [3, 3, false, 0, 'lost'],
  [3, 3, false, MINUTE, 'lost'],
  [3, 3, true, 0, 'lost'],
  [3, 3, true, MINUTE, 'lost'],
];

for (const [saved, gone, oomNear, serverAgeMs, how] of goings) {
  const near = oomNear ? ' near an OOM kill' : '';
  test(`${gone} of ${saved} gone in one look at a server of ${serverAgeMs / 1000} s${near} is ${how}`, () => {
    const sessions = [one, two, three].slice(0, saved);
    const look = aLook({ sessions: sessions.slice(gone) });
    const { state, lost } = replacement(aManifest({ sessions }), look, { oomNear, serverAgeMs });
    const expected = sessions.slice(0, gone);
    assert.deepEqual(
      state.pending,
      expected.map((session) => ({
        since: at(1001),
        how,
        part: false,
        session,
        windows: windowsOf(session, aManifest({ sessions }).windows),
      })),
    );
    assert.deepEqual(lost, oomNear ? expected : []);
    assert.deepEqual(state.closed, []);
  });
}

test('all gone at once are lost although a client has made a session anew', () => {
  const { state } = replacement(aManifest({ sessions: [one, two] }), aLook({ sessions: [aSession(7)] }));
  assert.deepEqual(waiting(state), ['lost "session-1"', 'lost "session-2"']);
});

test('a session of the same name, or the same id made anew, is not the one that vanished', () => {
  for (const other of [aSession(9, { name: one.name }), aSession(1, { createdAt: at(900) })]) {
    const { state } = replacement(aManifest({ sessions: [one, two] }), aLook({ sessions: [two, other] }));
    assert.deepEqual(waiting(state), ['closing "session-1"']);
  }
});

test('a session that is renamed, moved or changed has not vanished', () => {
  for (const changes of [{ name: 'renamed' }, { path: '/' }, { windows: links({ 5: 1 }) }]) {
    const { state } = replacement(aManifest({ sessions: [one] }), aLook({ sessions: [aSession(1, changes)] }));
    assert.deepEqual(state.pending, []);
  }
});

test('what is being closed stays so look after look while its server lives', () => {
  const entry = aPending(one, { how: 'closing' });
  const previous = aManifest({ sessions: [two], pending: [entry] });
  assert.equal(judge(previous, aLook({ sessions: [two] }), circumstances()).kind, 'equal');
  const { state } = replacement(previous, aLook({ sessions: [two, three] }));
  assert.deepEqual(state.pending, [entry]);
});

test('a session that is there after all is not being closed', () => {
  const previous = aManifest({ sessions: [two], pending: [aPending(one, { how: 'closing' })] });
  const { state } = replacement(previous, aLook({ sessions: [aSession(1, { path: '/moved' }), two] }));
  assert.deepEqual([names(state.sessions), state.pending], [['session-1', 'session-2'], []]);
});

test('what an earlier server lost still waits when another session got its id in the same second', () => {
  const previous = aManifest({ sessions: [two], pending: [aPending(one, { how: 'failed' })] });
  const other = aSession(1, { name: 'other', createdAt: one.createdAt });
  const { state } = replacement(previous, aLook({ sessions: [other, two] }));
  assert.deepEqual(waiting(state), ['failed "session-1"']);
});

const keyOf = (entry: Pending): string => entryKey('pending', entry.since, entry.session);

test('closings that are confirmed are closed, and only those', () => {
  const closing = aPending(one, { how: 'closing' });
  const later = aPending(two, { how: 'closing' });
  const state = aManifest({ sessions: [], pending: [closing, later, aPending(three)], closed: [aClosed(aSession(4))] });
  const settled = settleClosings(state, new Set([keyOf(closing), keyOf(aPending(three))]), 'closed', at(600));
  assert.deepEqual(settled.pending, [later, aPending(three)]);
  assert.deepEqual(settled.closed, [aClosed(aSession(4)), aClosed(one)], 'closed when it vanished');
});

test('closings that turn out as losses are restored later, and keep their time', () => {
  const closing = aPending(one, { how: 'closing' });
  const state = aManifest({ sessions: [], pending: [closing, aPending(two)] });
  const settled = settleClosings(state, new Set([keyOf(closing)]), 'lost', at(600));
  assert.deepEqual(settled.pending, [aPending(two), aPending(one)]);
  assert.deepEqual(settled.closed, []);
});

test('settling what is not there changes nothing', () => {
  const state = aManifest({ pending: [aPending(two)] });
  const settled = settleClosings(state, new Set(['pending/gone']), 'closed', at(600));
  assert.deepEqual([settled.pending, settled.closed], [state.pending, []]);
});

test('after kill-server all that lived and all that was being closed is closed, and what was lost still waits', () => {
  const manifest = aManifest({
    sessions: [one, two],
    windows: [aWindow(1, { name: 'work' }), aWindow(2)],
    pending: [aPending(three, { how: 'closing' }), aPending(aSession(4)), aPending(aSession(5), { how: 'skipped' })],
    closed: [aClosed(aSession(6))],
  });
  const state = closeServer(manifest, at(600));
  assert.deepEqual([state.sessions, state.windows], [[], []]);
  assert.deepEqual(state.server, manifest.server);
  assert.deepEqual(state.pending, [aPending(aSession(4)), aPending(aSession(5), { how: 'skipped' })]);
  const closedAt = at(600);
  assert.deepEqual(state.closed, [
    aClosed(aSession(6)),
    aClosed(three),
    { closedAt, how: 'kill-server', session: one, windows: [aWindow(1, { name: 'work' })] },
    { closedAt, how: 'kill-server', session: two, windows: [aWindow(2)] },
  ]);
});

test('after kill-server the next server starts with nothing to restore', () => {
  const state = closeServer(aManifest({ sessions: [one, two] }), at(600));
  const { state: next } = replacement(written(state), nextLook());
  assert.deepEqual(next.pending, []);
  assert.deepEqual(names(next.closed.map(({ session }) => session)), ['session-1', 'session-2']);
});

const DAY = 86_400;

test('what was closed is kept for a week, at most a hundred of it, the newest', () => {
  const closed = [aClosed(one, { closedAt: at(-7 * DAY) }), aClosed(two, { closedAt: at(-7 * DAY + 1) })];
  const kept = (previous: Manifest, takenAt: string): unknown[] =>
    names(replacement(previous, aLook({ sessions: [three], takenAt })).state.closed.map(({ session }) => session));
  assert.deepEqual(kept(aManifest({ closed }), at(0)), ['session-1', 'session-2']);
  assert.deepEqual(kept(aManifest({ closed }), at(1)), ['session-2']);
  const many = Array.from({ length: 120 }, (_, number) => aClosed(aSession(number + 10)));
  const left = kept(aManifest({ closed: many }), at(1001));
  assert.deepEqual([left.length, left[0], left.at(-1)], [100, 'session-30', 'session-129']);
});

test('a closing that is decided long after, or under another clock, is kept for its week', () => {
  const entry = aPending(one, { how: 'closing' });
  const keys = new Set([entryKey('pending', entry.since, one)]);
  for (const decidedAt of ['2027-06-15T12:00:00.000Z', '2025-06-15T12:00:00.000Z']) {
    const { closed } = settleClosings(aManifest({ sessions: [], pending: [entry] }), keys, 'closed', decidedAt);
    assert.deepEqual(
      closed.map(({ closedAt }) => closedAt),
      [decidedAt],
    );
  }
});

test('what was taken for lost by who saved the next server first is closed by the kill-server that comes on record later', () => {
  const died = aManifest({ sessions: [one, two], pending: [aPending(three, { how: 'closing' })] });
  const next = written(replacement(died, nextLook()).state);
  assert.deepEqual(waiting(next), ['lost "session-3"', 'lost "session-1"', 'lost "session-2"']);
  const other = aPending(aSession(8));
  const state = closeLate({ ...next, pending: [...next.pending, other] }, died, at(1002));
  assert.deepEqual(state?.pending, [other]);
  assert.deepEqual(names(state.closed.map(({ session }) => session)), ['session-3', 'session-1', 'session-2']);
  assert.equal(closeLate({ ...next, pending: [other] }, died, at(1002)), null);
});
