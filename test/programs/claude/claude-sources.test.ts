/** What each source of a conversation is worth, and which of two that disagree counts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Conversation } from '../../../src/model/manifest.js';
import { ClaudeRig, claudeIn, commandOf, known, recordOf, startOf } from './claude-rig.js';
import { anId, type FakeProcess } from '../fake-view.js';

const [A, B, C] = [anId(1), anId(2), anId(3)];
const START = startOf(20);

/** Returns a look-up of what the process with pid 20 had in the snapshot before. */
const previously =
  (...[id, source, confidence, candidates]: Parameters<typeof known>) =>
  (pid: number) =>
    pid === 20 ? known(id, source, confidence, candidates) : null;

test('believes the hook before all others', (t) => {
  const rig = new ClaudeRig(t);
  rig.config.register(20, B);
  for (const id of [A, B, C]) rig.config.write(id, { from: START + 100, to: START + 500 });
  const pane = claudeIn(20, '--resume', C);
  const beside = [commandOf(20, 21, C)];
  const records = [recordOf(20, C, { at: START }), recordOf(20, A)];
  const [found] = rig.conversations([pane], { beside, records, previous: previously(C, 'environ') });
  assert.deepEqual(found, known(A, 'hook'));
});

test('believes no record of another process, and none without an id of the only form', (t) => {
  const rig = new ClaudeRig(t);
  for (const record of [
    recordOf(20, A, { startTime: '1999' }),
    recordOf(21, A),
    recordOf(20, A, { tool: 'codex' }),
    recordOf(20, '20251108_1'),
    recordOf(20, A.toUpperCase()),
  ])
    assert.deepEqual(rig.conversations([claudeIn(20)], { records: [record] }), [null]);
});

test('doubts a record that was followed by more of what the registry names', (t) => {
  const rig = new ClaudeRig(t);
  rig.config.register(20, B);
  rig.config.write(B, { from: START + 500, to: START + 60_000 });
  const [found] = rig.conversations([claudeIn(20)], { records: [recordOf(20, A)] });
  assert.deepEqual(found, known(A, 'hook', 'ambiguous', [B]));
  // A registry that was left behind by `/clear` names what did not go on.
  rig.config.write(B, { from: START + 100, to: START + 900 });
  assert.deepEqual(rig.conversations([claudeIn(20)], { records: [recordOf(20, A)] }), [known(A, 'hook')]);
});

test('doubts a record when a later command was told another conversation', (t) => {
  const rig = new ClaudeRig(t);
  const records = [recordOf(20, A, { at: START + 60_000 })];
  const told = (pid: number): (Conversation | null)[] =>
    rig.conversations([claudeIn(20)], { records, beside: [commandOf(20, pid, B)] });
  assert.deepEqual(told(100), [known(A, 'hook', 'ambiguous', [B])]);
  // What was started before says what was so before.
  assert.deepEqual(told(70), [known(A, 'hook')]);
});

test('a registry that was left behind tells nothing of a record when another process took its conversation over', (t) => {
  const rig = new ClaudeRig(t);
  rig.config.register(20, B);
  rig.config.register(21, C);
  rig.config.write(B, { from: START + 500, to: START + 60_000 });
  const records = [recordOf(20, A), recordOf(21, B, { at: START + 5000 })];
  assert.deepEqual(rig.conversations([claudeIn(20), claudeIn(21)], { records }), [known(A, 'hook'), known(B, 'hook')]);
});

test('a record of a conversation that ended counts until another began', (t) => {
  const rig = new ClaudeRig(t);
  const records = [recordOf(20, A, { ended: true })];
  rig.config.write(A, { from: START + 500 });
  assert.deepEqual(rig.conversations([claudeIn(20)], { records }), [known(A, 'hook')]);
  rig.config.write(B, { from: START + 90_000 });
  assert.deepEqual(rig.conversations([claudeIn(20)], { records }), [known(B, 'succession', 'inferred', [A])]);
});

test('a command that runs says what the conversation was when it started', (t) => {
  const rig = new ClaudeRig(t);
  rig.config.write(A, { from: START + 500, to: START + 60_000 });
  const old = commandOf(20, 30, B);
  const beside: FakeProcess[] = [
    old,
    commandOf(20, 40, A),
    commandOf(20, 41, A, { ppid: 40, argv: ['make', 'watch'] }),
  ];
  assert.deepEqual(rig.conversations([claudeIn(20)], { beside }), [known(A, 'environ')]);
  rig.config.register(20, A);
  assert.deepEqual(rig.conversations([claudeIn(20)], { beside }), [known(A, 'environ')]);
});

test('believes no command of a nested Claude, no server of tools, nothing dead, and nothing that Claude inherited', (t) => {
  const rig = new ClaudeRig(t);
  const environ = { CLAUDE_PID: '20', CLAUDE_CODE_SESSION_ID: B };
  const others: readonly (readonly FakeProcess[])[] = [
    // What `claude -p` runs, itself run by a command of ours.
    [
      commandOf(20, 30, B, { environ: {} }),
      commandOf(20, 31, B, { ppid: 30, environ: { ...environ, CLAUDE_PID: '30' } }),
    ],
    [{ pid: 30, ppid: 20, argv: ['node', '/opt/mcp/server.js'], environ }],
    [{ pid: 30, ppid: 20, argv: ['npx', '-c', 'server'], environ }],
    [commandOf(20, 30, B, { state: 'Z' })],
    [commandOf(20, 30, B, { environ: null })],
    [commandOf(20, 30, 'x')],
    [commandOf(20, 30, B, { argv: ['/bin/bash', 'script', '-c'] })],
  ];
  for (const beside of others) assert.deepEqual(rig.conversations([claudeIn(20)], { beside }), [null]);
  assert.deepEqual(rig.conversations([{ ...claudeIn(20), environ }]), [null]);
});

test('a command is old news once another conversation went on, and no proof against a registry that differs', (t) => {
  const rig = new ClaudeRig(t);
  const beside = [commandOf(20, 30, A)];
  rig.config.register(20, B);
  rig.config.write(A, { from: START + 500, to: startOf(30) + 200 });
  assert.deepEqual(rig.conversations([claudeIn(20)], { beside }), [known(A, 'environ', 'inferred', [B])]);
  rig.config.write(B, { from: startOf(30) + 60_000 });
  assert.deepEqual(rig.conversations([claudeIn(20)], { beside }), [known(B, 'registry')]);
});

test('a server of tools that runs by a shell, and kept an old id, makes nothing sure', (t) => {
  const rig = new ClaudeRig(t);
  const beside = [commandOf(20, 21, A, { argv: ['sh', '-c', 'npx server'] })];
  rig.config.write(A, { from: START + 5000, to: START + 6000 });
  assert.deepEqual(rig.conversations([claudeIn(20)], { beside }), [known(A, 'environ')]);
  rig.config.write(B, { from: START + 90_000 });
  assert.deepEqual(rig.conversations([claudeIn(20)], { beside }), [known(B, 'succession', 'inferred', [A])]);
});

test('remembers what the same process had before, as sure as it was', (t) => {
  const rig = new ClaudeRig(t);
  rig.config.write(A, { from: START + 500 });
  for (const source of ['hook', 'environ', 'registry', 'previous']) {
    const before = { previous: previously(A, source) };
    assert.deepEqual(rig.conversations([claudeIn(20)], before), [known(A, 'previous')]);
    assert.deepEqual(
      rig.conversations([claudeIn(20, '-r', C)], before),
      [known(A, 'previous')],
      'not what it began with',
    );
  }
  const unsure = { previous: previously(A, 'environ', 'inferred', [B]) };
  assert.deepEqual(rig.conversations([claudeIn(20)], unsure), [known(A, 'previous', 'inferred', [B])]);
  rig.config.write(B, { from: START + 90_000 });
  assert.deepEqual(rig.conversations([claudeIn(20)], { previous: previously(A, 'hook') }), [
    known(B, 'succession', 'inferred', [A]),
  ]);
});

test('a guess is made anew at every look, and never remembered', (t) => {
  const rig = new ClaudeRig(t);
  for (const source of ['time', 'title', 'succession', 'argv', 'anything'])
    assert.deepEqual(rig.conversations([claudeIn(20)], { previous: previously(A, source) }), [null]);
});

test('a registry that contradicts what was seen before is sure only once its conversation went on', (t) => {
  const rig = new ClaudeRig(t);
  rig.config.register(20, A);
  rig.config.write(A, { from: START + 500 });
  rig.config.write(B, { from: START - 90_000, to: START + 60_000 });
  const before = { previous: previously(B, 'environ') };
  assert.deepEqual(rig.conversations([claudeIn(20)], before), [known(B, 'previous', 'inferred', [A])]);
  // And so it stays at the next look, which remembers that one.
  const after = { previous: previously(B, 'previous', 'inferred', [A]) };
  assert.deepEqual(rig.conversations([claudeIn(20)], after), [known(B, 'previous', 'inferred', [A])]);
  rig.config.write(A, { from: START + 500, to: START + 70_000 });
  assert.deepEqual(rig.conversations([claudeIn(20)], before), [known(A, 'registry')]);
});

test('a registry that follows is believed at once', (t) => {
  const rig = new ClaudeRig(t);
  rig.config.write(A, { from: START + 500 });
  rig.config.write(B, { from: START + 60_000 });
  rig.config.register(20, B);
  assert.deepEqual(rig.conversations([claudeIn(20)], { previous: previously(A, 'registry') }), [known(B, 'registry')]);
});

test('a registry of a version that did not follow /resume is doubted when another conversation went on', (t) => {
  const rig = new ClaudeRig(t);
  rig.config.write(A, { from: START + 500, to: START + 1000 });
  rig.config.write(B, { from: START - 90_000, to: START + 60_000 });
  for (const [version, confidence] of [
    ['2.1.81', 'ambiguous'],
    ['1.9.999', 'ambiguous'],
    ['x', 'ambiguous'],
    [null, 'ambiguous'],
    ['2.1.173', 'exact'],
    ['2.2.0', 'exact'],
    ['3.0.0-beta', 'exact'],
  ]) {
    rig.config.register(20, A, { version });
    assert.equal(rig.conversations([claudeIn(20)])[0]?.confidence, confidence, String(version));
  }
});

test('a title is a conversation when exactly one has exactly that title, and is offered', (t) => {
  const rig = new ClaudeRig(t);
  const titled = (title: string): string[] => [JSON.stringify({ type: 'custom-title', customTitle: title })];
  rig.config.write(A, { from: START - 90_000, firstLines: titled('fix the parser') });
  rig.config.write(B, { from: START - 90_000, firstLines: titled('fix the parser soon') });
  const find = (title: string): unknown => rig.conversations([claudeIn(20, '-r', title)])[0];
  assert.deepEqual(find('fix the parser'), known(A, 'title', 'inferred'));
  for (const title of ['fix the', 'Fix the parser', 'fix the parser ', '0a1b2c3d', A.toUpperCase(), '1'])
    assert.equal(find(title), null, title);
  rig.config.write(C, { from: START - 90_000, firstLines: titled('fix the parser') });
  assert.equal(find('fix the parser'), null);
  // A title that looks like an id is an id.
  rig.config.write(C, { from: START - 90_000, firstLines: titled(B) });
  assert.deepEqual(find(B), known(B, 'argv'));
});

test('what a launcher holds back has not moved on, whatever else happened meanwhile', (t) => {
  const rig = new ClaudeRig(t);
  rig.config.write(A, { from: START - 90_000 });
  rig.config.write(B, { from: START + 90_000 });
  const pane = claudeIn(20, '--resume', A);
  const [held] = rig.conversations([pane]);
  assert.equal(held?.source, 'succession');
  const waiting = rig.waiting(20, '--resume', A);
  assert.deepEqual(waiting, known(A, 'argv'));
});
