/**
 * R15: three crashes running, each within a minute of a restore, end automatic restoring, until a server has lived again.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isCrashLooping } from '../../src/model/crash-loop.js';
import type { JournalEntry, LossEntry, RestoreEntry } from '../../src/model/journal.js';
import { aLoss, aRestore, at, epoch } from '../support/builders.js';

interface Life {
  readonly start: number;
  /** Seconds from its start to its restore; null when nothing was restored. */
  readonly restored?: number | null;
  /** Seconds from its start to its end; null when it lives. */
  readonly lived: number | null;
  readonly restore?: Partial<RestoreEntry>;
  readonly loss?: Partial<LossEntry>;
}

/** Returns what the journal tells of servers. */
const journalOf = (...lives: readonly Life[]): JournalEntry[] =>
  lives.flatMap(({ start, restored = 1, lived, restore, loss }, number) => {
    const server = { pid: 100 + number, startTime: epoch(start) };
    return [
      ...(restored === null ? [] : [aRestore({ at: at(start + restored), server, ...restore })]),
      ...(lived === null ? [] : [aLoss({ at: at(start + lived), server, ...loss })]),
    ];
  });

const crash = (start: number): Life => ({ start, lived: 30 });

test('three servers that crash within a minute of their restore are a loop, two are none', () => {
  assert.equal(isCrashLooping([]), false);
  assert.equal(isCrashLooping(journalOf(crash(0), crash(100))), false);
  assert.equal(isCrashLooping(journalOf(crash(0), crash(100), crash(200))), true);
  assert.equal(isCrashLooping(journalOf(crash(0), crash(100), crash(200), crash(300))), true);
});

test('a minute is counted from the restore', () => {
  assert.equal(isCrashLooping(journalOf(crash(0), crash(100), { start: 200, restored: 50, lived: 110 })), true);
  assert.equal(isCrashLooping(journalOf(crash(0), crash(100), { start: 200, restored: 50, lived: 111 })), false);
});

test('a server that lives for longer in between ends the run', () => {
  assert.equal(isCrashLooping(journalOf(crash(0), crash(100), { start: 200, lived: 3600 }, crash(4000))), false);
  assert.equal(isCrashLooping(journalOf(crash(0), crash(100), { start: 200, lived: null }, crash(4000))), false);
});

test('after a loop, the end of a server that lived without a restore allows restoring again', () => {
  const loop = [crash(0), crash(100), crash(200)];
  const later: Life = { start: 300, restored: null, lived: 86_400 };
  assert.equal(isCrashLooping(journalOf(...loop, later)), false);
  assert.equal(isCrashLooping(journalOf(...loop, { ...later, loss: { cause: 'reboot' } })), false);
  assert.equal(isCrashLooping(journalOf(...loop, later, crash(90_000))), false);
});

test('after a loop, a server that ends at once without a restore changes nothing', () => {
  const loop = [crash(0), crash(100), crash(200)];
  assert.equal(isCrashLooping(journalOf(...loop, { start: 300, restored: null, lived: 5 })), true);
});

test('a stop or a reboot soon after a restore is no crash', () => {
  for (const cause of ['stopped', 'reboot'] as const)
    assert.equal(isCrashLooping(journalOf(crash(0), crash(100), { ...crash(200), loss: { cause } })), false);
});

test('several restores into one server that crashes are one crash', () => {
  const server = { pid: 100, startTime: epoch(0) };
  const restores = [1, 5, 9].map((seconds) => aRestore({ at: at(seconds), server }));
  assert.equal(isCrashLooping([...restores, aLoss({ at: at(20), server })]), false);
});

test('a restore by hand, and one that brought nothing back, do not count', () => {
  const life = crash(200);
  assert.equal(isCrashLooping(journalOf(crash(0), crash(100), { ...life, restore: { automatic: false } })), false);
  assert.equal(isCrashLooping(journalOf(crash(0), crash(100), { ...life, restore: { restored: 0 } })), false);
  assert.equal(
    isCrashLooping(journalOf(crash(0), crash(100), { ...life, restore: { restored: 0, adopted: 1 } })),
    true,
  );
});

test('the loss of another server, or of one that nobody can name, is no crash of the restored one', () => {
  for (const loss of [{ server: null }, { server: { pid: 7, startTime: epoch(200) } }, { bootId: 'other' }])
    assert.equal(isCrashLooping(journalOf(crash(0), crash(100), { ...crash(200), loss })), false);
  const nameless = [1, 2, 3].flatMap(() => [aRestore({ server: null }), aLoss({ at: at(1002), server: null })]);
  assert.equal(isCrashLooping(nameless), false);
});

test('refusals in between change nothing', () => {
  const refusal: JournalEntry = { kind: 'refusal', at: at(1), bootId: 'boot', code: 'locked', message: 'busy' };
  const entries = journalOf(crash(0), crash(100), crash(200)).flatMap((entry) => [entry, refusal]);
  assert.equal(isCrashLooping(entries), true);
});
