/** Which start commands are run again, as which words. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseProgramChoice } from '../../../src/model/program-choices.js';
import type { Text } from '../../../src/model/text.js';
import { judgeStartCommand, type StartContext } from '../../../src/programs/plain/start-commands.js';

const programs = ['lazygit=auto', 'my-*', 'top=offer', 'most=never', 'psql'].flatMap(
  (word) => parseProgramChoice(word) ?? [],
);
const context: StartContext = { programs, defaultShell: '/bin/bash', defaultCommand: 'exec my-shell -l' };
const judge = (...words: readonly Text[]) => judgeStartCommand(words, context);

const started: readonly (readonly [words: readonly Text[], argv: readonly Text[]])[] = [
  ...['vi', 'vim', 'nvim', 'view', 'less', 'more', 'man', 'tail', 'htop', 'btop'].map((name): [Text[], Text[]] => [
    [name],
    [name],
  ]),
  [['lazygit'], ['lazygit']],
  [['my-tool --serve'], ['my-tool', '--serve']],
  [
    ['/opt/my-tool', '$(x)'],
    ['/opt/my-tool', '$(x)'],
  ],
  // Whoever names a program answers for its words.
  [['psql -c x'], ['psql', '-c', 'x']],
  [['htop -d 5'], ['htop', '-d', '5']],
  [['exec htop'], ['htop']],
  [['less +F /var/log/a_b-c.log'], ['less', '+F', '/var/log/a_b-c.log']],
  [['/usr/bin/vim a=b x@y:1,2%3'], ['/usr/bin/vim', 'a=b', 'x@y:1,2%3']],
  // As words of their own nothing of them was ever a shell's.
  [
    ['vim', 'a b', '$(x)', '', { base64: '/w==' }],
    ['vim', 'a b', '$(x)', '', { base64: '/w==' }],
  ],
  [
    ['/opt/a b/vim', '-R'],
    ['/opt/a b/vim', '-R'],
  ],
];

for (const [words, argv] of started) {
  test(`${JSON.stringify(words)} is started as its words`, () => {
    assert.deepEqual(judge(...words)?.argv, argv);
  });
}

const shells: readonly (readonly Text[])[] = [
  [],
  [''],
  ['exec my-shell -l'],
  ['/bin/bash'],
  ['bash'],
  ['bash -l'],
  ['exec /usr/local/bin/bash -i -l'],
  ['/bin/bash', '-l'],
  ['bash', '--login'],
];

for (const words of shells) {
  test(`${JSON.stringify(words)} asked for the user's shell only`, () => {
    assert.equal(judge(...words), null);
  });
}

const refused: readonly (readonly Text[])[] = [
  // Not on the list.
  ['top'],
  ['most', 'x'],
  ['ssh host'],
  ['python3'],
  ['watch ls'],
  ['my-tool [withheld]'],
  ['my-tool', '--token', '[withheld]'],
  ['make watch'],
  ['npm', 'run', 'dev'],
  ['zsh'],
  ['vi', '-c', 'silent !touch X', 'f'],
  ['vim', '--cmd', 'x'],
  ['nvim', '+!touch X'],
  ['view', '-S', 'f'],
  ['vim', '-s', 'f'],
  ['less', '+!touch X'],
  ['less', '-k', 'f'],
  ['less', '-o', 'f'],
  ['man', '-P', 'sh -c x', 'ls'],
  ['man', '--pager=x', 'ls'],
  ['bash', '-c', 'vim'],
  ['bash script'],
  ['sh -c vim'],
  ['env vim'],
  ['FOO=1 vim'],
  ['sudo htop'],
  ['exec'],
  ['VIM x'],
  ['vim.basic x'],
  [{ base64: '/w==' }],
  ['-vim'],
  // Found wherever the pane happens to be.
  ['./vim'],
  ['bin/vim', 'x'],
  ['../vim'],
  // A shell would do something with it.
  ...[
    '$HOME',
    '~',
    '~/x',
    '*',
    '?',
    '[a]',
    '{a,b}',
    '`x`',
    '$(x)',
    "'x'",
    '"x"',
    'x\\',
    '#x',
    '!x',
    '^x',
    '(x)',
    '=ls',
  ].map((word) => [`less ${word}`]),
  ...['| cat', '> x', '< x', '; ls', '& ls', '&& ls', '\nls', '\tx', '  x', ' ', '\u00e9'].map((rest) => [
    `less x${rest}`,
  ]),
  [' less x'],
  ['exec  less x'],
  ['less\u00a0x'],
  ['less x\n'],
];

for (const words of refused) {
  test(`${JSON.stringify(words)} is shown, and not started`, () => {
    const judged = judge(...words);
    assert.deepEqual(judged?.argv, []);
    assert.match(judged.notice, /^tmux-persist: this pane was started with: .+$/);
  });
}

test('the line that is shown is one line, however hostile or long the command is', () => {
  const [plain, hostile, long] = ['make watch', '\u001b]0;x\u0007 \n\u202e', 'x'.repeat(100_000)].map(
    (line) => judge(line)?.notice ?? '',
  );
  assert.equal(plain, 'tmux-persist: this pane was started with: make watch');
  assert.match(hostile ?? '', /: \\x1b\]0;x\\x07 \\x0a\\u202e$/);
  assert.ok((long ?? '').length < 600);
  assert.match(judge('npm', 'run', 'a b')?.notice ?? '', /: npm run 'a b'$/);
});
