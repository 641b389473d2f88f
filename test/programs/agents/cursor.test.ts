/** Cursor's agent: the open database of a chat, and an id that is never passed to it unseen. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { cursor } from '../../../src/programs/agents/cursor.js';
import { AgentHome, assertNoPrompts, assertRecognised, kept, nearMisses, resumed } from './agent-fixtures.js';
import { anId, type FakeProcess } from '../fake-view.js';

const [A, B] = [anId(1), anId(2)];
const VERSION = '/home/u/.local/share/cursor-agent/versions/2026.01.28-fd13201';
const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

const process = (args: readonly string[] = [], open: readonly string[] = []): FakeProcess => ({
  ...{ pid: 20, argv: ['cursor-agent', `${VERSION}/index.js`, ...args], exe: `${VERSION}/node` },
  openFiles: Object.fromEntries(open.map((id, fd) => [fd + 10, `/home/u/.cursor/chats/${md5('/x')}/${id}/store.db`])),
});

test('is known as its wrapper starts it, and by nothing that only contains the name', () => {
  assertRecognised(
    cursor,
    [
      [['/home/u/.local/bin/cursor-agent', `${VERSION}/index.js`, '-f'], `${VERSION}/node`, ['-f']],
      [['cursor-agent', '--use-system-ca', `${VERSION}/index.js`, 'resume'], `${VERSION}/node`, ['resume']],
      [['/home/u/.local/bin/agent', '--use-system-ca', `${VERSION}/index.js`], `${VERSION}/node`, []],
      [['node', `${VERSION}/index.js`, '-f'], '/usr/bin/node', ['-f']],
      [['cursor', 'agent', '--resume', A], '/usr/bin/cursor', ['--resume', A]],
      [['cursor-agent'], null, []],
    ],
    [
      ...nearMisses('cursor-agent'),
      [['agent'], '/usr/bin/agent'],
      [['/home/u/.local/bin/agent', '/x/index.js'], '/usr/bin/node'],
      [['cursor', '.'], '/usr/bin/cursor'],
      [[`${VERSION}/rg`, 'x'], `${VERSION}/rg`],
    ],
  );
});

test('its commands without a conversation in the pane are left alone', () => {
  for (const args of [['-p', 'x'], ['login'], ['mcp', 'list'], ['ls'], ['--cloud'], ['acp']])
    assert.equal(cursor.read(args), null, args.join(' '));
});

test('keeps flags as they stood, grants only where they were, and no key', () => {
  assert.deepEqual(kept(cursor, '--model', 'auto', '--api-key', 'x', '-H', 'A: b', '--workspace', '/w', 'prompt'), [
    ...['--model', 'auto', '--workspace', '/w'],
  ]);
  assert.deepEqual(kept(cursor, '--workspace', '../w', '--workspace=w'), []);
  assertNoPrompts(cursor, ['--force', '-f', '--yolo', '--trust', '--approve-mcps']);
});

test('resumes with the same words however often', () => {
  assert.deepEqual(resumed(cursor, A, '--resume', B, '-f', 'prompt'), ['--resume', A, '-f']);
  for (const args of [['--resume'], ['--continue'], ['resume'], ['--resume=x']])
    assert.equal(cursor.read(args)?.startId, null, args.join(' '));
});

test('each source that goes leaves less certainty and no wrong conversation', (t) => {
  const home = new AgentHome(cursor, t);
  home.hook('cursor-agent', 20, A);
  assert.equal(home.conversation(20, process(['--resume', A], [A])), `${A} hook exact`);
  home.records.length = 0;
  assert.equal(home.conversation(20, process(['--resume', A], [A])), `${A} open-file exact`);
  assert.equal(home.conversation(20, process(['--resume', A], [A, B])), `${A} open-file ambiguous ${B}`);
  assert.equal(home.conversation(20, process(['--resume', B], [A])), `${A} open-file ambiguous ${B}`);
  assert.equal(home.conversation(20, process([], [A])), `${A} open-file inferred`);
  assert.equal(home.conversation(20, process(['--resume', B])), `${B} argv inferred`);
  assert.equal(home.conversation(20, process([], ['../x'])), 'none');
});

test('a chat is resumed only where it is, for an unknown one would begin anew without a word', (t) => {
  const home = new AgentHome(cursor, t);
  home.write(`.cursor/chats/${md5(home.home)}/${A}/store.db`, '');
  home.write(`config/cursor/chats/${md5('/work')}/${B}/store.db`, '');
  assert.deepEqual(home.find(A, home.home), { cwd: home.home });
  assert.equal(home.find(A, '/'), null);
  assert.equal(home.find(B, home.home), null);
  assert.equal(home.find(`../${A}`, home.home), null);
  const env = { XDG_CONFIG_HOME: `${home.home}/config` };
  const argv = ['cursor-agent', '--workspace', '/work'];
  assert.deepEqual(home.find(B, home.home, { env, argv }), { cwd: home.home });
  assert.equal(home.find(B, home.home, { env }), null);
  // Behind an unknown flag the workspace does not come back.
  assert.equal(home.find(B, home.home, { env, argv: ['cursor-agent', '--new', '--workspace', '/work'] }), null);
});
