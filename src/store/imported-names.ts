/**
 * imported.json in the state folder: which sessions imports have added. What can't be read of it says nothing, and costs no import.
 */
import { join } from 'node:path';
import { ok, type Result } from '../model/failure.js';
import { importedNamesFrom, withImportedNames } from '../model/imported-names.js';
import type { Text } from '../model/text.js';
import { readRegular, SMALL_LIMIT } from './read-regular.js';
import { writeAtomic } from './write-atomic.js';

/** Returns the names that imports into this state folder have added. */
export async function readImportedNames(folder: string): Promise<readonly Text[]> {
  const read = await readRegular(pathIn(folder), SMALL_LIMIT);
  return read.kind === 'read' ? importedNamesFrom(read.bytes.toString()) : [];
}

/** Adds names; the caller holds the lock of the folder. */
export async function addImportedNames(folder: string, added: readonly Text[]): Promise<Result<void>> {
  const text = withImportedNames(await readImportedNames(folder), added);
  const written = await writeAtomic(pathIn(folder), Buffer.from(text));
  return written.ok ? ok(undefined) : written;
}

const pathIn = (folder: string): string => join(folder, 'imported.json');
