/** Amp: a thread on its command line is where it began, and no more. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { amp } from '../../../src/programs/agents/amp.js';
import { AgentHome, assertRecognised, kept, nearMisses, resumed } from './agent-fixtures.js';
import { anId } from '../fake-view.js';

const [A, B] = [`T-${anId(1)}`, `T-${anId(2)}`];
const process = (...args: readonly string[]): { pid: number; argv: readonly string[] } => ({
  ...{ pid: 20, argv: ['amp', ...args] },
});

test('is known by its name and its package, and by nothing that only contains the name', () => {
  assertRecognised(
    amp,
    [
      [['amp', 'threads', 'continue', A], '/usr/bin/amp', ['threads', 'continue', A]],
      [['node', '/usr/lib/node_modules/@sourcegraph/amp/dist/main.js'], '/usr/bin/node', []],
      [['node', '/home/u/.npm-global/bin/amp', '--ide'], '/usr/bin/node', ['--ide']],
    ],
    nearMisses('amp'),
  );
});

test('its commands without a conversation in the pane are left alone, as is the editor of its name', () => {
  for (const args of [
    ['-x', 'x'],
    ['login'],
    ['threads', 'list'],
    ['mcp', 'add', 'x'],
    ['--stream-json'],
    ['notes.md'],
  ])
    assert.equal(amp.read(args), null, args.join(' '));
});

test('keeps flags as they stood, and grants only where they were', () => {
  assert.deepEqual(kept(amp, '--no-ide', '--mode', 'smart', '-l', 'label'), ['--no-ide', '--mode', 'smart']);
  assert.deepEqual(kept(amp, '--dangerously-allow-all'), ['--dangerously-allow-all']);
  assert.deepEqual(kept(amp, '--new-flag', '--dangerously-allow-all'), []);
  assert.deepEqual(kept(amp, '--', '--dangerously-allow-all'), []);
  assert.deepEqual(kept(amp, '--mode', '--dangerously-allow-all'), ['--mode', '--dangerously-allow-all']);
});

test('resumes with the same words however often, and keeps no key', () => {
  assert.deepEqual(resumed(amp, A, 'threads', 'continue', B, '--dangerously-allow-all'), [
    ...['threads', 'continue', A, '--dangerously-allow-all'],
  ]);
  for (const id of ['T-1', anId(1), `${A}/..`, '$(touch x)']) assert.equal(amp.read(['t', 'c', id])?.startId, null, id);
  assert.equal(amp.variables.includes('AMP_API_KEY'), false);
});

test('each source that goes leaves less certainty and no wrong conversation', (t) => {
  const home = new AgentHome(amp, t);
  home.hook('amp', 20, A);
  assert.equal(home.conversation(20, process('threads', 'continue', B)), `${A} hook exact`);
  home.records.length = 0;
  assert.equal(home.conversation(20, process('threads', 'continue', B)), `${B} argv inferred`);
  assert.equal(home.conversation(20, process('threads', 'continue')), 'none');
  assert.deepEqual(home.find(A, home.home), { cwd: home.home });
});
