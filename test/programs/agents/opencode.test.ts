/** OpenCode: a session on its command line is where it began, and no more. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { opencode } from '../../../src/programs/agents/opencode.js';
import { AgentHome, assertNoPrompts, assertRecognised, kept, nearMisses, resumed } from './agent-fixtures.js';

const [A, B] = ['ses_4f1Ab', 'ses_9zZ'];
const process = (...args: readonly string[]): { pid: number; argv: readonly string[] } => ({
  ...{ pid: 20, argv: ['opencode', ...args] },
});

test('is known by its name and its package, and by nothing that only contains the name', () => {
  assertRecognised(
    opencode,
    [
      [['opencode', '-s', A], '/usr/bin/opencode', ['-s', A]],
      [['/x/node_modules/opencode-linux-x64/bin/opencode'], null, []],
      [['.opencode'], '/x/.opencode', []],
      [['node', '/usr/lib/node_modules/opencode-ai/bin/opencode', '--auto'], '/usr/bin/node', ['--auto']],
    ],
    [...nearMisses('opencode'), [['node', '/x/opencode/lsp/server.js', '--stdio'], '/usr/bin/node']],
  );
});

test('its commands without a conversation in the pane are left alone', () => {
  for (const args of [['run', 'x'], ['serve'], ['web'], ['attach', 'http://x'], ['auth', 'login'], ['session', 'list']])
    assert.equal(opencode.read(args), null, args.join(' '));
});

test('keeps flags as they stood, and grants only where they were', () => {
  assert.deepEqual(kept(opencode, 'sub', '-m', 'a/b', '--port', '4096', '--prompt', 'x', '-c'), [
    '-m',
    'a/b',
    '--port',
    '4096',
  ]);
  assertNoPrompts(opencode, ['--auto']);
  assert.deepEqual(kept(opencode, '--auto', 'false'), ['--auto=false']);
});

test('resumes with the same words however often', () => {
  assert.deepEqual(resumed(opencode, A, '-s', B, '--auto', '/project'), ['--session', A, '--auto']);
  assert.deepEqual(opencode.conversations?.fork?.(A, []), ['--session', A, '--fork']);
  for (const id of ['ses_', 'ses_a/../b', 'x', `ses_${'a'.repeat(65)}`, '$(touch x)'])
    assert.equal(opencode.read(['--session', id])?.startId, null, id);
});

test('each source that goes leaves less certainty and no wrong conversation', (t) => {
  const home = new AgentHome(opencode, t);
  home.hook('opencode', 20, A);
  assert.equal(home.conversation(20, process('-s', B)), `${A} hook exact`);
  home.records.length = 0;
  home.before.set(20, { id: A, source: 'hook', confidence: 'exact', candidates: [] });
  assert.equal(home.conversation(20, process('-s', B)), `${A} hook ambiguous ${B}`);
  home.before.clear();
  assert.equal(home.conversation(20, process('-s', B)), `${B} argv inferred`);
  assert.equal(home.conversation(20, process('-s', B, '--fork')), 'none');
  assert.equal(home.conversation(20, process()), 'none');
});

test('resumes where it was: nothing tells beforehand whether a session is still there', (t) => {
  const home = new AgentHome(opencode, t);
  assert.deepEqual(home.find(A, home.home), { cwd: home.home });
  assert.deepEqual(home.find(A, '/gone/away'), { cwd: null });
  assert.deepEqual(home.find(A, { base64: 'L/8=' }), { cwd: { base64: 'L/8=' } });
  assert.equal(home.find('ses_../x', home.home), null);
});
