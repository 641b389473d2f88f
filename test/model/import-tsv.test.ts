/** Tables of name, directory and conversation. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTsv } from '../../src/model/import-tsv.js';

const ID = '6f1a2b3c-0000-4000-8000-000000000001';

/** Name, directory and command of each session of a file. */
const rows = (file: string) =>
  parseTsv(file).sessions.map(({ name, windows }) => {
    const pane = windows[0]?.panes[0];
    return [name, pane?.currentPath, pane?.commandLine];
  });

test('each line is a session with its directory and its conversation', () => {
  const file = `web\t/srv/web\t${ID}\napi\t/srv/a b\t\nlogs\t/var/log\n`;
  assert.deepEqual(rows(file), [
    ['web', '/srv/web', `claude --resume ${ID}`],
    ['api', '/srv/a b', ''],
    ['logs', '/var/log', ''],
  ]);
  assert.deepEqual(parseTsv(file).problems, []);
});

test('a byte order mark, lines of DOS, empty lines and a missing last line end change nothing', () => {
  assert.deepEqual(rows('\u00ef\u00bb\u00bfweb\t/srv\t\r\n\r\napi\t/srv\t'), [
    ['web', '/srv', ''],
    ['api', '/srv', ''],
  ]);
});

test('bytes come through as they are, in UTF-8 or not', () => {
  assert.deepEqual(rows(Buffer.from('é\t/tmp/日\t\n').toString('latin1')), [['é', '/tmp/日', '']]);
  assert.deepEqual(rows('a\xff\t/tmp\t\n')[0]?.[0], { base64: Buffer.from('a\xff', 'latin1').toString('base64') });
});

const BAD: readonly (readonly [string, RegExp])[] = [
  ['just words', /not a name, a directory/],
  [`a\t/b\t${ID}\tmore`, /not a name, a directory/],
  ['\t/b\t', /names no session/],
  ['a\x1b[2J\t/b\t', /control character/],
  ['tmux-persist-restore-1\t/b\t', /unfinished restore/],
  ['a\tb\t', /no absolute path/],
  ['a\t\t', /no absolute path/],
  ['a\t~\t', /no absolute path/],
];

for (const [line, wanted] of BAD)
  test(`${JSON.stringify(line)} is reported with its number, and the lines around it are imported`, () => {
    const { sessions, problems } = parseTsv(`one\t/1\t\n${line}\ntwo\t/2\t\n`);
    assert.deepEqual(
      [sessions.map(({ name }) => name), problems.map((problem) => problem.line)],
      [['one', 'two'], [2]],
    );
    assert.match(problems[0]?.message ?? '', wanted);
  });

test('a name that stands twice is imported once', () => {
  const { sessions, problems } = parseTsv('web\t/1\t\nweb\t/2\t\n');
  assert.deepEqual([sessions.length, problems], [1, [{ line: 2, message: 'its session stands in line 1 already' }]]);
});

test('what is no id of a conversation is left out and said, and the session comes', () => {
  for (const id of ['x', ID.toUpperCase().replace('6F', '6G'), `${ID}0`, `${ID} --dangerously-skip-permissions`]) {
    const { sessions, problems } = parseTsv(`web\t/1\t${id}`);
    assert.equal(sessions[0]?.windows[0]?.panes[0]?.commandLine, '');
    assert.match(problems[0]?.message ?? '', /is no id/);
  }
});
