/** What counts as seen of conversations and their processes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Conversation, Window } from '../../src/model/manifest.js';
import { PastHolders } from '../../src/agent/past-holders.js';
import { aConversation, aPane, aProgram, aWindow } from '../support/builders.js';

const BOOT = 1_000_000;

/** Returns a look in which a process that started so many seconds after the boot has a conversation. */
const look = (seconds: number, id: string, confidence: Conversation['confidence'] = 'exact'): Window[] => [
  aWindow(1, {
    panes: [
      aPane(1, {
        program: aProgram({
          conversation: aConversation({ id, confidence }),
          process: { pid: seconds, startTime: String(seconds * 100) },
        }),
      }),
    ],
  }),
];

test('a conversation was held from the start of its process until it was last seen there, by any of those that held it', () => {
  const holders = new PastHolders();
  holders.note(look(10, 'A'), BOOT + 60_000, BOOT);
  assert.deepEqual(
    [9_999, 10_000, 60_000, 60_001].map((at) => holders.heldAt('A', BOOT + at)),
    [false, true, true, false],
  );
  holders.note(look(10, 'B'), BOOT + 70_000, BOOT);
  holders.note(look(100, 'A'), BOOT + 200_000, BOOT);
  assert.deepEqual(
    [60_000, 80_000, 150_000].map((at) => holders.heldAt('A', BOOT + at)),
    [true, false, true],
  );
  assert.equal(holders.heldAt('B', BOOT + 65_000), true);
});

test('what was in doubt, or is of no process, was never seen', () => {
  const holders = new PastHolders();
  holders.note(look(10, 'A', 'ambiguous'), BOOT + 60_000, BOOT);
  holders.note(look(10, 'A', 'inferred'), BOOT + 60_000, BOOT);
  holders.note(
    [aWindow(1, { panes: [aPane(1, { program: aProgram({ conversation: aConversation() }) })] })],
    BOOT + 60_000,
    BOOT,
  );
  assert.equal(holders.heldAt('A', BOOT + 50_000), false);
});
