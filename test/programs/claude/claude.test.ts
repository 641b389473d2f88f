/** Which processes are Claude, and which of a pane's is the one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { claude } from '../../../src/programs/claude/claude.js';
import type { Held } from '../../../src/programs/family.js';
import { findProgram } from '../../../src/programs/find-program.js';
import type { ProcessView } from '../../../src/programs/process-view.js';
import { fakeView } from '../fake-view.js';

const NODE = '/usr/bin/node';

const findClaude = (pid: number, view: ProcessView): Held | null =>
  findProgram('%1', pid, view, [claude])?.held ?? null;

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
  for (const [argv, exe] of cases) assert.notEqual(claude.recognise(argv, exe), null, argv.join(' '));
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
  for (const [argv, exe] of cases) assert.equal(claude.recognise(argv, exe), null, argv.join(' '));
});

test('takes neither script nor interpreter for arguments', () => {
  assert.deepEqual(claude.recognise(['claude', '/opt/fake.js', '--verbose'], NODE), {
    interpreter: NODE,
    script: '/opt/fake.js',
    args: ['--verbose'],
  });
  assert.deepEqual(claude.recognise(['node', '/usr/local/bin/claude', 'a prompt'], NODE)?.args, ['a prompt']);
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

test('takes no teammate for a conversation of its own', () => {
  const args = ['--agent-id', 'x@team', '--agent-name', 'x', '--team-name', 'team', '--parent-session-id', 'y'];
  assert.equal(findClaude(10, fakeView({ pid: 10 }, { pid: 20, argv: ['claude', ...args, '--verbose'] })), null);
  assert.equal(claude.read(args), null);
  assert.deepEqual(claude.read(['--agent-name', 'x', '--verbose'])?.kept, ['--verbose']);
});

test('knows no Claude behind ssh, docker or sudo, but the one that sudo runs on the same terminal', () => {
  for (const argv of [
    ['ssh', 'host', 'claude'],
    ['docker', 'exec', '-it', 'x', 'claude'],
    ['sudo', '-u', 'other', 'claude'],
  ])
    assert.equal(findClaude(10, fakeView({ pid: 10 }, { pid: 20, argv })), null, argv.join(' '));
  const view = fakeView(
    { pid: 10 },
    { pid: 20, argv: ['sudo', '-u', 'other', 'claude'] },
    { pid: 30, ppid: 20, argv: ['claude', '-r', 'x'], environ: null },
  );
  assert.equal(findClaude(10, view)?.environment, null);
});

test('knows a build that hides its command line', () => {
  const held = findClaude(10, fakeView({ pid: 10 }, { pid: 20, argv: ['claude'], exe: NODE }));
  assert.deepEqual(held?.reading, { kept: [], startId: null, fork: false });
});

test('survives processes that vanish while they are looked at, and what may not be read', () => {
  const view = fakeView({ pid: 10 }, { pid: 20, argv: ['claude'], exe: null, cwd: null, environ: null });
  let reads = 0;
  const vanishing: ProcessView = { ...view, read: (pid) => ((reads += 1) > 1 ? null : view.read(pid)) };
  assert.equal(findClaude(10, vanishing), null);
  assert.equal(findClaude(10, view)?.info.pid, 20);
});

test('says which conversation it begins with, and whether it goes on in a copy', () => {
  const [id, other] = ['0a1b2c3d-0000-4000-8000-000000000001', '0a1b2c3d-0000-4000-8000-000000000002'];
  const cases: readonly (readonly [args: readonly string[], startId: string | null, fork: boolean])[] = [
    [[], null, false],
    [['-c'], null, false],
    [['-r', 'a title'], null, false],
    [['--session-id', id], id, false],
    [[`--resume=${id}`], id, false],
    [['--resume', id, '--fork-session'], id, true],
    [['--resume', id, '--fork-session', '--session-id', other], other, false],
    [['--resume', id, '-r', other], null, false],
  ];
  for (const [args, startId, fork] of cases)
    assert.deepEqual(claude.read(args), { kept: [], startId, fork }, args.join(' '));
});

test('is resumed and copied by its id, with the flags that it had', () => {
  const { conversations } = claude;
  const id = '0a1b2c3d-0000-4000-8000-000000000001';
  assert.deepEqual(conversations?.resume(id, ['--verbose']), ['--resume', id, '--verbose']);
  assert.deepEqual(conversations.fork?.(id, ['--verbose']), ['--resume', id, '--fork-session', '--verbose']);
  for (const wrong of ['', 'x', `${id}0`, id.toUpperCase(), `${id}\n`, '../x', '--continue'])
    assert.equal(conversations.validId.test(wrong), false, wrong);
});
