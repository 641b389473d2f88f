/**
 * Which saved sessions a restore is about: a name stands for its newest state.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { entryKey, refOf, selectCandidates, type Candidate } from '../../src/model/candidates.js';
import type { Manifest } from '../../src/model/manifest.js';
import { aClosed, aManifest, aPane, aPending, aSession, aWindow, at, links } from '../support/builders.js';

const ALL = { names: null, closed: false };

/** Returns the candidates; a failure fails the test. */
function select(manifest: Manifest, request: { names?: readonly string[]; closed?: boolean } = {}): Candidate[] {
  const selected = selectCandidates(manifest, { names: request.names ?? null, closed: request.closed ?? false });
  assert.ok(selected.ok, JSON.stringify(selected));
  return [...selected.value];
}

const keys = (candidates: readonly Candidate[]): string[] => candidates.map((candidate) => candidate.key);

const main = aSession(1, { name: 'main' });
const olderMain = aSession(2, { name: 'main' });
const oldestMain = aSession(3, { name: 'main' });

test('all that lived and all that is pending is restored, what was closed is not', () => {
  const manifest = aManifest({
    sessions: [main],
    pending: [
      aPending(aSession(7)),
      aPending(aSession(8), { how: 'failed' }),
      aPending(aSession(9), { how: 'skipped' }),
    ],
    closed: [aClosed(aSession(4))],
  });
  assert.deepEqual(
    select(manifest).map(({ session }) => session.name),
    ['main', 'session-9', 'session-8', 'session-7'],
  );
});

test('nothing saved means no candidate, and that is no failure', () => {
  assert.deepEqual(select(aManifest({ sessions: [] })), []);
});

test('of several states of one name what lived last wins, then the newest that left', () => {
  const pending = [aPending(oldestMain, { since: at(1) }), aPending(olderMain, { since: at(2) })];
  assert.deepEqual(keys(select(aManifest({ sessions: [main], pending }))), ['saved/$1']);
  assert.deepEqual(keys(select(aManifest({ sessions: [], pending }))), [entryKey('pending', at(2), olderMain)]);
  assert.deepEqual(keys(select(aManifest({ sessions: [], pending: pending.toReversed() }))), [
    entryKey('pending', at(2), olderMain),
  ]);
});

test('of several that left in one moment the one that was noted last wins', () => {
  const pending = [aPending(olderMain), aPending(oldestMain)];
  assert.deepEqual(keys(select(aManifest({ sessions: [], pending }))), [entryKey('pending', at(500), oldestMain)]);
});

test('a name brings back what was closed, and the newest of what was lost and what was closed', () => {
  const closed = [aClosed(olderMain, { closedAt: at(20) })];
  const request = { names: ['main'] };
  assert.deepEqual(keys(select(aManifest({ sessions: [], closed }), request)), [entryKey('closed', at(20), olderMain)]);
  const before = aManifest({ sessions: [], closed, pending: [aPending(oldestMain, { since: at(10) })] });
  assert.deepEqual(keys(select(before, request)), [entryKey('closed', at(20), olderMain)]);
  const after = aManifest({ sessions: [], closed, pending: [aPending(oldestMain, { since: at(30) })] });
  assert.deepEqual(keys(select(after, request)), [entryKey('pending', at(30), oldestMain)]);
});

test('everything closed is restored as well when that is asked for', () => {
  const manifest = aManifest({ sessions: [main], closed: [aClosed(olderMain), aClosed(aSession(4))] });
  assert.deepEqual(keys(select(manifest, { closed: true })), ['saved/$1', entryKey('closed', at(500), aSession(4))]);
});

test('only what is named is restored, by the name that a person reads', () => {
  const manifest = aManifest({ sessions: [main, aSession(5), aSession(6, { name: { base64: 'Y+k=' } })] });
  assert.deepEqual(keys(select(manifest, { names: ['c\ufffd', 'main'] })), ['saved/$1', 'saved/$6']);
  assert.deepEqual(select(manifest, { names: [] }), []);
});

test('a name that nothing saved has is not found, whatever is asked for beside it', () => {
  const manifest = aManifest({ sessions: [main] });
  for (const names of [['other'], ['main', 'other'], ['mai'], ['MAIN']]) {
    const selected = selectCandidates(manifest, { names, closed: false });
    assert.deepEqual(selected, { ok: false, error: { reason: 'not-found', what: `session '${names.at(-1) ?? ''}'` } });
  }
});

test('names that look the same and are not are both restored', () => {
  const sessions = [aSession(1, { name: { base64: '/w==' } }), aSession(2, { name: { base64: '/g==' } })];
  assert.deepEqual(keys(select(aManifest({ sessions }))), ['saved/$1', 'saved/$2']);
});

test('two saved sessions of one name are one candidate, the other one stays where it is', () => {
  const manifest = aManifest({ sessions: [main, olderMain] });
  assert.deepEqual(keys(select(manifest)), ['saved/$1']);
  assert.deepEqual(selectCandidates(manifest, ALL), selectCandidates(manifest, ALL));
});

test('sessions that left one server in one moment share their windows', () => {
  const shared = { windows: links({ 0: 1 }) };
  const manifest = aManifest({
    sessions: [],
    pending: [
      aPending(aSession(1, shared)),
      aPending(aSession(2, shared)),
      aPending(aSession(3, shared), { since: at(9) }),
    ],
  });
  const [second, first, earlier] = select(manifest);
  assert.ok(first && second && earlier);
  assert.equal(refOf(first, '@1'), refOf(second, '@1'));
  assert.notEqual(refOf(first, '@1'), refOf(earlier, '@1'));
  assert.notEqual(refOf(first, '$1'), refOf(second, '$2'));
});

test('sessions of one moment whose ids mean different things, as after an import, share nothing', () => {
  const since = at(500);
  const other = { windows: [aWindow(1, { name: 'another' })] };
  const samePane = { windows: [aWindow(2, { panes: [aPane(1)] })] };
  const cases = [
    [aPending(aSession(1)), aPending(aSession(2, { windows: links({ 0: 1 }) }), other)],
    [aPending(aSession(1)), aPending(aSession(1, { name: 'b', windows: links({ 0: 5 }) }))],
    [aPending(aSession(1)), aPending(aSession(2), samePane)],
  ];
  for (const pending of cases) {
    const scopes = select(aManifest({ sessions: [], pending })).map((candidate) => candidate.scope);
    assert.equal(new Set(scopes).size, 2, JSON.stringify(scopes));
    assert.ok(scopes.includes(`pending/${since}`));
  }
});

test('what is pending and what was closed in one moment are kept apart', () => {
  const shared = { windows: links({ 0: 1 }) };
  const manifest = aManifest({
    sessions: [],
    pending: [aPending(aSession(1, shared))],
    closed: [aClosed(aSession(2, shared))],
  });
  const scopes = select(manifest, { closed: true }).map((candidate) => candidate.scope);
  assert.equal(new Set(scopes).size, 2);
});
