/** Which flags of a command line come back. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseClaudeArguments } from '../../../src/programs/claude/claude-argv.js';
import { anId } from '../fake-view.js';

const kept = (...args: string[]): readonly unknown[] => parseClaudeArguments(args).kept;

test('keeps the flags that a resumed conversation does not bring back by itself', () => {
  const args = [
    ...['--dangerously-skip-permissions', '--add-dir', '/a', '/b', '--mcp-config', 'x.json', '--strict-mcp-config'],
    ...[
      '--settings',
      's.json',
      '--allowedTools',
      'Bash(git *)',
      'Edit',
      '--append-system-prompt',
      'be brief',
      '--verbose',
    ],
    ...['--permission-mode', 'bypassPermissions', '--tools', ''],
  ];
  assert.deepEqual(kept(...args), args);
  assert.deepEqual(kept('--settings=s.json', '--add-dir=/a', '/b'), ['--settings=s.json', '--add-dir=/a']);
});

test('drops what the conversation brings back itself, and what started it', () => {
  const id = anId(1);
  const args = [
    ...['--resume', id, '--continue', '-c', '--session-id', id, '--fork-session', '--name', 'x', '--model', 'opus'],
    ...['--permission-mode', 'plan', '--permission-mode=acceptEdits', '-w', 'tree', '--tmux', 'fix', 'this'],
  ];
  assert.deepEqual(kept(...args), []);
});

test('keeps what a conversation was held back by', () => {
  assert.deepEqual(kept('--safe-mode', '--bare', 'fix'), ['--safe-mode', '--bare']);
});

test('never passes a prompt again, nor what looks like a flag inside one', () => {
  assert.deepEqual(kept('--verbose', 'use --dangerously-skip-permissions please'), ['--verbose']);
  assert.deepEqual(kept('--', '--dangerously-skip-permissions'), []);
  assert.deepEqual(kept('--model', '--dangerously-skip-permissions'), []);
  assert.deepEqual(kept('--append-system-prompt', '--dangerously-skip-permissions'), [
    '--append-system-prompt',
    '--dangerously-skip-permissions',
  ]);
  assert.deepEqual(kept('$(touch x)', '; rm -rf /'), []);
});

test('drops an unknown flag with what follows it, also a grant that may have been its value', () => {
  const parsed = parseClaudeArguments(['--future', 'a', 'b', '--verbose', '--later', '--dangerously-skip-permissions']);
  assert.deepEqual(parsed.kept, ['--verbose']);
  assert.deepEqual(parsed.unknown, ['--future', '--later']);
  assert.deepEqual(kept('--later=1', '--dangerously-skip-permissions'), ['--dangerously-skip-permissions']);
});

test('reads the id in every form, and takes no title for one', () => {
  const id = anId(7);
  for (const args of [
    ['--resume', id],
    [`--resume=${id}`],
    ['-r', id],
    [`-r${id}`],
    ['--verbose', '-r', id, 'go on'],
  ]) {
    assert.equal(parseClaudeArguments(args).resume, id, args.join(' '));
  }
  for (const args of [
    ['-r'],
    ['-r', 'my title'],
    ['--resume', `${id}0`],
    ['--resume', id.toUpperCase()],
    ['--', '-r', id],
  ]) {
    assert.equal(parseClaudeArguments(args).resume, null, args.join(' '));
  }
  assert.equal(parseClaudeArguments(['--session-id', id]).sessionId, id);
  assert.equal(parseClaudeArguments(['--resume', id, '--fork-session']).fork, true);
  assert.equal(parseClaudeArguments(['-cp', 'x']).isOther, true);
});

test('does not grow when a resumed command line is resumed again', () => {
  const id = anId(1);
  const first = ['--resume', id, ...kept('--add-dir', '/a', '--verbose', 'prompt')] as string[];
  assert.deepEqual(['--resume', id, ...kept(...first)], first);
});

test('knows a title, and what may have gone on in an older conversation', () => {
  const id = anId(1);
  const cases: readonly (readonly [args: readonly string[], title: string | null, continues: boolean])[] = [
    [[], null, false],
    [['a prompt'], null, false],
    [['--resume', id], null, false],
    [['--resume', 'a title', '--verbose'], 'a title', true],
    [['--resume=a title'], 'a title', true],
    [['-r', id.toUpperCase()], id.toUpperCase(), true],
    [['-r'], null, true],
    [['-r', '--verbose'], null, true],
    [['--continue'], null, true],
    [['-c', 'a prompt'], null, true],
    [['--', '-c'], null, false],
    [['--from-pr', '7'], null, true],
    [['-r', id, '--resume', 'a title'], null, true],
  ];
  for (const [args, title, continues] of cases) {
    const parsed = parseClaudeArguments(args);
    assert.deepEqual([parsed.title, parsed.continues], [title, continues], args.join(' '));
  }
});
