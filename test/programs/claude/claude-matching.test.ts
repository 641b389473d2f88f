/** Several processes in one directory: whose conversation is whose, and where there is no telling. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { mkdirSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Conversation } from '../../../src/model/manifest.js';
import { fileView } from '../../../src/programs/file-view.js';
import { ClaudeRig, claudeIn, known, recordOf, startOf } from './claude-rig.js';
import { anId } from '../fake-view.js';

const [A, B, C, D] = [anId(1), anId(2), anId(3), anId(4)];
const ids = (found: readonly (Conversation | null)[]): unknown[] => found.map((one) => one?.id ?? null);
const confidences = (found: readonly (Conversation | null)[]): unknown[] => found.map((one) => one?.confidence ?? null);

for (const count of [2, 3, 9]) {
  test(`${String(count)} processes prompted in the reverse order of their starts: the registry tells them apart, times do not`, (t) => {
    const rig = new ClaudeRig(t);
    const pids = Array.from({ length: count }, (_, index) => 20 + index);
    const panes = pids.map((pid) => claudeIn(pid));
    for (const pid of pids) rig.config.write(anId(pid), { from: startOf(500 - pid), to: startOf(600 - pid) });
    const guessed = rig.conversations(panes);
    assert.deepEqual(new Set(confidences(guessed)), new Set(['ambiguous']));
    assert.equal(new Set(ids(guessed)).size, count, 'no conversation is offered twice');
    for (const pid of pids) rig.config.register(pid, anId(pid));
    assert.deepEqual(
      rig.conversations(panes),
      pids.map((pid) => known(anId(pid), 'registry')),
    );
  });
}

test('gives by time what could not be otherwise, and only to be offered', (t) => {
  const rig = new ClaudeRig(t);
  const panes = [claudeIn(20), claudeIn(100), claudeIn(200)];
  // The first was prompted before the second was started, and that one before the third.
  rig.config.write(A, { from: startOf(50), to: startOf(300) });
  rig.config.write(B, { from: startOf(150), to: startOf(300) });
  assert.deepEqual(rig.conversations(panes), [known(A, 'time', 'inferred', [B]), known(B, 'time', 'inferred'), null]);
  rig.config.write(C, { from: startOf(250) });
  assert.deepEqual(confidences(rig.conversations(panes)), ['inferred', 'inferred', 'inferred']);
  rig.config.write(D, { from: startOf(260) });
  assert.equal(rig.conversations(panes)[2]?.confidence, 'ambiguous');
});

test('one that was never prompted has no conversation, and makes the other no less sure', (t) => {
  const rig = new ClaudeRig(t);
  rig.config.register(20, A);
  rig.config.register(30, B);
  rig.config.write(A, { from: startOf(50) });
  const panes = [claudeIn(20), claudeIn(30), claudeIn(40)];
  assert.deepEqual(rig.conversations(panes), [known(A, 'registry'), known(B, 'registry'), null]);
});

test('/clear three times in one of two: its chain is found where the other one is accounted for', (t) => {
  const rig = new ClaudeRig(t);
  rig.config.register(20, A);
  rig.config.write(A, { from: startOf(50), to: startOf(60) });
  for (const [index, id] of [B, C, D].entries())
    rig.config.write(id, { from: startOf(100 + 20 * index), to: startOf(110 + 20 * index) });
  const other = anId(9);
  rig.config.write(other, { from: startOf(50), to: startOf(55) });
  const panes = [claudeIn(20), claudeIn(30)];
  const told = rig.conversations(panes, { records: [recordOf(30, other)] });
  assert.deepEqual(told, [known(D, 'succession', 'inferred', [C, B, A]), known(other, 'hook')]);
  // By the registry alone the other one may have been cleared as well.
  rig.config.register(30, other);
  const [first, second] = rig.conversations(panes);
  assert.deepEqual(first, known(A, 'registry', 'ambiguous', [D, C, B]));
  assert.deepEqual(second, known(other, 'registry', 'ambiguous', [D, C, B]));
  // One that was last used after all of that can't have begun it.
  rig.config.write(other, { from: startOf(50), to: startOf(200) });
  assert.deepEqual(rig.conversations(panes), [known(D, 'succession', 'inferred', [C, B, A]), known(other, 'registry')]);
});

test('two chains at once are nobody’s', (t) => {
  const rig = new ClaudeRig(t);
  rig.config.register(20, A);
  rig.config.write(A, { from: startOf(50), to: startOf(60) });
  rig.config.write(B, { from: startOf(100), to: startOf(130) });
  rig.config.write(C, { from: startOf(120), to: startOf(140) });
  assert.deepEqual(rig.conversations([claudeIn(20)]), [known(A, 'registry', 'ambiguous', [C, B])]);
});

test('two panes that swapped conversations by /resume: exact where the registry followed, else no claim at all', (t) => {
  const rig = new ClaudeRig(t);
  rig.config.write(A, { from: startOf(10), to: startOf(100) });
  rig.config.write(B, { from: startOf(10), to: startOf(110) });
  const panes = [claudeIn(20, '-r', A), claudeIn(30, '-r', B)];
  assert.deepEqual(confidences(rig.conversations(panes)), ['ambiguous', 'ambiguous']);
  rig.config.register(20, B);
  rig.config.register(30, A);
  assert.deepEqual(rig.conversations(panes), [known(B, 'registry'), known(A, 'registry')]);
});

test('a branch that went on makes its parent doubtful, by what it says or by its first time', (t) => {
  for (const forkedFrom of [{ forkedFrom: A }, {}]) {
    const rig = new ClaudeRig(t);
    rig.config.register(20, A);
    rig.config.write(A, { from: startOf(10), to: startOf(50) });
    rig.config.write(B, { from: startOf(10), to: startOf(90), ...forkedFrom });
    assert.deepEqual(rig.conversations([claudeIn(20)]), [known(A, 'registry', 'ambiguous', [B])]);
  }
});

test('a fork is never its parent for sure, and is found as its copy', (t) => {
  const rig = new ClaudeRig(t);
  rig.config.write(A, { from: startOf(10), to: startOf(15) });
  const named = [claudeIn(30, '--resume', A, '--fork-session', '--session-id', D)];
  assert.deepEqual(rig.conversations(named), [known(D, 'argv')]);
  const panes = [claudeIn(20, '--resume', A, '--fork-session')];
  assert.deepEqual(rig.conversations(panes), [known(A, 'argv', 'ambiguous')]);
  rig.config.write(C, { from: startOf(50) });
  assert.deepEqual(rig.conversations(panes), [known(A, 'argv', 'ambiguous')]);
  rig.config.write(B, { from: startOf(10), to: startOf(50) });
  assert.deepEqual(rig.conversations(panes), [known(B, 'time', 'inferred')]);
  rig.config.register(20, A);
  assert.equal(rig.conversations(panes)[0]?.confidence, 'ambiguous');
  rig.config.register(20, B);
  assert.deepEqual(rig.conversations(panes), [known(B, 'registry')]);
});

test('one conversation in two panes is sure in one: by trust, then by later evidence', (t) => {
  const rig = new ClaudeRig(t);
  rig.config.write(A, { from: startOf(10), to: startOf(90) });
  const panes = [claudeIn(20, '-r', A), claudeIn(30, '-r', A)];
  assert.deepEqual(rig.conversations(panes), [known(A, 'argv', 'ambiguous'), known(A, 'argv')]);
  rig.config.register(20, A);
  assert.deepEqual(rig.conversations(panes), [known(A, 'registry'), known(A, 'argv', 'ambiguous')]);
  rig.config.register(30, A, { updatedAt: startOf(60) });
  assert.deepEqual(confidences(rig.conversations(panes)), ['ambiguous', 'exact']);
  const told = [recordOf(20, A, { at: startOf(80) }), recordOf(30, A, { at: startOf(70) })];
  assert.deepEqual(confidences(rig.conversations(panes, { records: told })), ['exact', 'ambiguous']);
});

test('what one left by /clear and another resumed is sure in neither, where the registry did not follow the first', (t) => {
  const rig = new ClaudeRig(t);
  rig.config.register(20, A, { updatedAt: startOf(400) });
  rig.config.register(30, A, { updatedAt: startOf(300) });
  rig.config.write(A, { from: startOf(50), to: startOf(300) });
  assert.deepEqual(confidences(rig.conversations([claudeIn(20), claudeIn(30)])), ['exact', 'ambiguous']);
  rig.config.write(B, { from: startOf(100), to: startOf(200) });
  assert.deepEqual(confidences(rig.conversations([claudeIn(20), claudeIn(30)])), ['ambiguous', 'ambiguous']);
});

test('a conversation that a process outside of all panes holds is sure in no pane', (t) => {
  const rig = new ClaudeRig(t);
  rig.config.write(A, { from: startOf(10), to: startOf(90) });
  rig.config.register(30, A);
  const outside = { ...claudeIn(30), ppid: 1, ttyNr: 0 };
  const [found] = rig.conversations([claudeIn(20, '-r', A)], { beside: [outside] });
  assert.deepEqual(found, known(A, 'argv', 'ambiguous'));
});

test('equal ids of two accounts are two conversations', (t) => {
  const rig = new ClaudeRig(t);
  rig.config.register(20, A);
  const environ = { CLAUDE_CONFIG_DIR: join(rig.home, 'second') };
  const second = { ...claudeIn(30, '-r', A), environ };
  assert.deepEqual(confidences(rig.conversations([claudeIn(20), second])), ['exact', 'exact']);
});

test('-c in two panes is told by times only where that can’t be otherwise', (t) => {
  const rig = new ClaudeRig(t);
  rig.config.write(A, { from: startOf(10), to: startOf(90) });
  assert.deepEqual(rig.conversations([claudeIn(20, '-c')]), [known(A, 'time', 'inferred')]);
  assert.deepEqual(rig.conversations([claudeIn(20)]), [null], 'it began before this one');
  const panes = [claudeIn(20, '-c'), claudeIn(30, '-c')];
  assert.deepEqual(confidences(rig.conversations(panes)), ['ambiguous', 'ambiguous']);
  rig.config.write(B, { from: startOf(5), to: startOf(95) });
  assert.deepEqual(confidences(rig.conversations(panes)), ['ambiguous', 'ambiguous']);
  rig.config.register(30, B);
  assert.deepEqual(rig.conversations(panes), [known(A, 'time', 'inferred'), known(B, 'registry')]);
});

test('gives no conversation that did not go on since, that names another directory or none, or that is not a person’s', (t) => {
  const rig = new ClaudeRig(t);
  const later = { from: startOf(50) };
  rig.config.write(anId(10), { from: startOf(5), to: startOf(10) });
  rig.config.write(anId(11), { ...later, cwd: '/home/u-project', folder: '-home-u-project' });
  rig.config.write(anId(12), { ...later, cwd: null });
  rig.config.write(anId(13), { ...later, entrypoint: 'sdk-cli' });
  rig.config.write(anId(14), { ...later, isSidechain: true });
  rig.config.write(`agent-${anId(15)}`, later);
  rig.config.write(anId(16), later);
  mkdirSync(join(rig.config.folder, 'jobs', 'x'), { recursive: true });
  writeFileSync(join(rig.config.folder, 'jobs', 'x', 'state.json'), `{"session":{"id":"${anId(16)}"}}`);
  assert.deepEqual(rig.conversations([claudeIn(20), claudeIn(30, '-c')]), [null, null]);
  rig.config.register(20, A);
  assert.deepEqual(rig.conversations([claudeIn(20)]), [known(anId(12), 'succession', 'inferred', [A])]);
});

test('believes the birth of a file only where it is no copy', (t) => {
  const rig = new ClaudeRig(t);
  const path = rig.config.write(A, { from: startOf(50) });
  const born = (at: number | null) => ({
    files: { ...fileView(), bornAt: (asked: string) => (asked === path ? at : null) },
  });
  for (const at of [null, startOf(49), startOf(50) + 1000, startOf(400)])
    assert.equal(rig.conversations([claudeIn(20)], born(at))[0]?.id, A);
  assert.deepEqual(rig.conversations([claudeIn(55)], born(startOf(49))), [null]);
});

test('a process whose pid was another’s, and a reboot, bring nothing back from before', (t) => {
  const rig = new ClaudeRig(t);
  for (const procStart of ['1999', 'Sun Mar  1 12:00:00 2026', '', '0x7d0', '133500000000000000']) {
    rig.config.register(20, A, { procStart });
    assert.deepEqual(rig.conversations([claudeIn(20)]), [null], procStart);
  }
  const previous = (pid: number, startTime: string): Conversation | null =>
    pid === 20 && startTime === '1999' ? known(A, 'hook') : null;
  assert.deepEqual(rig.conversations([claudeIn(20)], { previous }), [null]);
});

test('a clock that was set makes no wrong conversation sure', (t) => {
  const rig = new ClaudeRig(t);
  rig.config.register(20, A, { startedAt: startOf(20) - 3_600_000 });
  // Everything was written an hour behind, and the machine’s start is reckoned by the clock of now.
  rig.config.write(A, { from: startOf(50) - 3_600_000 });
  rig.config.write(B, { from: startOf(90) - 3_600_000 });
  assert.equal(rig.conversations([claudeIn(20)])[0]?.confidence, 'inferred');
  // Times that are still to come end nothing.
  rig.config.write(A, { from: startOf(50), to: Date.now() + 3_600_000 });
  assert.deepEqual(rig.conversations([claudeIn(20)]), [known(A, 'registry', 'ambiguous', [B])]);
});

test('a transcript that /cd or a worktree moved between two looks is still the same conversation', (t) => {
  const rig = new ClaudeRig(t);
  const tree = '/home/u/project/.claude/worktrees/x';
  rig.config.register(20, A, { cwd: '/home/u/project' });
  rig.config.write(A, { from: startOf(50), cwd: tree });
  const [found] = rig.identities([claudeIn(20)]);
  assert.deepEqual(found, { conversation: known(A, 'registry'), cwd: tree });
  // What began there later may be its own too.
  rig.config.write(B, { from: startOf(90), cwd: tree });
  assert.equal(rig.conversations([claudeIn(20)])[0]?.confidence, 'inferred');
});

test('what another process was seen to leave by /clear is no doubt about the rest of its directory', (t) => {
  const rig = new ClaudeRig(t);
  const [one, two] = [claudeIn(20), claudeIn(21)];
  rig.config.write(A, { from: startOf(21) + 10_000, to: startOf(21) + 20_000 });
  rig.config.write(B, { from: startOf(21) + 30_000, to: startOf(21) + 40_000 });
  rig.config.write(C, { from: startOf(21) + 50_000, to: startOf(21) + 60_000 });
  rig.config.register(20, A);
  // The second one had B until it was cleared, and the registry followed.
  rig.config.register(21, C);
  assert.equal(rig.conversations([one, two])[0]?.confidence, 'inferred');
  const heldAt = (id: string, at: number): boolean => id === B && at < startOf(21) + 45_000;
  assert.deepEqual(rig.conversations([one, two], { heldAt }), [known(A, 'registry'), known(C, 'registry')]);
});
