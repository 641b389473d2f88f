/**
 * journal.json. The one rule: a journal that can't be read costs its entries, never a restore: it is set aside and begun anew.
 */
import { fail, ok, type Result } from '../model/failure.js';
import { JOURNAL_LIMIT, journalSchema, type JournalEntry } from '../model/journal.js';
import { readFailure, readRegular, SMALL_LIMIT } from './read-regular.js';
import { setAside } from './set-aside.js';
import { writeAtomic } from './write-atomic.js';

const FORMAT = 'tmux-persist-journal/1';

/** Returns the entries, oldest first; none when there is no journal or it is damaged. A newer format is a failure. */
export async function readJournalFile(path: string): Promise<Result<readonly JournalEntry[]>> {
  const read = await readEntries(path);
  return read.ok ? ok(read.value ?? []) : read;
}

/** Adds one entry and drops the oldest above the limit. */
export async function appendJournalFile(path: string, entry: JournalEntry): Promise<Result<void>> {
  const read = await readEntries(path);
  if (!read.ok) return read;
  if (read.value === null) await setAside(path);
  const entries = [...(read.value ?? []), entry].slice(-JOURNAL_LIMIT);
  const written = await writeAtomic(path, Buffer.from(`${JSON.stringify({ format: FORMAT, entries })}\n`));
  return written.ok ? ok(undefined) : written;
}

/** Returns null for a damaged journal. */
async function readEntries(path: string): Promise<Result<readonly JournalEntry[] | null>> {
  const read = await readRegular(path, SMALL_LIMIT);
  if (read.kind === 'missing') return ok([]);
  if (read.kind === 'bad') return ok(null);
  if (read.kind !== 'read') return readFailure(path, read);
  let data: unknown;
  try {
    data = JSON.parse(read.bytes.toString());
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return ok(null);
  }
  const parsed = await journalSchema['~standard'].validate(data);
  if (parsed.issues === undefined) return ok(parsed.value.entries);
  const format = typeof data === 'object' && data !== null && 'format' in data ? data.format : null;
  const isNewer = typeof format === 'string' && format !== FORMAT;
  return isNewer ? fail({ reason: 'format-unknown', path, format }) : ok(null);
}
