/**
 * The journal on a real folder.
 */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { JournalEntry } from '../../src/model/journal.js';
import { failure, namesIn, temporaryStore, value } from './support.js';

const entry = (message: string): JournalEntry => ({ kind: 'refusal', at: 'now', bootId: 'boot', code: 'x', message });

test('the journal keeps the last hundred entries, newest last', async (t) => {
  const store = await temporaryStore(t);
  const numbers = Array.from({ length: 103 }, (_, index) => String(index));
  const appended = await Promise.all(numbers.map((number) => store.appendJournal(entry(number))));
  for (const result of appended) value(result);
  const entries = value(await store.readJournal());
  assert.deepEqual(entries, numbers.slice(3).map(entry));
});

test('a damaged journal reads as empty, is set aside at the next entry and begun anew', async (t) => {
  const store = await temporaryStore(t);
  const path = join(store.folder, 'journal.json');
  for (const text of [
    '',
    '{',
    '[]',
    JSON.stringify({ format: 'tmux-persist-journal/1', entries: [{ kind: 'loss' }] }),
  ]) {
    await writeFile(path, text);
    assert.deepEqual(value(await store.readJournal()), []);
    assert.equal(await readFile(path, 'utf8'), text);
    value(await store.appendJournal(entry('first')));
    assert.deepEqual(value(await store.readJournal()), [entry('first')]);
  }
  assert.equal((await namesIn(store.folder, /^journal\.json\..*\.unreadable$/)).length, 4);
});

test('a journal of a newer format is refused and left as it is', async (t) => {
  const store = await temporaryStore(t);
  const path = join(store.folder, 'journal.json');
  const text = JSON.stringify({ format: 'tmux-persist-journal/2', log: [] });
  await writeFile(path, text);
  failure(await store.readJournal(), 'format-unknown');
  failure(await store.appendJournal(entry('x')), 'format-unknown');
  assert.equal(await readFile(path, 'utf8'), text);
});
