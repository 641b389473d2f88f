/** Workspaces of tmuxp: data that was YAML or JSON. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTmuxp, type YamlPath } from '../../src/model/import-tmuxp.js';

/** Reads one document; the line of a place is the number of steps to it. */
const read = (data: unknown) => parseTmuxp([{ data, lineOf: (path: YamlPath) => path.length }], '/home/me');

/** What each pane of the only window has. */
const panesOf = (data: unknown) =>
  (read(data).sessions[0]?.windows[0]?.panes ?? []).map((pane) => [pane.currentPath, pane.commandLine, pane.active]);

test('windows, panes, layouts, focus and directories are read', () => {
  const { sessions, problems } = read({
    session_name: 'work',
    start_directory: '~/src',
    windows: [
      {
        window_name: 'editor',
        layout: 'main-vertical',
        panes: ['vim', null, { focus: true, shell_command: ['less a'] }],
      },
      { window_name: 7, window_index: 4, focus: 'true', start_directory: './api', panes: ['pane', 'blank'] },
      { options: { 'automatic-rename': true } },
    ],
  });
  assert.deepEqual(problems, []);
  assert.deepEqual(
    sessions[0]?.windows.map((window) => [
      window.index,
      window.name,
      window.automaticRename,
      window.active,
      window.layout?.panes.length ?? null,
      window.panes.map((pane) => [pane.currentPath, pane.commandLine, pane.active]),
    ]),
    [
      [
        ...[0, 'editor', false, false, 3],
        [
          ['/home/me/src', 'vim', false],
          ['/home/me/src', '', false],
          ['/home/me/src', 'less a', true],
        ],
      ],
      [
        ...[4, '7', false, true, null],
        [
          ['/home/me/src/api', '', true],
          ['/home/me/src/api', '', false],
        ],
      ],
      [5, '', true, false, null, [['/home/me/src', '', true]]],
    ],
  );
});

const FOLDERS: readonly (readonly [string, string])[] = [
  ['/srv', '/srv'],
  ['/srv//x/', '/srv/x'],
  ['/', '/'],
  ['~', '/home/me'],
  ['$HOME/x', '/home/me/x'],
  ['${HOME}', '/home/me'],
  ['$OTHER', '/srv/web/$OTHER'],
  ['../x', '/srv/x'],
  ['../../../..', '/'],
  ['/a##b', '/a#b'],
];

for (const [wanted, found] of FOLDERS)
  test(`the directory ${wanted} of a pane is ${found}`, () => {
    const panes = [{ start_directory: wanted }];
    assert.equal(panesOf({ session_name: 'a', start_directory: '/srv/web', windows: [{ panes }] })[0]?.[0], found);
  });

test('of several commands none is taken for what runs', () => {
  const commands = ['vim', ['vim'], [{ cmd: 'vim' }], { shell_command: 'vim' }, ['touch x', 'vim'], { cmd: 'vim' }, 3];
  assert.deepEqual(
    panesOf({ session_name: 'a', windows: [{ panes: commands }] }).map(([, command]) => command),
    ['vim', 'vim', 'vim', 'vim', '', 'vim', '3'],
  );
});

test('the directory that a frozen pane is sent to is its own', () => {
  const panes = [
    ['cd /usr/lib', 'vim'],
    { shell_command: ['cd ~/a b'] },
    ['cd $(id)', 'vim'],
    'cd /usr',
    ['cd x', 'cd /usr'],
  ];
  assert.deepEqual(
    panesOf({ session_name: 'a', windows: [{ panes }] }).map(([folder, command]) => [folder, command]),
    [
      ['/usr/lib', 'vim'],
      ['/home/me/a b', ''],
      ['/home/me', ''],
      ['/usr', ''],
      ['/home/me', ''],
    ],
  );
});

const BAD: readonly (readonly [string, unknown])[] = [
  ['a text', 'words'],
  ['a list', []],
  ['no name', { windows: [{}] }],
  ['a name with a dot', { session_name: 'a.b', windows: [{}] }],
  ['a name with a colon', { session_name: 'a:b', windows: [{}] }],
  ['a name with a backslash', { session_name: 'a\\b', windows: [{}] }],
  ['a name with a variable', { session_name: 'a $HOME', windows: [{}] }],
  ['a name with a control character', { session_name: 'a\u001bb', windows: [{}] }],
  ['no windows', { session_name: 'a' }],
  ['windows that are none', { session_name: 'a', windows: ['x'] }],
];

for (const [what, data] of BAD)
  test(`${what} is no workspace: it is said, and the next document is read`, () => {
    const documents = [data, { session_name: 'next', windows: [{}] }].map((one) => ({ data: one, lineOf: () => 3 }));
    const { sessions, problems } = parseTmuxp(documents, '/');
    assert.deepEqual(
      sessions.map(({ name }) => name),
      ['next'],
    );
    assert.ok(problems.length > 0 && problems.every(({ line }) => line === 3));
  });

test('an index that is taken, a layout that is none, and a second document of one name are said', () => {
  const { sessions, problems } = read({
    session_name: 'a',
    windows: [{ window_index: 1 }, { window_index: 1, layout: 'oblique' }, { window_index: -1 }],
  });
  assert.deepEqual(
    sessions[0]?.windows.map(({ index }) => index),
    [1, 2, 3],
  );
  assert.deepEqual(
    problems.map(({ message }) => message.split(' ')[1]),
    ['window', 'layout', 'window'],
  );
  const twice = { data: { session_name: 'a', windows: [{}] }, lineOf: () => 1 };
  assert.equal(parseTmuxp([twice, twice], '/').sessions.length, 1);
});
