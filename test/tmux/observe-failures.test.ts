/** A look that is not complete is a failure, whatever the reason. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { test } from 'node:test';
import { sourceLines } from '../../src/tmux/exec.js';
import { LOOK_COMMANDS, parseRows } from '../../src/tmux/formats.js';
import { observe } from '../../src/tmux/observe.js';
import { TmuxRig, valueOf, waitFor } from '../support/tmux-rig.js';

const reasonOf = async (rig: TmuxRig): Promise<string> => {
  const snapshot = await observe(rig.target);
  return snapshot.ok ? 'a snapshot' : snapshot.error.reason;
};

test('no prefix of a real answer is an answer', async (t) => {
  const rig = await TmuxRig.start(t);
  await rig.source(
    'new-window -d -n "X" sleep 1000',
    'new-window -d -n "Z\\012Z\\012" sleep 1000',
    'select-pane -t main: -T "Z"',
    'new-session -d -s Z sleep 1000',
  );
  const { stdout } = valueOf(await sourceLines(rig.target, LOOK_COMMANDS));
  assert.equal(typeof parseRows(stdout), 'object');
  for (let length = 0; length < stdout.length; length++)
    assert.equal(typeof parseRows(stdout.subarray(0, length)), 'string', `the first ${String(length)} bytes`);
});

test('an answer that lacks a field, a frame or the server is no answer', async (t) => {
  const rig = await TmuxRig.start(t);
  const { stdout } = valueOf(await sourceLines(rig.target, LOOK_COMMANDS));
  const text = stdout.toString('latin1');
  const broken = [
    text.replace('\t', ' '),
    text.replace(/^P\t[^\t]*\t/m, 'P\t'),
    text.replace(/\nX\n/, '\n'),
    text.replace(/^V.*\n/, ''),
    text.replace(/\nW\t/, '\nw\t'),
    `${text}\n`,
  ];
  for (const answer of broken) {
    assert.notEqual(answer, text);
    assert.equal(typeof parseRows(Buffer.from(answer, 'latin1')), 'string');
  }
});

test('a server that is killed during the look is no server', async (t) => {
  const rig = await TmuxRig.start(t);
  rig.signal('SIGSTOP');
  const reason = reasonOf(rig);
  await waitFor('the client', async () => (await rig.clients()).length > 0);
  await rig.kill();
  assert.equal(await reason, 'no-server');
});

test('a stopped server is hung, and the look ends at its deadline', async (t) => {
  const rig = await TmuxRig.start(t);
  rig.signal('SIGSTOP');
  const begun = performance.now();
  assert.equal(await reasonOf(rig), 'server-hung');
  assert.ok(performance.now() - begun < 7000);
});

test('a socket that a dead server left, and no socket, are no server', async (t) => {
  const rig = await TmuxRig.start(t);
  await rig.kill();
  assert.equal(await reasonOf(rig), 'no-server');
  rmSync(rig.socketPath);
  assert.equal(await reasonOf(rig), 'no-server');
});
