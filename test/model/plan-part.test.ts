/**
 * Windows that were lost from a living session come back into it, beside what its user has there now.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { selectCandidates } from '../../src/model/candidates.js';
import { planRestore } from '../../src/model/plan.js';
import { aCandidate, aManifest, aPending, aPlanContext, aSession, aSnapshot, links } from '../support/builders.js';

const api = aSession(1, { name: 'api', windows: links({ 0: 1, 1: 2 }) });
const lost = (changes = {}) =>
  aCandidate(aSession(1, { name: 'api', windows: links({ 1: 3, 5: 4 }) }), {
    key: 'p',
    scope: 'p',
    part: true,
    ...changes,
  });
const live = aSnapshot([api]);

test('lost windows move into the session that lives, to their own indexes where those are free', () => {
  const plan = planRestore([lost()], aPlanContext({ live }));
  assert.deepEqual(
    plan.settle.flatMap((step) => (step.kind === 'move-in' ? [[step.window, step.index]] : [])),
    [
      ['p/@3', 2],
      ['p/@4', 5],
    ],
  );
  assert.equal(plan.sessions[0]?.host, '$1');
  const touching = ['rename-session', 'select-window', 'close-unused', 'make-room', 'unset-option'];
  const kinds = [...plan.create, ...plan.settle, ...plan.finish].map(({ kind }) => kind);
  assert.deepEqual(
    kinds.filter((kind) => touching.includes(kind)),
    [],
    'the session itself stays as it is',
  );
});

test('two parts of one session do not take each other’s indexes', () => {
  const plan = planRestore([lost(), lost({ key: 'q', scope: 'q' })], aPlanContext({ live }));
  const indexes = plan.settle.flatMap((step) => (step.kind === 'move-in' ? [step.index] : []));
  assert.equal(new Set(indexes).size, 4);
});

test('a part whose session is gone comes back as a session of its own', () => {
  const plan = planRestore([lost()], aPlanContext());
  assert.equal(plan.sessions[0]?.host, null);
  assert.ok(plan.create.some((step) => step.kind === 'rename-session' && step.to === 'api'));
});

test('a part whose session is only being made waits for it', () => {
  const plan = planRestore([aCandidate(api), lost()], aPlanContext());
  assert.deepEqual(
    plan.later.map(({ key }) => key),
    ['p'],
  );
  assert.deepEqual(plan.skips, []);
});

test('parts are asked for by everybody but the agent itself, and are not in the way of their session', () => {
  const part = aPending(aSession(1, { name: 'api' }), { part: true });
  const manifest = aManifest({ sessions: [api], pending: [part] });
  const keys = (isAutomatic: boolean, names: string[] | null) => {
    const chosen = selectCandidates(manifest, { names, closed: false, isAutomatic });
    return chosen.ok ? chosen.value.map((candidate) => candidate.part) : [];
  };
  assert.deepEqual(keys(true, null), [false]);
  assert.deepEqual(keys(true, ['api']), [false]);
  assert.deepEqual(keys(false, null), [false, true]);
  assert.deepEqual(keys(false, ['api']), [false, true]);
});

test('a whole session of the name comes before a newer part of it, and is made once', () => {
  const plan = planRestore([lost(), aCandidate(api)], aPlanContext());
  assert.deepEqual(
    plan.sessions.map(({ candidate }) => candidate.part),
    [false],
  );
  assert.deepEqual(
    plan.later.map(({ key }) => key),
    ['p'],
  );
});

test('parts of an earlier state, which may have come back since, are asked for by name', () => {
  const part = aPending(aSession(1, { name: 'api' }), { part: true });
  const manifest = aManifest({ sessions: [api], pending: [part] });
  const parts = (names: string[] | null, from: string | null) => {
    const chosen = selectCandidates(manifest, { names, closed: false, from });
    return chosen.ok ? chosen.value.filter((candidate) => candidate.part).length : null;
  };
  assert.deepEqual([parts(null, 'an id'), parts(['api'], 'an id'), parts(null, null)], [0, 1, 1]);
});
