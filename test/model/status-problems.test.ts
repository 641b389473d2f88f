/**
 * What a status warns of, and the way out of each.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import type { Manifest } from '../../src/model/manifest.js';
import type { Problem, StatusReport } from '../../src/model/report.js';
import { statusProblems, unreachableServers } from '../../src/model/status-problems.js';
import { aManifest, aPending, aSession, at } from '../support/builders.js';

type Status = Omit<StatusReport, 'problems' | 'protected' | 'programs'>;

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
  lingering: true,
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
  assert.equal(problems[0]?.hint, 'tmux-persist install --now');
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
    message: '3 sessions are not back: session-10, session-11, session-12 (to drop one: tmux-persist forget NAME)',
    hint: 'tmux-persist restore',
  });
  assert.match(problemsOf({}, waiting('lost'))[0]?.message ?? '', /^a session is not back: session-10 /);
});

test('of many sessions that are not back five are named', () => {
  const message = problemsOf({}, waiting('lost', 'lost', 'lost', 'lost', 'lost', 'lost'))[0]?.message;
  assert.match(message ?? '', /: session-10, session-11, session-12, session-13, session-14 and 1 more /);
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
  assert.match(problem?.message ?? '', /: session-1 /);
  assert.equal(problem?.hint, 'tmux-persist restore session-1');
});

test('what is being closed, or waits for a server, is no problem', () => {
  assert.deepEqual(problemsOf({}, waiting('closing')), []);
  assert.deepEqual(problemsOf({ server: null }, waiting('lost')), []);
});

test('an agent that was halted is named before anything that follows from it', () => {
  const problems = problemsOf({ manifest: { ...saved, ageSeconds: 500 } }, null);
  assert.deepEqual(codes(problems), ['nothing-saved', 'stale']);
  const halted = statusProblems({ ...well, agent: { running: true, pid: 7, isHalted: true } }, aManifest());
  assert.deepEqual(
    halted.map(({ code, hint }) => [code, hint]),
    [['agent-halted', 'kill -CONT 7']],
  );
});

test('lingering that is off is said, and not where systemd has no say', () => {
  assert.deepEqual(problemsOf({ lingering: null }), []);
  assert.deepEqual(
    problemsOf({ lingering: false }).map(({ code, hint }) => [code, hint]),
    [['lingering-off', 'loginctl enable-linger']],
  );
});

test('every hint is one command that a shell takes as it is, whatever a session is called', () => {
  const names = ['plain', '-n', "it's", '$(touch x)', 'a b', '`id`', 'bell\u0007', 'x'.repeat(300)];
  const programs = /^(tmux-persist|journalctl|loginctl|kill|ls|ps) /;
  for (const name of names) {
    const session = { ...aSession(10), name };
    const pending = [aPending(session, { how: 'skipped' }), aPending(session, { part: true }), aPending(session, {})];
    const problems = [
      ...problemsOf(
        { agent: stopped, lingering: false, server: { ...server, unit: 'session-1.scope' } },
        aManifest({ pending }),
      ),
      ...problemsOf({ manifest: { ...saved, ageSeconds: 61 } }, null),
      ...unreachableServers([1, 2], `/tmp/${name}`, true),
      ...unreachableServers([1], `/tmp/${name}`, false),
    ];
    assert.equal(problems.length, 10);
    for (const { hint } of problems) {
      assert.match(hint, programs);
      // The words that a shell makes of it: the program is replaced by one that prints them.
      const words = execFileSync('/bin/sh', ['-c', `show() { printf '%s\\n' "$@"; }; ${hint.replace(/^\S+/, 'show')}`]);
      assert.ok(words.toString().split('\n').length <= 6, hint);
      assert.equal(words.toString().includes('uid='), false);
    }
  }
});
