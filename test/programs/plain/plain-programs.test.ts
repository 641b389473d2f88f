/** Which programs without a conversation are found in a pane, and what is kept of them. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Program } from '../../../src/model/manifest.js';
import { parseProgramChoice } from '../../../src/model/program-choices.js';
import { fileView } from '../../../src/programs/file-view.js';
import { identifyPrograms } from '../../../src/programs/identify.js';
import { resumeProgram } from '../../../src/programs/resume.js';
import { displayText, type Text } from '../../../src/model/text.js';
import { aProgram } from '../../support/builders.js';
import { fakeView, temporaryFolder, type FakeProcess } from '../fake-view.js';

/** Returns the program of a pane whose shell (pid 10) has these processes below it; all are in the foreground unless they say otherwise. */
function programIn(t: TestContext, choices: string, ...below: readonly FakeProcess[]): Program | null {
  const tpgid = below[0]?.pgrp ?? below[0]?.pid ?? 10;
  const view = fakeView({ pid: 10, tpgid }, ...below.map((process) => ({ pgrp: tpgid, tpgid, ...process })));
  const known = { choices: choices.split(' ').flatMap((word) => parseProgramChoice(word) ?? []) };
  return identifyPrograms([{ paneId: '%1', pid: 10 }], view, temporaryFolder(t), known).get('%1') ?? null;
}

const rows: readonly (readonly [what: string, choices: string, below: readonly FakeProcess[], found: string | null])[] =
  [
    ['an editor', '', [{ pid: 11, argv: ['vim', 'a b'] }], 'vim auto'],
    ['an editor that reads a pipeline', '', [{ pid: 11, argv: ['vim', '-R'], openFiles: { 0: 'pipe:[1]' } }], null],
    ['an editor that writes into a file', '', [{ pid: 11, argv: ['vim', 'a'], openFiles: { 1: '/tmp/x' } }], null],
    [
      'a pager behind git',
      '',
      [
        { pid: 11, argv: ['git', 'log'] },
        { pid: 12, ppid: 11, argv: ['less'], openFiles: { 0: 'pipe:[1]' } },
      ],
      null,
    ],
    [
      'a log that is filtered',
      '',
      [
        { pid: 11, argv: ['tail', '-f', 'a'], openFiles: { 1: 'pipe:[1]' } },
        { pid: 12, argv: ['grep', 'x'] },
      ],
      null,
    ],
    ['an editor that was stopped', '', [{ pid: 11, argv: ['vim', 'a'], state: 'T', tpgid: 10 }], 'vim offer'],
    ['a monitor in the background', '', [{ pid: 11, argv: ['top'], pgrp: 11, tpgid: 10 }], null],
    [
      'an editor with a command, and what it shows',
      '',
      [
        { pid: 11, argv: ['vim', '-c', 'x'] },
        { pid: 12, ppid: 11, argv: ['less', 'a'] },
      ],
      null,
    ],
    ['a remote shell', '', [{ pid: 11, argv: ['ssh', 'host'] }], 'ssh offer'],
    ['a remote shell that its user wants', 'ssh=auto', [{ pid: 11, argv: ['autossh', '-M', '0', 'host'] }], 'ssh auto'],
    ['a remote shell that its user named', 'ssh', [{ pid: 11, argv: ['ssh', 'host'] }], 'ssh auto'],
    ['a container', '*', [{ pid: 11, argv: ['docker', 'exec', '-it', 'c', 'bash'] }], 'container never'],
    [
      'a container that its user named',
      'docker',
      [{ pid: 11, argv: ['docker', 'exec', '-it', 'c', 'bash'] }],
      'container offer',
    ],
    ['a listed program', 'lazygit', [{ pid: 11, argv: ['lazygit'] }], 'listed auto'],
    ['a listed program that is to be looked at first', 'lazy*=view', [{ pid: 11, argv: ['lazygit'] }], 'listed view'],
    ['everything, where everything is listed', '*', [{ pid: 11, argv: ['make', 'watch'] }], 'listed auto'],
    ['what is denied, where everything is listed', '*', [{ pid: 11, argv: ['dd', 'if=/dev/zero'] }], null],
    ['a shell, where everything is listed', '*', [{ pid: 11, argv: ['zsh'] }], null],
    [
      'what another user runs',
      '*',
      [
        { pid: 11, argv: ['sudo', 'vim', 'a'] },
        { pid: 12, ppid: 11, argv: ['vim', 'a'] },
      ],
      null,
    ],
    ['a listed one that its user does not want', 'htop=never', [{ pid: 11, argv: ['htop'] }], 'monitor never'],
  ];

for (const [what, choices, below, found] of rows) {
  test(`${what} with '${choices}' is kept as ${found ?? 'nothing'}`, (t) => {
    const program = programIn(t, choices, ...below);
    assert.equal(program === null ? null : `${program.kind} ${program.mode}`, found);
    if (program !== null) assert.deepEqual(program.argv, below[0]?.argv);
  });
}

test('a password is not kept, its variables neither, and the program is only offered, whatever its user wants', (t) => {
  const environ = { PATH: '/usr/bin', PGHOST: 'db', PGPASSWORD: 'hunter2', MOSH_KEY: 'hunter2' };
  for (const argv of [
    ['mysql', '-phunter2', 'shop'],
    ['psql', 'postgresql://me:hunter2@db/shop'],
    ['redis-cli', '-a', 'hunter2'],
  ]) {
    const program = programIn(t, 'repl=auto', { pid: 11, argv, environ });
    assert.equal(program?.mode, 'offer');
    assert.deepEqual(program.env, { PATH: '/usr/bin', PGHOST: 'db' });
    assert.doesNotMatch(JSON.stringify(program), /hunter2/);
  }
  const program = programIn(t, 'repl=auto', { pid: 11, argv: ['psql', 'shop'], environ });
  assert.equal(program?.mode, 'auto');
});

const PATHS = [
  '/usr/bin/vim',
  '/usr/bin/mosh',
  '/usr/bin/mosh-client',
  '/usr/bin/python3',
  '/usr/bin/ipython3',
  '/usr/bin/dd',
  '/home/user',
];

/** Returns what happens in the pane of a saved program where everything is listed: its action and the vector that runs. */
function resumed(changes: Partial<Program>): readonly [string, readonly Text[]] {
  const exists = (path: Text): boolean => PATHS.includes(displayText(path));
  const program = aProgram({ env: { PATH: '/usr/bin' }, ...changes });
  const { action, argv } = resumeProgram(program, {
    ...{ policy: 'auto', choices: [{ pattern: '*', mode: 'auto' }], home: '/home/user', held: new Set(), exists },
    ...{ isExecutable: exists, files: { ...fileView(), exists } },
  });
  return [action, argv];
}

test('what comes back is the program of that name in the saved PATH, with its words', () => {
  assert.deepEqual(resumed({ argv: ['vim', '$(x)', '#{y}', 'a b'] }), [
    'auto',
    ['/usr/bin/vim', '$(x)', '#{y}', 'a b'],
  ]);
  const client = ['-# -p 60001 me@host |', '192.0.2.1', '60001'];
  for (const called of ['mosh-client', '/usr/bin/mosh-client'])
    assert.deepEqual(resumed({ kind: 'mosh', argv: [called, ...client] }), [
      'auto',
      ['/usr/bin/mosh', '-p', '60001', 'me@host'],
    ]);
  assert.deepEqual(resumed({ kind: 'repl', argv: ['/usr/bin/python3', '/usr/bin/ipython3', '--no-banner'] }), [
    ...['auto', ['/usr/bin/python3', '/usr/bin/ipython3', '--no-banner']],
  ]);
});

test('a saved state that was edited by hand starts nothing that a live one would not', () => {
  const edited: readonly (readonly [kind: string, argv: readonly string[]])[] = [
    ['vim', ['vim', '-c', '!x']],
    ['vim', ['dd', 'if=/dev/zero']],
    ['listed', ['vim', '-c', '!x']],
    ['listed', ['/usr/bin/dd', 'if=/dev/zero']],
    ['listed', ['sh', '-c', 'x']],
    ['mosh', ['mosh-client', '-# --ssh=x host |']],
    ['repl', ['python3', '-c', 'x']],
    ['repl', ['/usr/bin/python3', '/home/user/x.py']],
  ];
  for (const [kind, argv] of edited) {
    const [action, started] = resumed({ kind, argv: [...argv] });
    assert.deepEqual([action, started], ['shell', []], argv.join(' '));
  }
});
