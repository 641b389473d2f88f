/**
 * Small texts beside the state that only make its user's life easier: what can't be read is not there, and holds nothing up.
 */
import { ok, type Result } from '../model/failure.js';
import { readRegular, SMALL_LIMIT } from './read-regular.js';
import { writeAtomic } from './write-atomic.js';

/** Returns the text, or null. */
export async function readNoteFile(path: string): Promise<string | null> {
  const read = await readRegular(path, SMALL_LIMIT);
  return read.kind === 'read' ? read.bytes.toString() : null;
}

/** Replaces the text. */
export async function writeNoteFile(path: string, text: string): Promise<Result<void>> {
  const written = await writeAtomic(path, Buffer.from(text));
  return written.ok ? ok(undefined) : written;
}
