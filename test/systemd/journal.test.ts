/**
 * Who ended a process, by the words that each of them really writes; and a journal that has none, hangs or is not there.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import type { JournalWord } from '../../src/model/cause.js';
import { whoEnded, wordIn, type JournalEntry } from '../../src/systemd/journal.js';

const PID = 24312;
const UID = 1000;

// As a kernel 6.18, earlyoom 1.7 and systemd 252 wrote them.
const kernel: JournalEntry = {
  _TRANSPORT: 'kernel',
  MESSAGE:
    'Memory cgroup out of memory: Killed process 24312 (tmux: server) total-vm:22456kB, anon-rss:9208kB, file-rss:3488kB, shmem-rss:0kB, UID:1000 pgtables:72kB oom_score_adj:100',
};
const earlyoom: JournalEntry = {
  _TRANSPORT: 'stdout',
  _UID: '0',
  SYSLOG_IDENTIFIER: 'earlyoom',
  MESSAGE: 'sending SIGTERM to process 24312 uid 1000 "tmux: server": badness 1033, VmRSS 4 MiB',
};
const oomd: JournalEntry = {
  _TRANSPORT: 'journal',
  _UID: '1000',
  USER_UNIT: 'tmux-server.service',
  MESSAGE_ID: 'd989611b15e44c9dbf31e3c81256e4ed',
  MESSAGE: 'tmux-server.service: systemd-oomd killed 4 process(es) in this unit.',
};
const manager: JournalEntry = {
  ...oomd,
  MESSAGE_ID: 'fe6faa94e7774663a0da52717891d8ef',
  MESSAGE: 'tmux-server.service: A process of this unit has been killed by the OOM killer.',
};
const logind: JournalEntry = {
  _TRANSPORT: 'journal',
  _UID: '0',
  SESSION_ID: 'c1',
  MESSAGE_ID: '3354939424b4456d9802ca8333ed424a',
  MESSAGE: 'Removed session c1.',
};

const says: readonly [what: string, entry: JournalEntry, unit: string | null, by: JournalWord['by'] | null][] = [
  ['the kernel names it', kernel, null, 'kernel'],
  ['the kernel names another', { ...kernel, MESSAGE: 'Out of memory: Killed process 2431 (x) UID:1000' }, null, null],
  ['somebody writes what the kernel does', { ...kernel, _TRANSPORT: 'stdout' }, null, null],
  ['earlyoom names it', earlyoom, null, 'earlyoom'],
  ['earlyoom sends a SIGKILL', { ...earlyoom, MESSAGE: 'sending SIGKILL to process 24312 uid 1000' }, null, 'earlyoom'],
  ['another user says so in its name', { ...earlyoom, _UID: '1001' }, null, null],
  [
    'earlyoom runs as a user of its own',
    { ...earlyoom, _UID: '61234', _SYSTEMD_UNIT: 'earlyoom.service' },
    null,
    'earlyoom',
  ],
  ['earlyoom names another', { ...earlyoom, MESSAGE: 'sending SIGTERM to process 243120 uid 1000 "x"' }, null, null],
  ['earlyoom says what it is there for', { ...earlyoom, MESSAGE: 'sending SIGTERM when mem <= 10.00%' }, null, null],
  ['systemd-oomd was in its unit', oomd, 'tmux-server.service', 'systemd-oomd'],
  ["systemd-oomd was in another user's unit", { ...oomd, _UID: '1001' }, 'tmux-server.service', null],
  ['systemd-oomd was in another unit', oomd, 'tmux.service', null],
  ['it lived in no unit', oomd, null, null],
  ['its manager tells of an OOM kill in its unit', manager, 'tmux-server.service', 'systemd'],
  [
    "the machine's manager tells of one in its login",
    { ...manager, _UID: '0', USER_UNIT: null, UNIT: 'session-c1.scope' },
    'session-c1.scope',
    'systemd',
  ],
  ['its manager tells of something else', { ...manager, MESSAGE_ID: '0'.repeat(32) }, 'tmux-server.service', null],
  ['its login was ended', logind, 'session-c1.scope', 'logind'],
  ['another login was ended', logind, 'session-1.scope', null],
  ['a login was ended, and it lived in none', logind, 'tmux-server.service', null],
  ['the message is no text', { ...earlyoom, MESSAGE: [115, 101] }, null, null],
];

for (const [what, entry, unit, by] of says) {
  test(`${what}: ${by ?? 'nobody'} ended it`, () => {
    assert.equal(wordIn([entry], { pid: PID, unit }, UID)?.by ?? null, by);
  });
}

test('of several words the one that names the process counts, whatever the order', () => {
  const question = { pid: PID, unit: 'tmux-server.service' };
  for (const entries of [
    [manager, oomd, kernel],
    [kernel, manager, oomd],
  ]) {
    assert.equal(wordIn(entries, question, UID)?.by, 'kernel');
  }
  assert.equal(wordIn([manager, oomd], question, UID)?.by, 'systemd-oomd');
  assert.equal(wordIn([], question, UID), null);
});

test('a message is shown without its control characters', () => {
  const hostile = { ...earlyoom, MESSAGE: 'sending SIGTERM to process 24312 uid 1000 "\u001b]0;x\u0007"' };
  assert.match(wordIn([hostile], { pid: PID, unit: null }, UID)?.text ?? '', /"\\u001b\]0;x\\u0007"$/);
});

test('who ended a process is asked of journalctl, again while it is behind, and the answer is its newest state', async (context) => {
  const folder = await journalctlOf(
    context,
    `echo "$*" >>"$0.calls"
     [ "$(wc -l <"$0.calls")" -lt 2 ] || echo '${JSON.stringify(earlyoom)}'`,
  );
  const word = await ask(folder, 10_000);
  assert.deepEqual(word, { by: 'earlyoom', text: earlyoom['MESSAGE'] });
});

for (const [what, script] of [
  ['has nothing to say', 'exit 0'],
  ['fails', 'echo "no such option" >&2; exit 1'],
  ['writes no JSON', 'echo "-- No entries --"'],
  ['is not there', null],
] as const) {
  test(`a journalctl that ${what} is no word`, async (context) => {
    assert.equal(await ask(await journalctlOf(context, script), 10_000), null);
  });
}

test('a journalctl that hangs is left alone at the deadline', async (context) => {
  const folder = await journalctlOf(context, 'exec sleep 1000');
  const began = performance.now();
  assert.equal(await ask(folder, 200), null);
  assert.ok(performance.now() - began < 5000);
});

test('the journal of this machine is read, or there is none', async () => {
  const question = { pid: PID, unit: null, since: new Date(), withinMs: 10_000 };
  assert.equal(await whoEnded(question), null);
});

/** Makes a folder with a journalctl of its own, or an empty one. */
async function journalctlOf(context: TestContext, script: string | null): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tp-journal-'));
  context.after(() => rm(folder, { recursive: true }));
  if (script !== null) await writeFile(join(folder, 'journalctl'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return folder;
}

/** Asks the journalctl of this folder, or none. */
async function ask(folder: string, withinMs: number): Promise<JournalWord | null> {
  const path = process.env['PATH'];
  process.env['PATH'] = existsSync(join(folder, 'journalctl')) ? `${folder}:/usr/bin:/bin` : folder;
  try {
    return await whoEnded({ pid: PID, unit: 'tmux-server.service', since: new Date(), withinMs });
  } finally {
    process.env['PATH'] = path;
  }
}
