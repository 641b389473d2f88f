/** What users tell root of themselves: they may tell anything. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkedReport, isProtected, lastWords, type CheckedReport } from '../../src/model/roster-report.js';

const status = {
  agent: { running: true, state: 'watching', pid: 7 },
  server: { sessions: 2, pid: 8 },
  manifest: { checkedAt: '2026-01-02T03:04:05.000Z', ageSeconds: 4, sessions: 2, bytes: 900, path: '/x' },
  lastLoss: { at: '2026-01-01T00:00:00.000Z', cause: 'oom-kill', sessions: 2, detail: 'any', unit: null },
  protected: true,
  problems: [{ code: 'not-restored', message: 'a session is not back', hint: 'tmux-persist restore' }],
};
const report = { status, agentVersion: '1.0.0', isEnabled: true, losses: { 'oom-kill': 2 }, restores: 3 };

const checked = (data: unknown = report): CheckedReport | null => checkedReport(JSON.stringify(data));
const withStatus = (change: object): unknown => ({ ...report, status: { ...status, ...change } });

test('a report is reduced to what root uses', () => {
  const { pid: _agent, ...agent } = status.agent;
  const { path: _path, ...manifest } = status.manifest;
  const { detail: _detail, unit: _unit, ...lastLoss } = status.lastLoss;
  assert.deepEqual(checked(), { ...report, status: { ...status, agent, server: { sessions: 2 }, manifest, lastLoss } });
  const empty = withStatus({ server: null, manifest: null, lastLoss: null, problems: [] });
  assert.equal(checked(empty)?.status.server, null);
});

test('what is no report, or too much of one, is none', () => {
  const problem = { code: 'a', message: 'b', hint: 'c' };
  const bad: readonly unknown[] = [
    ...[
      null,
      [],
      'text',
      {},
      { ...report, restores: -1 },
      { ...report, restores: 1.5 },
      { ...report, losses: { x: 1 } },
    ],
    withStatus({ server: { sessions: '2' } }),
    withStatus({ server: { sessions: 1e300 } }),
    withStatus({ manifest: { ...status.manifest, checkedAt: 'yesterday' } }),
    withStatus({ lastLoss: { ...status.lastLoss, cause: '\u001b[2J' } }),
    withStatus({ problems: [{ ...problem, message: 'x'.repeat(5000) }] }),
    withStatus({ problems: Array.from({ length: 101 }, () => problem) }),
    withStatus({ agent: { running: 'yes', state: 'watching' } }),
    withStatus({ protected: 1 }),
  ];
  for (const data of bad) assert.equal(checked(data), null, JSON.stringify(data).slice(0, 100));
  for (const text of ['', '{', 'Infinity', '{"status":']) assert.equal(checkedReport(text), null);
});

test('nothing of it can drive a terminal, turn a line around or hide in it', () => {
  const hostile = 'a\u001b]0;x\u0007b\r\nc\u202ed\u200be\u009b2J';
  const problems = [{ code: hostile, message: hostile, hint: hostile }];
  const told = checked({ ...report, agentVersion: hostile, status: { ...status, problems } });
  const problem = told?.status.problems[0];
  for (const text of [told?.agentVersion, problem?.code, problem?.message, problem?.hint, lastWords(hostile, '')]) {
    assert.ok(text !== undefined && text !== null && text !== '');
    assert.doesNotMatch(text, /[\u0000-\u001f\u007f-\u009f\u202e\u200b]/u);
  }
});

test('the last line that a user wrote is the reason, in bounds', () => {
  assert.equal(lastWords('first\ntmux-persist: cannot write it\n\n', 'none'), 'cannot write it');
  assert.equal(lastWords(' \n', 'none'), 'none');
  assert.equal(lastWords('x'.repeat(100_000), 'none').length, 300);
});

test('a user is protected who lingers, whose agent starts at boot, runs, and says so', () => {
  const row = (change: object, lingering = true) => {
    const told = checked({ ...report, ...change });
    assert.ok(told !== null);
    return isProtected({ user: 'ann', lingering, report: told, error: null, seconds: 0 });
  };
  assert.equal(row({}), true);
  assert.equal(row({}, false), false);
  assert.equal(row({ isEnabled: false }), false);
  assert.equal(row({ isEnabled: null }), false);
  assert.equal(row({ status: { ...status, protected: false } }), false);
  assert.equal(row({ status: { ...status, agent: { running: false, state: 'stopped' } } }), false);
  assert.equal(isProtected({ user: 'ann', lingering: true, report: null, error: 'hangs', seconds: 0 }), false);
});
