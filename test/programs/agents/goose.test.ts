/** Goose: it stays in the session that it was resumed with. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goose } from '../../../src/programs/agents/goose.js';
import { AgentHome, assertRecognised, kept, nearMisses, resumed } from './agent-fixtures.js';

const [A, B] = ['20251108_1', '20250921_143022'];
const process = (...args: readonly string[]): { pid: number; argv: readonly string[] } => ({
  ...{ pid: 20, argv: ['goose', ...args] },
});

test('is known by its name, and by nothing that only contains the name', () => {
  assertRecognised(goose, [[['goose', 'session'], '/usr/bin/goose', ['session']]], nearMisses('goose'));
});

test('its commands without a conversation in the pane are left alone, as is the other program of its name', () => {
  for (const args of [['run', '-t', 'x'], ['session', 'list'], ['session', 'export'], ['web'], ['serve'], ['mcp', 'x']])
    assert.equal(goose.read(args), null, args.join(' '));
  for (const args of [['up'], ['postgres', 'dbname=x', 'status']]) assert.equal(goose.read(args), null);
});

test('keeps flags as they stood, and its extensions only where they were', () => {
  assert.deepEqual(kept(goose, 'session', '-n', 'name', '--debug', '--max-turns', '5', '--history'), [
    ...['--debug', '--max-turns', '5'],
  ]);
  assert.deepEqual(kept(goose, 'session', '-n', '$(touch x)', '--', '--with-builtin', 'developer'), []);
  assert.deepEqual(kept(goose, 'session', '--with-builtin', 'developer'), ['--with-builtin', 'developer']);
  assert.deepEqual(kept(goose, 'session', '--future', '--with-extension', '$(touch x)'), []);
});

test('resumes with the same words however often', () => {
  assert.deepEqual(resumed(goose, A, 'session', '-r', '--session-id', B, '--debug'), [
    ...['session', '--resume', '--session-id', A, '--debug'],
  ]);
  assert.deepEqual(goose.conversations?.fork?.(A, []), ['session', '--resume', '--fork', '--session-id', A]);
  for (const args of [
    ['session', '--resume'],
    ['session', '-r', '-n', A],
    ['session', '--session-id', A],
    ['session', '-r', '--id', 'x'],
  ])
    assert.equal(goose.read(args)?.startId, null, args.join(' '));
});

test('is sure of the session that it was resumed with, and of nothing else', (t) => {
  const home = new AgentHome(goose, t);
  assert.equal(home.conversation(20, process('session', '--resume', '--session-id', A)), `${A} argv exact`);
  assert.equal(home.conversation(20, process('s', '-r', '--id', A, '--fork')), 'none');
  assert.equal(home.conversation(20, process('session')), 'none');
  home.before.set(20, { id: A, source: 'argv', confidence: 'exact', candidates: [] });
  assert.equal(home.conversation(20, process('session', '--resume', '--session-id', A)), `${A} argv exact`);
  assert.deepEqual(home.find(A, home.home), { cwd: home.home });
});

test('a session is sure in one pane only', (t) => {
  const home = new AgentHome(goose, t);
  const words = ['session', '--resume', '--session-id', A];
  const found = home.identify([20, 21], process(...words), { ...process(...words), pid: 21 });
  assert.deepEqual(
    found.map(({ conversation }) => conversation?.confidence),
    ['exact', 'ambiguous'],
  );
});
