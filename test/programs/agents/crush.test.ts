/** Crush: a session on its command line is where it began, and no more. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crush } from '../../../src/programs/agents/crush.js';
import { AgentHome, assertNoPrompts, assertRecognised, kept, nearMisses, resumed } from './agent-fixtures.js';
import { anId } from '../fake-view.js';

const [A, B] = [anId(1), anId(2)];
const process = (...args: readonly string[]): { pid: number; argv: readonly string[] } => ({
  ...{ pid: 20, argv: ['crush', ...args] },
});

test('is known by its name and its package, and by nothing that only contains the name', () => {
  assertRecognised(
    crush,
    [
      [['crush', '-y'], '/usr/bin/crush', ['-y']],
      [['node', '/usr/lib/node_modules/@charmland/crush/bin/crush'], '/usr/bin/node', []],
    ],
    nearMisses('crush'),
  );
});

test('its commands without a conversation in the pane are left alone', () => {
  for (const args of [['run', 'x'], ['-d', 'run', 'x'], ['logs', '-f'], ['server'], ['session', 'list'], ['--help']])
    assert.equal(crush.read(args), null, args.join(' '));
});

test('keeps flags as they stood, and grants only where they were', () => {
  assert.deepEqual(kept(crush, '-d', '-D', '/data', '-c', 'sub', '-C'), ['-d', '-D', '/data']);
  assertNoPrompts(crush, ['--yolo', '-y']);
  assert.deepEqual(kept(crush, '-y=false', '--yolo=false'), ['-y=false', '--yolo=false']);
  assert.deepEqual(kept(crush, '-dy'), ['-d', '-y']);
});

test('resumes with the same words however often', () => {
  assert.deepEqual(resumed(crush, A, '--session', B, '-y'), ['--session', A, '-y']);
  assert.equal(crush.read([`-s=${A}`])?.startId, A);
  for (const id of ['abc', 'a'.repeat(65), '../x', `${A}$$call`])
    assert.equal(crush.read(['-s', id])?.startId, null, id);
});

test('each source that goes leaves less certainty and no wrong conversation', (t) => {
  const home = new AgentHome(crush, t);
  home.hook('crush', 20, A);
  assert.equal(home.conversation(20, process('-s', B)), `${A} hook exact`);
  home.records.length = 0;
  assert.equal(home.conversation(20, process('-s', B)), `${B} argv inferred`);
  assert.equal(home.conversation(20, process('-C')), 'none');
  assert.deepEqual(home.find(A, home.home), { cwd: home.home });
});
