/**
 * What a client is told of a restore, and when nothing is.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { greetingOf } from '../../src/model/greeting.js';
import type { JournalEntry, LossEntry, RestoreEntry } from '../../src/model/journal.js';
import type { Cause } from '../../src/model/report.js';

process.env['TZ'] = 'UTC';

const bootId = 'boot';
const old = { pid: 10, startTime: 1 };
const live = { pid: 20, startTime: 2 };
const NOW = Date.parse('2026-11-23T08:20:00Z');

const loss = (changes: Partial<LossEntry> = {}): LossEntry => ({
  ...{ kind: 'loss', at: '2026-11-23T03:12:09.000Z', bootId, cause: 'oom-kill', detail: '#(id) %H', sessions: 6 },
  ...{ unit: null, server: old, ...changes },
});
const restore = (changes: Partial<RestoreEntry> = {}): RestoreEntry => ({
  ...{ kind: 'restore', at: '2026-11-23T03:12:10.000Z', bootId, manifestId: 'x', durationMs: 10, restored: 5 },
  ...{ adopted: 0, skipped: 0, failed: 0, conversations: { resumed: 2, offered: 0, missing: 0 } },
  ...{ server: live, automatic: true, ...changes },
});
const said = (journal: readonly JournalEntry[], told: string | null = null, now = NOW): string | null =>
  greetingOf(journal, { server: { ...live, bootId }, told, now })?.text ?? null;

test('it says how many are back, after what and when, and how many things need their user', () => {
  const conversations = { resumed: 1, offered: 1, missing: 0 };
  const cases: readonly (readonly [readonly JournalEntry[], string])[] = [
    [[loss(), restore()], '5 sessions are back after an OOM kill at 03:12'],
    [[loss(), restore({ restored: 1, adopted: 0 })], '1 session is back after an OOM kill at 03:12'],
    [[loss(), restore({ restored: 1, adopted: 2 })], '3 sessions are back after an OOM kill at 03:12'],
    [
      [loss(), restore({ failed: 1 })],
      '5 sessions are back after an OOM kill at 03:12; 1 needs you: tmux-persist status',
    ],
    [
      [loss(), restore({ failed: 1, skipped: 1, conversations })],
      '5 sessions are back after an OOM kill at 03:12; 3 need you: tmux-persist status',
    ],
    [
      [loss(), restore({ restored: 0, failed: 2 })],
      'no session is back after an OOM kill at 03:12; 2 need you: tmux-persist status',
    ],
    [[loss({ at: '2026-11-20T23:59:00.000Z' }), restore()], '5 sessions are back after an OOM kill at 20 Nov 23:59'],
    // What memory trouble took out of a living server, or an import that came back: no server was lost before it.
    [[loss(), restore(), restore({ at: '2026-11-23T07:00:00.000Z', restored: 1 })], '1 session is back since 07:00'],
    [[restore()], '5 sessions are back since 03:12'],
  ];
  for (const [journal, text] of cases) assert.equal(said(journal), `tmux-persist: ${text}`);
});

test('every cause has its words, and none of them is a format', () => {
  const causes: Cause[] = [
    'oom-kill',
    'signal',
    'core-dump',
    'exit-code',
    'kill-server',
    'stopped',
    'reboot',
    'unknown',
  ];
  const texts = causes.map((cause) => said([loss({ cause }), restore()]) ?? '');
  assert.equal(new Set(texts).size, causes.length);
  for (const text of texts) assert.match(text, /^tmux-persist: 5 sessions are back after [A-Za-z -]+ at 03:12$/);
});

test('nothing is said twice, of a restore by hand, of another server, of last week, or of nothing', () => {
  const journal = [loss(), restore()];
  assert.equal(said(journal, restore().at), null);
  assert.notEqual(said(journal, '2026-11-22T03:12:10.000Z'), null);
  assert.equal(said([loss(), restore({ automatic: false })]), null);
  assert.equal(said([loss(), restore({ server: old })]), null);
  assert.equal(said([loss(), restore({ bootId: 'before' })]), null);
  assert.equal(said(journal, null, NOW + 7 * 86_400_000), null);
  assert.equal(said([loss(), restore({ restored: 0 })]), null);
  assert.equal(said([loss()]), null);
  assert.equal(said([]), null);
});
