/** What a new server is met with: a table of (saved state, journal) → recovery. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JournalEntry } from '../../src/model/journal.js';
import { decideRecovery } from '../../src/model/recovery.js';
import { aLoss, aManifest, aServer, aSession, aWindow } from '../support/builders.js';

const bootId = 'this-boot';
const at = '2026-01-02T03:04:05.000Z';
const saved = { pid: 10, startTime: 100 };
const live = { bootId, pid: 20, startTime: 200 };

const manifest = aManifest({
  bootId,
  server: aServer(saved),
});
const ofThis = aManifest({ ...manifest, server: { ...(manifest.server ?? never()), pid: 20, startTime: 200 } });
const lost = { since: at, how: 'lost' as const, part: false, session: aSession(7), windows: [aWindow(7)] };

function never(): never {
  throw new Error('the manifest has a server');
}

const restore = (server: { pid: number; startTime: number }, automatic = true): JournalEntry => ({
  kind: 'restore',
  at,
  bootId,
  manifestId: null,
  durationMs: 1,
  restored: 1,
  adopted: 0,
  skipped: 0,
  failed: 0,
  conversations: { resumed: 0, offered: 0, missing: 0 },
  server,
  automatic,
});

const loss = (cause: 'kill-server' | 'signal'): JournalEntry => ({
  kind: 'loss',
  at,
  bootId,
  cause,
  detail: '',
  sessions: 1,
  unit: null,
  server: saved,
});

const table = [
  ['nothing was ever saved', null, [], 'nothing'],
  ['another server was saved last', manifest, [], 'restore'],
  ['it was killed', manifest, [loss('signal')], 'restore'],
  ['its user killed it', manifest, [loss('kill-server')], 'nothing'],
  ['this server was restored into already', manifest, [restore(live)], 'nothing'],
  ['a person restored something into this server', manifest, [restore(live, false)], 'restore'],
  ['an earlier server was restored into', manifest, [restore(saved)], 'restore'],
  ['this very server was saved last', ofThis, [], 'nothing'],
  ['it was saved without an agent, which noted what is lost', aManifest({ ...ofThis, pending: [lost] }), [], 'restore'],
  ['the same, and the restore is done', aManifest({ ...ofThis, pending: [lost] }), [restore(live)], 'nothing'],
  ['the saved state was imported', aManifest({ ...manifest, server: null }), [], 'restore'],
] as const;

for (const [what, previous, journal, expected] of table) {
  test(`a new server, and ${what}: ${expected}`, () => {
    assert.equal(decideRecovery(previous, live, journal), expected);
  });
}

test("after the user's own kill-server everything comes back where they asked for it, and once", () => {
  const asked: JournalEntry = { ...aLoss({ server: saved, bootId }), cause: 'kill-server', closed: false };
  assert.equal(decideRecovery(manifest, live, [asked]), 'restore');
  assert.equal(decideRecovery(manifest, live, [asked, restore(live)]), 'nothing');
});

test('windows that are only offered are no reason to restore', () => {
  const offered = aManifest({ ...ofThis, pending: [{ ...lost, part: true }] });
  assert.equal(decideRecovery(offered, live, []), 'nothing');
});
