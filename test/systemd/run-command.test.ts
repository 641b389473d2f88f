/** What root waits for ends, whatever it meets. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { runCommand } from '../../src/systemd/run-command.js';
import { waitFor } from '../support/tmux-rig.js';

const LONG = { timeoutMs: 30_000 };

test('a command is told by its exit code and by what it printed, and gets its input', async () => {
  assert.deepEqual(await runCommand(['sh', '-c', 'cat; echo err >&2; exit 7'], { ...LONG, input: 'in' }), {
    end: 'exit',
    code: 7,
    stdout: 'in',
    stderr: 'err\n',
  });
  assert.equal((await runCommand(['/does/not/exist'], LONG)).end, 'missing');
});

test('a command that hangs is killed at its deadline, with all its children', async () => {
  const ended = await runCommand(['sh', '-c', 'sleep 1000 & echo $!; wait'], { timeoutMs: 1000 });
  assert.deepEqual([ended.end, ended.code], ['late', null]);
  assert.match(ended.stdout, /^\d+\n$/);
  await waitFor('the end of its child', () => Promise.resolve(!existsSync(`/proc/${ended.stdout.trim()}`)));
});

test('a command that prints without end is killed, and no more than the limit is kept', async () => {
  for (const line of ['exec yes', 'exec yes >&2']) {
    const ended = await runCommand(['sh', '-c', line], { ...LONG, maxBytes: 100_000 });
    assert.equal(ended.end, 'long');
    assert.ok(ended.stdout.length + ended.stderr.length <= 100_000);
  }
});

test('what a command leaves behind with its output holds up nobody', async () => {
  const ended = await runCommand(['sh', '-c', 'sleep 1000 & echo $!'], LONG);
  process.kill(Number(ended.stdout), 'SIGKILL');
  assert.deepEqual([ended.end, ended.code], ['exit', 0]);
});
