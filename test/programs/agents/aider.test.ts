/** Aider: no conversations to choose from, but files to work on and a history to read again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aider } from '../../../src/programs/agents/aider.js';
import { assertRecognised, kept, nearMisses } from './agent-fixtures.js';

const RESTORE = '--restore-chat-history';

test('is known by its script, its module and its name, and by nothing that only contains the name', () => {
  assertRecognised(
    aider,
    [
      [['/home/u/venv/bin/python3', '/home/u/venv/bin/aider', 'a.py'], '/usr/bin/python3.12', ['a.py']],
      [['python3.11', '-m', 'aider', '--model', 'x'], '/usr/bin/python3.11', ['--model', 'x']],
      [['aider'], '/usr/bin/python3', []],
    ],
    [
      ...nearMisses('aider'),
      [['python3', '-m', 'aiders'], '/usr/bin/python3'],
      [['python3', '-c', 'aider'], '/usr/bin/python3'],
      [['node', '/usr/bin/aider'], '/usr/bin/node'],
      [['perl', '-m', 'aider'], '/usr/bin/perl'],
    ],
  );
});

test('what it does without a conversation in the pane is left alone', () => {
  for (const args of [
    ['-m', 'x'],
    ['--message-file', 'x'],
    ['--commit'],
    ['--gui'],
    ['--lint'],
    ['--list-models', 'x'],
  ])
    assert.equal(aider.read(args), null, args.join(' '));
});

test('reads its history again, unless told not to, with the words it had and once only', () => {
  const words = ['--model', 'x', '--no-auto-commits', 'src/a.py', 'b c.py'];
  assert.deepEqual(kept(aider, ...words), [RESTORE, ...words]);
  assert.deepEqual(kept(aider, RESTORE, ...words), [RESTORE, ...words]);
  assert.deepEqual(kept(aider, ...(kept(aider, ...words) ?? [])), [RESTORE, ...words]);
  const without = ['--no-restore-chat-history', 'a.py'];
  assert.deepEqual(kept(aider, ...without), without);
});

test('keeps no key and no grant that it did not have', () => {
  assert.deepEqual(kept(aider, '--api-key', 'x=sk', '--openai-api-key=sk', '--set-env', 'A=b', '--load', 'f'), [
    RESTORE,
  ]);
  assert.deepEqual(kept(aider, '--yes-always'), [RESTORE, '--yes-always']);
  assert.deepEqual(kept(aider, '--future', '--yes-always', 'a.py'), [RESTORE, 'a.py']);
  assert.deepEqual(kept(aider, '--', '--yes-always'), [RESTORE]);
});

test('is only ever offered, because two of them in one repository share their history', () => {
  assert.equal(aider.mode, 'offer');
  assert.equal(aider.conversations, null);
});
