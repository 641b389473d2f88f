/**
 * The user's settings: a bad value is reported and stops nothing.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_POLICY, isExcluded, parsePolicy } from '../../src/model/policy.js';

test('without options the defaults hold and nothing is wrong', () => {
  assert.deepEqual(parsePolicy({}), { policy: DEFAULT_POLICY, problems: [] });
});

test('good values are taken', () => {
  const options = {
    scrollback: '0',
    resume: 'view',
    'resume-at-once': '10',
    exclude: ' scratch-*  tmp ',
    'history-days': '7',
    environment: ' VIRTUAL_ENV\tCONDA_PREFIX ',
    buffers: 'off',
    programs: 'lazygit  g++=view my-* htop=never',
    'oom-protection': 'off',
    'after-kill-server': 'restore',
  };
  assert.deepEqual(parsePolicy(options), {
    policy: {
      scrollbackLines: 0,
      resume: 'view',
      resumeAtOnce: 10,
      exclude: ['scratch-*', 'tmp'],
      historyDays: 7,
      environment: ['VIRTUAL_ENV', 'CONDA_PREFIX'],
      buffers: false,
      programs: [
        { pattern: 'lazygit', mode: null },
        { pattern: 'g++', mode: 'view' },
        { pattern: 'my-*', mode: null },
        { pattern: 'htop', mode: 'never' },
      ],
      oomProtection: false,
      afterKillServer: 'restore',
    },
    problems: [],
  });
});

test('options that are not known change nothing', () => {
  assert.deepEqual(parsePolicy({ 'future-option': 'x' }), { policy: DEFAULT_POLICY, problems: [] });
});

const bad: readonly [name: string, value: string][] = [
  ['scrollback', ''],
  ['scrollback', '-1'],
  ['scrollback', '1.5'],
  ['scrollback', '2000 '],
  ['scrollback', '0x10'],
  ['scrollback', '1000001'],
  ['scrollback', '99999999999999999999'],
  ['history-days', 'month'],
  ['history-days', '3651'],
  ['resume-at-once', '0'],
  ['resume-at-once', '101'],
  ['resume-at-once', '1.5'],
  ['resume', ''],
  ['resume', 'Auto'],
  ['resume', 'always'],
  ['resume', 'constructor'],
  ['buffers', ''],
  ['buffers', 'no'],
  ['oom-protection', ''],
  ['oom-protection', 'Off'],
  ['environment', 'SSH_AUTH_SOCK'],
  ['environment', 'A=B'],
  ['programs', '/usr/bin/vim'],
  ['programs', '-c'],
  ['programs', 'vim=always'],
  ['programs', 'vim='],
  ['programs', '=auto'],
  ['programs', 'vim=auto=auto'],
];

for (const [name, value] of bad) {
  test(`@tmux-persist-${name} '${value}' is reported with the way out, and the default is used`, () => {
    const { policy, problems } = parsePolicy({ [name]: value });
    assert.deepEqual(policy, DEFAULT_POLICY);
    const [problem, ...others] = problems;
    assert.deepEqual(others, []);
    assert.equal(problem?.code, 'bad-option');
    assert.ok(problem.message.includes(`@tmux-persist-${name} is '${value}'`), problem.message);
    assert.match(problem.hint, new RegExp(`^tmux set -g @tmux-persist-${name} (2000|30|4|auto|on|'')$`));
  });
}

test('each bad value is a problem of its own, and a good one beside them is taken', () => {
  const { policy, problems } = parsePolicy({ scrollback: 'x', resume: 'y', 'history-days': '1' });
  assert.equal(problems.length, 2);
  assert.deepEqual(policy, { ...DEFAULT_POLICY, historyDays: 1 });
});

test('of a list, what can not be used is left out and told of, and the rest stands', () => {
  const { policy, problems } = parsePolicy({ environment: 'A API_KEY B', programs: 'vim ../x a;b nvim=offer x=y' });
  const programs = [
    { pattern: 'vim', mode: null },
    { pattern: 'nvim', mode: 'offer' },
  ];
  assert.deepEqual(policy, { ...DEFAULT_POLICY, environment: ['A', 'B'], programs });
  assert.deepEqual(
    problems.map(({ hint }) => hint),
    ["tmux set -g @tmux-persist-environment 'A B'", "tmux set -g @tmux-persist-programs 'vim nvim=offer'"],
  );
});

test('a hostile value is shown without its control characters', () => {
  const [problem] = parsePolicy({ resume: '\u001b]0;x\u0007' }).problems;
  assert.ok(problem?.message.includes("'\\u001b]0;x\\u0007'"));
});

const globs: readonly [glob: string, name: string, matches: boolean][] = [
  ['scratch-*', 'scratch-1', true],
  ['scratch-*', 'scratch-', true],
  ['scratch-*', 'my-scratch-1', false],
  ['scratch', 'scratch-1', false],
  ['*', '', true],
  ['?', 'a', true],
  ['?', '😀', true],
  ['?', 'ab', false],
  ['a*', 'a b\nc', true],
  ['a.c', 'abc', false],
  ['a.c', 'a.c', true],
  ['(a|b)', 'a', false],
  ['(a|b)', '(a|b)', true],
  ['[ab]', 'a', false],
  ['[ab]', '[ab]', true],
  ['a+', 'aa', false],
  ['a{2}', 'aa', false],
  ['^a$', 'a', false],
  ['^a$', '^a$', true],
  ['\\d', '1', false],
  ['\\d', '\\d', true],
  ['[', '[', true],
  ['(', '(', true],
  ['a/b-c', 'a/b-c', true],
];

test('globs know * and ? alone; what regular expressions give a meaning to stands for itself', () => {
  for (const [glob, name, matches] of globs) {
    const { policy } = parsePolicy({ exclude: glob });
    assert.equal(isExcluded(policy, name), matches, `${glob} on '${name}'`);
  }
});

test('a session is excluded when any glob says so', () => {
  const { policy } = parsePolicy({ exclude: 'one two-*' });
  assert.deepEqual(
    ['one', 'two-2', 'three'].map((name) => isExcluded(policy, name)),
    [true, true, false],
  );
  assert.equal(isExcluded(DEFAULT_POLICY, 'one'), false);
});
