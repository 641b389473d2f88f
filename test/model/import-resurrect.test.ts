/** Save files of tmux-resurrect, as its versions 2 to 4 write them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ImportedPane } from '../../src/model/import.js';
import { isResurrect, parseResurrect } from '../../src/model/import-resurrect.js';

const lines = (...rows: readonly (readonly string[])[]): string => rows.map((row) => `${row.join('\t')}\n`).join('');

const V4 = lines(
  ['grouped_session', 'second', 'blue', ':0', ':1'],
  ['pane', 'blue', '0', '0', ':', '0', 'a title', ':/tmp', '1', 'vim', ':vim foo.txt'],
  ['pane', 'blue', '1', '1', ':*Z', '1', 'two', ':/usr/share/a\\ man', '1', 'man', ':man echo'],
  ['pane', 'blue', '1', '1', ':*Z', '0', 'one', ':/tmp', '0', 'bash', ':'],
  ['pane', 'red', '3', '1', ':*', '0', 'r', ':/srv', '1', 'bash', ':'],
  ['window', 'blue', '0', ':vim', '0', ':-', 'b25d,80x24,0,0,0', 'off'],
  ['window', 'blue', '1', ':man', '1', ':*Z', '178b,200x49,0,0{100x49,0,0,3,99x49,101,0,4}', ':'],
  ['window', 'red', '3', ':sh', '1', ':*', 'b25d,80x24,0,0,0', 'on'],
  ['state', 'red', 'blue'],
);

/** The panes of all sessions by their places. */
const places = (file: string): Record<string, ImportedPane> =>
  Object.fromEntries(
    parseResurrect(file, '/home/me').sessions.flatMap(({ name, windows }) =>
      windows.flatMap((window) =>
        window.panes.map((pane) => [`${JSON.stringify(name)}:${String(window.index)}.${String(pane.index)}`, pane]),
      ),
    ),
  );

test('sessions, windows, panes, layouts, names, zoom, focus and directories are read', () => {
  const { sessions, problems, lastSession } = parseResurrect(V4, '/home/me');
  assert.deepEqual([problems, lastSession], [[], 'red']);
  assert.deepEqual(
    sessions.map(({ name, windows }) => [
      name,
      windows.map((window) => [
        window.index,
        window.name,
        window.automaticRename,
        window.zoomed,
        window.active,
        window.last,
        window.layout?.width,
        window.panes.map((pane) => [pane.index, pane.title, pane.currentPath, pane.active, pane.commandLine]),
      ]),
    ]),
    [
      [
        'blue',
        [
          [0, 'vim', false, false, false, true, 80, [[0, 'a title', '/tmp', true, 'vim foo.txt']]],
          [
            ...[1, 'man', true, true, true, false, 200],
            [
              [0, 'one', '/tmp', false, ''],
              [1, 'two', '/usr/share/a man', true, 'man echo'],
            ],
          ],
        ],
      ],
      ['red', [[3, 'sh', true, false, true, false, 80, [[0, 'r', '/srv', true, '']]]]],
    ],
  );
});

test('a grouped session shows the windows of its first one, with a choice of its own', () => {
  const { members } = parseResurrect(V4, '/');
  assert.deepEqual(members, [{ line: 1, name: 'second', of: 'blue', active: 1, last: 0 }]);
});

test('the older formats are read: the name with the panes, and no title', () => {
  const named = lines(
    ['pane', 'blue', '1', ':man', '0', ':-', '0', ':/tmp', '0', 'bash', ':'],
    ['pane', 'blue', '1', ':man', '0', ':-', '1', ':/usr', '1', 'man', ':man echo'],
    ['window', 'blue', '1', '0', ':-', '178b,200x49,0,0{100x49,0,0,3,99x49,101,0,4}'],
  );
  const [window] = parseResurrect(named, '/').sessions[0]?.windows ?? [];
  assert.deepEqual([window?.name, window?.automaticRename, window?.layout?.height], ['man', false, 49]);
  assert.equal(places(named)['"blue":1.1']?.commandLine, 'man echo');
  const untitled = lines(['pane', 's', '0', '1', ':*', '0', ':/tmp', '1', 'less', ':less a']);
  assert.deepEqual([places(untitled)['"s":0.0']?.title, places(untitled)['"s":0.0']?.commandLine], ['', 'less a']);
});

test('a pane whose empty title went missing keeps its directory, and its program is not guessed', () => {
  const shifted = lines(['pane', 's', '0', '1', ':*', '0', ':/tmp', '1', 'vim', '4711', ':']);
  const pane = places(shifted)['"s":0.0'];
  assert.deepEqual(
    [pane?.currentPath, pane?.active, pane?.currentCommand, pane?.commandLine],
    ['/tmp', true, 'vim', ''],
  );
});

test('a leading tilde is the home directory, and a dead pane has no directory', () => {
  const of = (directory: string) =>
    places(lines(['pane', 's', '0', '1', ':*', '0', 't', `:${directory}`, '1', 'sh', ':']))['"s":0.0']?.currentPath;
  assert.deepEqual(['~', '~/src', ''].map(of), ['/home/me', '/home/me/src', '']);
});

const GOOD = ['pane', 'ok', '0', '1', ':*', '0', 't', ':/tmp', '1', 'bash', ':'];
const BAD: readonly (readonly [string, readonly string[]])[] = [
  ['a pane that is cut off', ['pane', 'bad', '0', '1', ':*']],
  ['a pane without a session', ['pane', '', ...GOOD.slice(2)]],
  ['a pane with a word for an index', ['pane', 'bad', 'x', ...GOOD.slice(3)]],
  ['a pane with a relative directory', [...GOOD.slice(0, 1), 'bad', ...GOOD.slice(2, 7), ':tmp', ...GOOD.slice(8)]],
  ['a pane with a flag that is none', [...GOOD.slice(0, 1), 'bad', ...GOOD.slice(2, 8), 'yes', ...GOOD.slice(9)]],
  ['a pane that is there already', GOOD],
  ['a window without panes', ['window', 'bad', '0', ':x', '1', ':*', 'b25d,80x24,0,0,0', ':']],
  ['a window that is cut off', ['window', 'ok', '0', ':x']],
  ['a group of a session that is not there', ['grouped_session', 'g', 'bad', ':0', ':1']],
  ['a group with the name of a session', ['grouped_session', 'ok', 'ok', ':0', ':1']],
  ['half of a path with a line break', ['rest of it', '1', 'bash', ':']],
];

for (const [what, row] of BAD)
  test(`${what} is reported with its line, and the rest is imported`, () => {
    const { sessions, members, problems } = parseResurrect(lines(GOOD, row), '/');
    assert.deepEqual([sessions.map(({ name }) => name), members, problems.map(({ line }) => line)], [['ok'], [], [2]]);
  });

test('a layout that is none of the panes is said, and they come back tiled', () => {
  const file = lines(
    GOOD,
    [...GOOD.slice(0, 5), '1', ...GOOD.slice(6)],
    ['window', 'ok', '0', ':x', '1', ':*', 'b25d,80x24,0,0,0', ':'],
  );
  const { sessions, problems } = parseResurrect(file, '/');
  assert.equal(sessions[0]?.windows[0]?.layout, null);
  assert.deepEqual(
    problems.map(({ line, message }) => [line, message.includes('tiled')]),
    [[3, true]],
  );
});

test('a table with a session called pane is no file of tmux-resurrect', () => {
  assert.deepEqual([isResurrect(V4), isResurrect('pane\t/tmp\t\nstate\ta\tb\n')], [true, false]);
});
