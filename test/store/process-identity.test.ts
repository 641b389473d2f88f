/**
 * Identities of real processes.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { bootId, identityFrom, isAlive, ownIdentity, processStartTime } from '../../src/store/process-identity.js';
import { temporaryFolder, until } from './support.js';

test('this process is alive, and not with another start time or in another boot', () => {
  const own = ownIdentity();
  assert.equal(own.pid, process.pid);
  assert.match(own.bootId, /^[0-9a-f-]{36}$/);
  assert.ok(isAlive(own));
  assert.ok(!isAlive({ ...own, startTime: `${own.startTime}0` }));
  assert.ok(!isAlive({ ...own, bootId: 'another' }));
});

test('a process whose name holds spaces and parentheses is read right', async (t) => {
  const program = join(await temporaryFolder(t), 'a) S (b');
  await copyFile('/bin/sleep', program);
  const child = spawn(program, ['60']);
  t.after(() => child.kill('SIGKILL'));
  await once(child, 'spawn');
  const pid = Number(child.pid);
  await until('it runs the program', async () => (await readFile(`/proc/${pid}/comm`, 'utf8')) === 'a) S (b\n');
  const startTime = String(processStartTime(pid));
  assert.ok(Number(startTime) >= Number(ownIdentity().startTime));
  assert.ok(isAlive({ pid, startTime, bootId: bootId() }));
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.ok(!isAlive({ pid, startTime, bootId: bootId() }));
});

test('a zombie is gone', async (t) => {
  // The shell becomes a sleep that never waits for the child it had, which ends only then.
  const script = 'exec 3<&0; cat <&3 & echo $!; exec sleep 60';
  const parent = spawn('sh', ['-c', script], { stdio: ['pipe', 'pipe', 'ignore'] });
  t.after(() => parent.kill('SIGKILL'));
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const pid = Number(line.toString());
  await until('the sleep', async () => (await readFile(`/proc/${parent.pid}/comm`, 'utf8')) === 'sleep\n');
  parent.stdin.end();
  await until('it is a zombie', async () => /^State:\tZ/m.test(await readFile(`/proc/${pid}/status`, 'utf8')));
  assert.equal(processStartTime(pid), null);
});

test('only a whole identity is taken from JSON', () => {
  const own = ownIdentity();
  assert.deepEqual(identityFrom({ ...own, more: 1 }), own);
  for (const data of [null, 1, 'x', [], {}, { ...own, pid: '1' }, { ...own, pid: -1 }, { ...own, startTime: 1 }]) {
    assert.equal(identityFrom(data), null);
  }
});
