/** Which processes are Claude, and which of a pane's is the one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { claudeCommand, findClaude } from '../../src/programs/claude.js';
import { fakeView } from './fake-view.js';

const NODE = '/usr/bin/node';

test('recognises Claude by argv[0], executable, or interpreter and script', () => {
  const cases: [string[], string | null][] = [
    [['claude'], '/home/u/.local/share/claude/versions/2.1.197'],
    [['/home/u/.local/bin/claude', '--verbose'], null],
    [['claude.exe'], null],
    [['.claude-unwrapped'], '/nix/store/x-claude-code/bin/.claude-unwrapped'],
    [['2.1.240'], '/home/u/.local/share/claude/versions/2.1.240 (deleted)'],
    [['/home/u/.local/share/claude/versions/2.1.240'], '/home/u/.local/share/claude/versions/2.1.240'],
    [['claude'], NODE],
    [['node', '/usr/local/bin/claude'], NODE],
    [['node', '--max-old-space-size=8192', '/usr/local/bin/claude'], NODE],
    [['node', '-r', '/x/hook.js', '/usr/local/bin/claude'], NODE],
    [['node', '/usr/lib/node_modules/@anthropic-ai/claude-code/cli.js'], NODE],
    [['/opt/node-22', '/usr/local/bin/claude'], NODE],
    [['bun', 'run', '/usr/local/bin/claude'], null],
  ];
  for (const [argv, exe] of cases) assert.notEqual(claudeCommand(argv, exe), null, argv.join(' '));
});

test('takes nothing for Claude that only mentions it', () => {
  const cases: [string[], string | null][] = [
    [['vim', 'claude.md'], '/usr/bin/vim'],
    [['vim', 'claude'], '/usr/bin/vim'],
    [['/opt/claude/bin/server'], '/opt/claude/bin/server'],
    [['grep', '-r', 'claude'], '/usr/bin/grep'],
    [['/bin/sh', '/home/u/claude/run.sh'], '/bin/dash'],
    [['bash', '/home/u/bin/claude'], '/bin/bash'],
    [['node', '/srv/claude/server.js'], NODE],
    [['node', '-e', 'x', '/usr/local/bin/claude'], NODE],
    [['ssh', 'host', 'claude'], '/usr/bin/ssh'],
    [['rg', 'x'], '/home/u/.local/share/claude/versions/2.1.240'],
    [['/x/@anthropic-ai/claude-code/vendor/ripgrep/rg'], '/x/@anthropic-ai/claude-code/vendor/ripgrep/rg'],
    [['claude-squad'], null],
    [[], null],
  ];
  for (const [argv, exe] of cases) assert.equal(claudeCommand(argv, exe), null, argv.join(' '));
});

test('takes neither script nor interpreter for arguments', () => {
  assert.deepEqual(claudeCommand(['claude', '/opt/fake.js', '--verbose'], NODE), {
    interpreter: NODE,
    script: '/opt/fake.js',
    args: ['--verbose'],
  });
  assert.deepEqual(claudeCommand(['node', '/usr/local/bin/claude', 'a prompt'], NODE)?.args, ['a prompt']);
});

test('finds the outermost conversation, not one that it started', () => {
  const view = fakeView(
    { pid: 10, tpgid: 20 },
    { pid: 20, argv: ['claude'] },
    { pid: 30, ppid: 20, pgrp: 30, argv: ['claude', '--resume'] },
  );
  assert.equal(findClaude(10, view)?.info.pid, 20);
});

test('finds a pane whose own process is Claude', () => {
  assert.equal(findClaude(10, fakeView({ pid: 10, argv: ['claude'] }))?.info.pid, 10);
});

test('prefers the one in the foreground to a stopped one, and still finds a stopped one behind an editor', () => {
  const stopped = { pid: 20, state: 'T', argv: ['claude'] };
  const both = fakeView({ pid: 10, tpgid: 30 }, stopped, { pid: 30, argv: ['claude'] });
  assert.equal(findClaude(10, both)?.info.pid, 30);
  const behindEditor = fakeView({ pid: 10, tpgid: 30 }, stopped, { pid: 30, argv: ['vim'] });
  assert.equal(findClaude(10, behindEditor)?.info.pid, 20);
});

test('leaves out commands that hold no conversation in the pane', () => {
  const commands = [
    ['-p', 'question'],
    ['--print'],
    ['--model', 'x', '-p', 'question'],
    ['mcp', 'serve'],
    ['daemon'],
    ['agents'],
    ['attach', 'abc'],
    ['logs'],
    ['remote-control'],
    ['update'],
    ['install'],
    ['auth', 'login'],
    ['gateway'],
    ['--bg-pty-host', 'x'],
  ];
  for (const args of commands) {
    assert.equal(findClaude(10, fakeView({ pid: 10 }, { pid: 20, argv: ['claude', ...args] })), null, args.join(' '));
  }
  const nested = fakeView(
    { pid: 10 },
    { pid: 20, argv: ['claude', '-p', 'x'] },
    { pid: 30, ppid: 20, argv: ['claude'] },
  );
  assert.equal(findClaude(10, nested), null);
});

test('leaves out zombies, processes of other terminals, and panes that are gone', () => {
  assert.equal(findClaude(10, fakeView({ pid: 10 }, { pid: 20, state: 'Z', argv: ['claude'] })), null);
  assert.equal(findClaude(10, fakeView({ pid: 10 }, { pid: 20, ttyNr: 34817, argv: ['claude'] })), null);
  assert.equal(findClaude(99, fakeView({ pid: 10 })), null);
});

test('takes the native process behind a script that only starts it', () => {
  const view = fakeView(
    { pid: 10 },
    { pid: 20, argv: ['node', '/usr/local/bin/claude', '--verbose'] },
    { pid: 30, ppid: 20, argv: ['/opt/claude', '--verbose'] },
  );
  assert.equal(findClaude(10, view)?.info.pid, 30);
});

test('ends on a process table that changes or loops meanwhile', () => {
  const view = fakeView({ pid: 10, ppid: 20 }, { pid: 20 });
  assert.equal(findClaude(10, { ...view, children: (pid) => [...view.children(pid), 4711] }), null);
});
