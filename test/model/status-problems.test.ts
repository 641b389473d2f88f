/**
 * What a status warns of, and the way out of each.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Manifest } from '../../src/model/manifest.js';
import type { Problem, StatusReport } from '../../src/model/report.js';
import { statusProblems } from '../../src/model/status-problems.js';
import { aManifest, aPending, aSession, at } from '../support/builders.js';

type Status = Omit<StatusReport, 'problems'>;

const server: NonNullable<Status['server']> = {
  running: true,
  pid: 100,
  version: '3.4',
  socketPath: '/tmp/tmux-1000/default',
  unit: 'tmux-server.service',
  cgroup: '/user.slice/tmux-server.service',
  sessions: 1,
  windows: 1,
  panes: 1,
};
const saved: NonNullable<Status['manifest']> = {
  id: '20260615T121640.000Z-0001',
  savedAt: at(0),
  checkedAt: at(1),
  ageSeconds: 5,
  sessions: 1,
  windows: 1,
  panes: 1,
  conversations: 0,
  bytes: 1000,
  path: '/state/manifest.json',
};
const well: Status = {
  version: '0.1.0',
  agent: { running: true, pid: 1, state: 'watching', since: at(0) },
  server,
  manifest: saved,
  lastLoss: null,
  lastRestore: null,
};
const stopped: Status['agent'] = { running: false, pid: null, state: 'stopped', since: null };

const problemsOf = (changes: Partial<Status>, manifest: Manifest | null = aManifest()): Problem[] =>
  statusProblems({ ...well, ...changes }, manifest);
const codes = (problems: readonly Problem[]): string[] => problems.map((problem) => problem.code);

test('nothing is said where all is well', () => {
  assert.deepEqual(problemsOf({}), []);
  assert.deepEqual(problemsOf({ server: null }), []);
});

test('without an agent it is said first that nothing is protected', () => {
  const problems = problemsOf({ agent: stopped, manifest: null }, null);
  assert.deepEqual(codes(problems), ['agent-not-running', 'nothing-saved']);
  assert.match(problems[0]?.hint ?? '', /enable --now/);
});

test('that nothing is saved is said only where there is something to save', () => {
  assert.deepEqual(codes(problemsOf({ manifest: null }, null)), ['nothing-saved']);
  assert.deepEqual(problemsOf({ manifest: null, server: null }, null), []);
  assert.deepEqual(problemsOf({ manifest: null, server: { ...server, sessions: 0 } }, null), []);
});

test('a state that was not confirmed for over a minute is stale, while an agent and a server run', () => {
  const old = { ...saved, ageSeconds: 61 };
  const [problem, ...others] = problemsOf({ manifest: old });
  assert.deepEqual([problem?.code, others], ['stale', []]);
  assert.match(problem?.message ?? '', /61 s/);
  assert.deepEqual(problemsOf({ manifest: { ...saved, ageSeconds: 60 } }), []);
  assert.deepEqual(problemsOf({ manifest: old, server: null }), []);
  assert.deepEqual(codes(problemsOf({ manifest: old, agent: stopped })), ['agent-not-running']);
});

test('a server in a login scope is at risk, one in any other unit is not', () => {
  assert.deepEqual(codes(problemsOf({ server: { ...server, unit: 'session-12.scope' } })), ['login-scope']);
  for (const unit of [null, 'tmux-server.service', 'ttyd.service', 'run-u1.scope'])
    assert.deepEqual(problemsOf({ server: { ...server, unit } }), []);
});

const waiting = (...hows: ('lost' | 'closing' | 'failed' | 'skipped' | 'imported')[]): Manifest =>
  aManifest({ pending: hows.map((how, number) => aPending(aSession(number + 10), { how })) });

test('sessions that are not back are named, with the command that brings them', () => {
  const [problem] = problemsOf({}, waiting('lost', 'failed', 'imported'));
  assert.deepEqual(problem, {
    code: 'not-restored',
    message: '3 sessions are not back: session-10, session-11, session-12',
    hint: 'tmux-persist restore; tmux-persist forget NAME for what is not wanted any more',
  });
  assert.equal(problemsOf({}, waiting('lost'))[0]?.message, 'a session is not back: session-10');
});

test('of many sessions that are not back five are named', () => {
  const message = problemsOf({}, waiting('lost', 'lost', 'lost', 'lost', 'lost', 'lost'))[0]?.message;
  assert.equal(message, '6 sessions are not back: session-10, session-11, session-12, session-13, session-14 ...');
});

test('what gave way to a session of its name is kept aside, and said', () => {
  assert.deepEqual(
    problemsOf({}, waiting('skipped')).map(({ code }) => code),
    ['name-taken'],
  );
});

test('what memory trouble took out of a living session is said, and is no session that is missing', () => {
  const manifest = aManifest({ pending: [aPending(aSession(1), { part: true })] });
  const [problem, ...others] = problemsOf({}, manifest);
  assert.deepEqual([problem?.code, others], ['windows-lost', []]);
  assert.match(problem?.message ?? '', /: session-1$/);
});

test('what is being closed, or waits for a server, is no problem', () => {
  assert.deepEqual(problemsOf({}, waiting('closing')), []);
  assert.deepEqual(problemsOf({ server: null }, waiting('lost')), []);
});
