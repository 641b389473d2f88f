/** The roster as OpenMetrics, for collectors of the older format as well. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { metricsText } from '../../src/model/metrics.js';
import type { RosterRow } from '../../src/model/roster-report.js';

const at = '2026-01-02T03:04:05.500Z';
const NOW = { now: new Date(at), mapProblems: 2 };

const row = (user: string, change: Partial<RosterRow> = {}): RosterRow => ({
  user,
  lingering: true,
  report: {
    status: {
      agent: { running: true, state: 'watching' },
      server: { sessions: 3 },
      manifest: { checkedAt: at, ageSeconds: 0, sessions: 2, bytes: 900 },
      lastLoss: { at, cause: 'oom-kill', sessions: 2 },
      protected: true,
      problems: [{ code: 'a', message: 'b', hint: 'c' }],
    },
    agentVersion: '1.0.0',
    isEnabled: true,
    losses: { 'oom-kill': 2, signal: 1 },
    restores: 4,
  },
  error: null,
  seconds: 0.25,
  ...change,
});

const hung = row('hung', { report: null, error: 'no answer in 60 s', lingering: false, seconds: 60 });

const samplesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

test('every figure of a user is a sample with the user as its label', () => {
  assert.deepEqual(samplesOf(metricsText([row('ann')], NOW)), [
    'tmux_persist_user_up{user="ann"} 1',
    'tmux_persist_protected{user="ann"} 1',
    'tmux_persist_lingering{user="ann"} 1',
    'tmux_persist_agent_running{user="ann"} 1',
    'tmux_persist_agent_version{user="ann",version="1.0.0"} 1',
    'tmux_persist_sessions{user="ann"} 3',
    'tmux_persist_saved_sessions{user="ann"} 2',
    'tmux_persist_last_save_timestamp_seconds{user="ann"} 1767323045.5',
    'tmux_persist_manifest_bytes{user="ann"} 900',
    'tmux_persist_losses{user="ann",cause="oom-kill"} 2',
    'tmux_persist_losses{user="ann",cause="signal"} 1',
    'tmux_persist_last_loss_timestamp_seconds{user="ann"} 1767323045.5',
    'tmux_persist_restores{user="ann"} 4',
    'tmux_persist_problems{user="ann"} 1',
    'tmux_persist_scrape_duration_seconds{user="ann"} 0.25',
    'tmux_persist_scrape_errors 0',
    'tmux_persist_roster_users 1',
    'tmux_persist_roster_map_problems 2',
    'tmux_persist_roster_timestamp_seconds 1767323045.5',
  ]);
});

test('a user who could not be asked is down, and has no samples of what is not known', () => {
  const samples = samplesOf(metricsText([row('ann'), hung], NOW));
  assert.deepEqual(
    samples.filter((line) => line.includes('hung')),
    [
      'tmux_persist_user_up{user="hung"} 0',
      'tmux_persist_protected{user="hung"} 0',
      'tmux_persist_lingering{user="hung"} 0',
      'tmux_persist_scrape_duration_seconds{user="hung"} 60',
    ],
  );
  assert.ok(samples.includes('tmux_persist_scrape_errors 1'));
});

test('a family stands together behind its help and its type, of a kind that both formats know, and the text ends with its end', () => {
  const text = metricsText([row('ann'), hung, row('bob')], NOW);
  assert.match(text, /\n# EOF\n$/);
  const families: string[] = [];
  let [help, type] = ['', ''];
  for (const line of text
    .replace(/# EOF\n$/, '')
    .trimEnd()
    .split('\n')) {
    const [, what, name = '', rest] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    if (what === 'HELP') help = name;
    else if (what === 'TYPE') {
      assert.deepEqual([name, rest], [help, 'gauge']);
      assert.match(name, /^tmux_persist_[a-z_]+$/);
      // Those ends are kept for other kinds in OpenMetrics.
      assert.doesNotMatch(name, /_(total|info|created|count|sum|bucket)$/);
      families.push(name);
      type = name;
    } else {
      assert.match(line, /^[a-z_]+(\{[a-z]+="(\\.|[^"\\])*"(,[a-z]+="(\\.|[^"\\])*")*\})? -?[0-9.e+]+$/);
      assert.equal(line.split(/[{ ]/)[0], type);
    }
  }
  assert.deepEqual([...new Set(families)], families, 'no family comes twice');
});

test('labels are escaped', () => {
  const [first] = samplesOf(metricsText([row('a"b\\c\nd')], NOW));
  assert.equal(first, 'tmux_persist_user_up{user="a\\"b\\\\c\\nd"} 1');
});
