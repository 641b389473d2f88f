/** Which of two words about one process stands. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { following, type HookRecordFile } from '../../src/store/hook-record-file.js';

const aWord = (changes: Partial<HookRecordFile>): HookRecordFile => ({
  ...{ v: 1, boot_id: 'boot', pid: 10, starttime: '1000', tool: 'claude', session_id: 'A', ended: false, ts: 100_000 },
  ...{ transcript_path: '/a', cwd: '/home/u', source: 'startup', permission_mode: 'default' },
  ...{ tmux_socket: null, tmux_pane: null },
  ...changes,
});

describe('words of one process', () => {
  test('the first one, and one after a file that can not be read, stands', () => {
    const word = aWord({});
    for (const before of [null, '', 'torn {', 'null', '[]', '{"ts":"x"}']) assert.equal(following(before, word), word);
  });

  const cases: readonly (readonly [string, Partial<HookRecordFile>, Partial<HookRecordFile>, string | null])[] = [
    ['a new conversation replaces the old one', {}, { session_id: 'B', ts: 100_100 }, 'B'],
    ['the end of the conversation that is there is marked', {}, { ended: true, ts: 100_100 }, 'A ended'],
    ['the end of one that was left changes nothing', {}, { session_id: 'B', ended: true, ts: 100_100 }, null],
    ['a conversation that goes on again has not ended', { ended: true }, { ts: 100_100 }, 'A'],
    ['a word that was overtaken changes nothing', {}, { session_id: 'B', ts: 99_900 }, null],
    ['the end that was overtaken by a resume changes nothing', {}, { ended: true, ts: 99_900 }, null],
    [
      'a clock that was set back by more than a hook takes does not hide what is new',
      {},
      { session_id: 'B', ts: 10_000 },
      'B',
    ],
  ];
  for (const [name, earlier, later, expected] of cases) {
    test(name, () => {
      const next = following(JSON.stringify(aWord(earlier)), aWord(later));
      assert.equal(next === null ? null : `${next.session_id}${next.ended ? ' ended' : ''}`, expected);
    });
  }

  test('what a word does not say stays as it was said, of the same conversation only', () => {
    const silent = { transcript_path: null, cwd: null, source: null, permission_mode: null, ts: 100_100 };
    const same = following(JSON.stringify(aWord({})), aWord({ ...silent, cwd: '/moved' }));
    assert.deepEqual(same, aWord({ cwd: '/moved', ts: 100_100 }));
    const other = following(JSON.stringify(aWord({})), aWord({ ...silent, session_id: 'B' }));
    assert.deepEqual(other, aWord({ ...silent, session_id: 'B' }));
  });
});
