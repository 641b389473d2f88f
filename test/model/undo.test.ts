/**
 * What was closed last, and what of it an undo can bring back.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Closed, Manifest, Pending } from '../../src/model/manifest.js';
import { closings, planUndo } from '../../src/model/undo.js';
import { aClosed, aManifest, aPending, aSession, at } from '../support/builders.js';

const closed = (name: string, closedAt: number, how: Closed['how'] = 'kill-session'): Closed =>
  aClosed(aSession(closedAt, { name }), { closedAt: at(closedAt), how });
const pending = (name: string, since: number, how: Pending['how'], part = false): Pending =>
  aPending(aSession(since, { name }), { since: at(since), how, part });

/** Each moment with the names in it. */
const moments = (manifest: Partial<Manifest>): string[] =>
  closings(aManifest(manifest)).map(
    (closing) => `${closing.how}: ${closing.sessions.map(({ session }) => JSON.stringify(session.name)).join(' ')}`,
  );

test('the newest moment comes first, whatever order it was noted in', () => {
  const entries = [closed('two', 20), closed('one', 10), closed('three', 30)];
  assert.deepEqual(moments({ closed: entries }), [
    'kill-session: "three"',
    'kill-session: "two"',
    'kill-session: "one"',
  ]);
  assert.deepEqual(moments({}), []);
});

test('all of one kill-server is one moment, and what was closed before it another', () => {
  const killed = [closed('api', 40, 'kill-server'), closed('docs', 40, 'kill-server')];
  assert.deepEqual(moments({ closed: [closed('early', 15), ...killed] }), [
    'kill-server: "api" "docs"',
    'kill-session: "early"',
  ]);
});

test('what vanished in one look is one moment, and what is being closed counts as closed', () => {
  const entries = [pending('two', 20, 'closing'), pending('later', 30, 'closing')];
  assert.deepEqual(moments({ closed: [closed('one', 20)], pending: entries }), [
    'kill-session: "later"',
    'kill-session: "one" "two"',
  ]);
});

test('what was lost, failed or was left alone was not closed', () => {
  for (const how of ['lost', 'failed', 'skipped', 'imported'] as const)
    assert.deepEqual(moments({ pending: [pending('one', 20, how)] }), [], how);
});

test('a name stands for its newest state: what is older of it is not brought back', () => {
  assert.deepEqual(moments({ closed: [closed('one', 10), closed('two', 20), closed('one', 30)] }), [
    'kill-session: "one"',
    'kill-session: "two"',
  ]);
  assert.deepEqual(moments({ closed: [closed('one', 10)], pending: [pending('one', 20, 'skipped')] }), []);
  assert.deepEqual(moments({ closed: [closed('one', 30)], pending: [pending('one', 20, 'lost')] }), [
    'kill-session: "one"',
  ]);
  assert.deepEqual(moments({ closed: [closed('one', 10)], pending: [pending('one', 20, 'lost', true)] }), [
    'kill-session: "one"',
  ]);
});

test('an undo names the sessions of the newest moment, but for names that another session has', () => {
  const killed = ['api', 'docs', 'web'].map((name) => closed(name, 40, 'kill-server'));
  const undo = planUndo(
    aManifest({ sessions: [aSession(9, { name: 'docs' })], closed: [closed('old', 10), ...killed] }),
  );
  assert.deepEqual(undo?.names, ['api', 'web']);
  assert.deepEqual(
    undo.taken.map(({ session }) => session.name),
    ['docs'],
  );
  assert.deepEqual([undo.closing.at, undo.closing.how], [at(40), 'kill-server']);
});

test('names are those that a person reads, and with nothing closed there is nothing to undo', () => {
  const undo = planUndo(aManifest({ closed: [aClosed(aSession(4, { name: { base64: 'Y+k=' } }))] }));
  assert.deepEqual(undo?.names, ['c\ufffd']);
  assert.equal(planUndo(aManifest({ pending: [aPending(aSession(2))] })), null);
});
