/** Whose hook it is, in process trees. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { claude } from '../../../src/programs/claude/claude.js';
import { hookHolder } from '../../../src/programs/hooks/hook-holder.js';
import { fakeView, type FakeProcess } from '../fake-view.js';

/** A chain of processes, each the child of the one before; the last one starts the hook. */
function holderIn(...chain: readonly (readonly string[])[]): number | null {
  const processes = chain.map((argv, index): FakeProcess => ({
    pid: 10 + index,
    ppid: index === 0 ? 1 : 9 + index,
    argv,
  }));
  return hookHolder(9 + chain.length, claude, fakeView(...processes))?.pid ?? null;
}

describe('the holder of a hook', () => {
  const cases: readonly (readonly [string, readonly (readonly string[])[], number | null])[] = [
    ['is the agent above the shell', [['-bash'], ['claude'], ['sh', '-c', 'node hook claude']], 11],
    ['is the agent itself where its shell became the hook', [['-bash'], ['claude', '--verbose']], 11],
    ['is the native process and not the script that started it', [['node', '/usr/bin/claude'], ['claude'], ['sh']], 11],
    ['is nobody below an agent that prints', [['claude'], ['bash'], ['claude', '-p', 'x'], ['sh']], null],
    ['is nobody below a helper of an agent', [['claude'], ['claude', 'mcp', 'serve'], ['sh']], null],
    ['is the nearest of two that talk', [['claude'], ['bash'], ['claude'], ['sh']], 12],
    ['is nobody without an agent above', [['-bash'], ['vim', 'claude.md'], ['sh']], null],
    ['is not a shell that only names it', [['bash', '-c', 'claude; true'], ['sh']], null],
  ];
  for (const [name, chain, expected] of cases) test(name, () => assert.equal(holderIn(...chain), expected));

  test('is nobody where a process is gone, is its own ancestor, or is init', () => {
    assert.equal(hookHolder(99, claude, fakeView({ pid: 10 })), null);
    assert.equal(hookHolder(10, claude, fakeView({ pid: 10, ppid: 11 }, { pid: 11, ppid: 10 })), null);
    assert.equal(hookHolder(1, claude, fakeView({ pid: 1, argv: ['claude'] })), null);
  });
});
