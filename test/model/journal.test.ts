import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { journalEntrySchema, journalSchema, lastOf, type JournalEntry } from '../../src/model/journal.js';
import { aLoss, aRestore, at } from '../support/builders.js';

const refusal: JournalEntry = { kind: 'refusal', at: at(0), bootId: 'boot', code: 'locked', message: 'busy' };

test('the last entry of a kind is the newest one, whatever came after it', () => {
  const entries = [aLoss({ detail: 'first' }), aRestore(), aLoss({ detail: 'second' }), refusal];
  assert.equal(lastOf(entries, 'loss')?.detail, 'second');
  assert.equal(lastOf(entries, 'restore')?.kind, 'restore');
  assert.equal(lastOf(entries, 'refusal')?.code, 'locked');
  assert.equal(lastOf([refusal], 'loss'), null);
});

test('a journal is read as it was written', () => {
  const journal = { format: 'tmux-persist-journal/1', entries: [aLoss({ server: null }), aRestore(), refusal] };
  assert.deepEqual(v.parse(journalSchema, JSON.parse(JSON.stringify(journal))), journal);
});

test('an entry of no known kind or cause is refused', () => {
  for (const entry of [
    { ...refusal, kind: 'party' },
    { ...aLoss(), cause: 'boredom' },
    { ...aRestore(), automatic: 1 },
  ])
    assert.equal(v.is(journalEntrySchema, entry), false);
});
