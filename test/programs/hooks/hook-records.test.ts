/** Which records of our hooks count. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileView } from '../../../src/programs/file-view.js';
import { hookRecords, type HookRecord } from '../../../src/programs/hooks/hook-records.js';
import { anId, fakeView, temporaryFolder } from '../fake-view.js';

const BOOT_ID = '0123abcd-4567-89ef-0123-456789abcdef';
const NAME = '0123abcd4567-20-2000.json';
const PATH = `/home/u/.claude/projects/-home-u-project/${anId(1)}.jsonl`;

const aRecord = {
  ...{ v: 1, boot_id: BOOT_ID, pid: 20, starttime: '2000', tool: 'claude', session_id: anId(1), transcript_path: PATH },
  ...{ cwd: '/home/u/project', source: 'clear', permission_mode: 'default', tmux_socket: '/tmp/s', tmux_pane: '%1' },
  ...{ ts: 1_700_000_000_000, ended: false },
};

/** Returns what is read of one record file. */
function read(t: TestContext, record: unknown, name = NAME, state = 'S'): HookRecord[] {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, name), typeof record === 'string' ? record : JSON.stringify(record));
  return hookRecords(folder, BOOT_ID, fakeView({ pid: 10 }, { pid: 20, state }), fileView());
}

test('reads what a living process of this boot told', (t) => {
  const record = {
    ...{ tool: 'claude', pid: 20, startTime: '2000', bootId: BOOT_ID, sessionId: anId(1), transcriptPath: PATH },
    ...{ cwd: '/home/u/project', source: 'clear', at: 1_700_000_000_000, ended: false },
  };
  assert.deepEqual(read(t, aRecord), [record]);
  assert.deepEqual(read(t, { ...aRecord, starttime: 2000, ended: true }), [{ ...record, ended: true }]);
  const { transcript_path, cwd, source, ended, ...least } = aRecord;
  assert.equal([transcript_path, cwd, source, ended].length, 4);
  assert.deepEqual(read(t, least), [{ ...record, transcriptPath: null, cwd: null, source: null }]);
});

test('believes no record of another boot, another process with the same pid, or a dead one', (t) => {
  assert.deepEqual(read(t, aRecord, 'ffffffffffff-20-2000.json'), []);
  assert.deepEqual(read(t, { ...aRecord, boot_id: '0123abcd-4567-ffff-ffff-ffffffffffff' }), []);
  assert.deepEqual(read(t, aRecord, '0123abcd4567-20-1999.json'), []);
  assert.deepEqual(read(t, { ...aRecord, starttime: '1999' }), []);
  assert.deepEqual(read(t, { ...aRecord, pid: 21 }), []);
  assert.deepEqual(read(t, aRecord, '0123abcd4567-21-2100.json'), []);
  assert.deepEqual(read(t, aRecord, NAME, 'Z'), []);
});

test('believes nothing that is malformed', (t) => {
  const wrong: readonly unknown[] = [
    ...['', '{', 'null', '[]', '"x"', '1'],
    ...[{}, { ...aRecord, v: 2 }, { ...aRecord, v: '1' }, { ...aRecord, ts: 'x' }, { ...aRecord, ts: -1 }],
    ...[
      { ...aRecord, ts: null },
      { ...aRecord, tool: '' },
      { ...aRecord, tool: null },
      { ...aRecord, pid: '20' },
    ],
    ...['', '../../etc/passwd', '--dangerously-skip-permissions', 'a b', 'a\nb', 'x'.repeat(129), 7, null].map(
      (session_id) => ({ ...aRecord, session_id }),
    ),
  ];
  for (const record of wrong) assert.deepEqual(read(t, record), [], JSON.stringify(record).slice(0, 80));
  assert.deepEqual(read(t, { ...aRecord, padding: 'x'.repeat(1 << 20) }), []);
});

test('a path vouches for the id in its own name only, and leads nowhere else', (t) => {
  const others = [
    ...[`/home/u/${anId(2)}.jsonl`.replace('0a1b2c3d', 'ffffffff'), `relative/${anId(1)}.jsonl`, 7],
    ...[`/home/u/../../etc/${anId(1)}.jsonl`, `/home/u/\0/${anId(1)}.jsonl`, `/${'x/'.repeat(4096)}${anId(1)}.jsonl`],
  ];
  for (const transcript_path of others) {
    const [record] = read(t, { ...aRecord, transcript_path });
    assert.equal(record?.transcriptPath, null, String(transcript_path).slice(0, 80));
    assert.equal(record.sessionId, anId(1));
  }
  for (const cwd of ['relative', '/a/../b', '/a\0b', 7]) assert.equal(read(t, { ...aRecord, cwd })[0]?.cwd, null);
});

test('reads no other files, and waits for none', (t) => {
  const folder = temporaryFolder(t);
  for (const name of ['x.json', '0123abcd4567-20-2000.json.tmp', '0123abcd4567-020a-2000.json', '20.json'])
    writeFileSync(join(folder, name), JSON.stringify(aRecord));
  execFileSync('mkfifo', [join(folder, NAME)]);
  mkdirSync(join(folder, '0123abcd4567-10-1000.json'));
  symlinkSync('/nowhere', join(folder, '0123abcd4567-30-3000.json'));
  const view = fakeView({ pid: 10 }, { pid: 20 }, { pid: 30 });
  assert.deepEqual(hookRecords(folder, BOOT_ID, view, fileView()), []);
  assert.deepEqual(hookRecords(join(folder, 'missing'), BOOT_ID, view, fileView()), []);
});
