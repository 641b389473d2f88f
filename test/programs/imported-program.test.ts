/** Command lines that other tools wrote down: what is offered of them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { displayText } from '../../src/model/text.js';
import { importedProgram } from '../../src/programs/imported-program.js';

const ID = '6f1a2b3c-0000-4000-8000-000000000001';

/** Kind, words, mode and conversation. */
const offered = (line: string) => {
  const program = importedProgram(line, '/srv', '/usr/bin');
  return program === null
    ? null
    : [program.kind, program.argv.map(displayText).join(' '), program.mode, program.conversation?.id ?? null];
};

const LINES: readonly (readonly [string, readonly unknown[]])[] = [
  [`claude --resume ${ID}`, ['claude', 'claude', 'offer', ID]],
  [`claude --dangerously-skip-permissions --resume ${ID} --name web`, ['claude', 'claude', 'offer', ID]],
  [`/home/me/.local/bin/claude -r ${ID} fix the tests`, ['claude', '/home/me/.local/bin/claude', 'offer', ID]],
  [`claude --session-id ${ID}`, ['claude', 'claude', 'offer', ID]],
  ['claude', ['claude', 'claude', 'offer', null]],
  [`claude --resume ${ID} --fork-session`, ['claude', 'claude', 'offer', null]],
  [
    `node /usr/lib/node_modules/@anthropic-ai/claude-code/cli.js --resume ${ID}`,
    ['claude', 'node /usr/lib/node_modules/@anthropic-ai/claude-code/cli.js', 'offer', ID],
  ],
  ['vim  notes.txt', ['vim', 'vim notes.txt', 'offer', null]],
  ['htop', ['monitor', 'htop', 'offer', null]],
];

for (const [line, wanted] of LINES)
  test(`'${line}' is offered, with no flag of an agent`, () => {
    assert.deepEqual(offered(line), wanted);
  });

test('the conversation of a file is never sure', () => {
  const program = importedProgram(`claude --resume ${ID}`, '/srv', '/usr/bin');
  assert.deepEqual(program?.conversation, { id: ID, source: 'import', confidence: 'inferred', candidates: [] });
  assert.deepEqual([program.env, program.exe, program.process], [{ PATH: '/usr/bin' }, '', null]);
});

const NOTHING = [
  ...['', 'bash', 'npm run dev', 'rm -rf /', 'claude -p hello', 'claude mcp list'],
  ...[
    'vim $(id)',
    'vim a; id',
    'vim `id`',
    'vim "a b"',
    'vim a | id',
    'vim > a',
    'vim a\nid',
    'vim\\ a',
    'vim ~/a',
    'vim *',
  ],
];

for (const line of NOTHING)
  test(`${JSON.stringify(line)} is nothing that could be offered`, () => {
    assert.equal(offered(line), null);
  });

test('a secret in a command line is not taken over', () => {
  const program = importedProgram('ssh -o ProxyCommand=x --password=hunter2hunter2 host', '/srv', '/usr/bin');
  assert.ok(!JSON.stringify(program).includes('hunter2'));
});
