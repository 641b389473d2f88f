/**
 * aside.json: what a restore took out of a server for its few moments. The one rule: it is on disk before it is out.
 */
import { unlink } from 'node:fs/promises';
import { asideSchema, type Aside } from '../model/aside.js';
import { ok, type Result } from '../model/failure.js';
import { readRegular, SMALL_LIMIT } from './read-regular.js';
import { setAside } from './set-aside.js';
import { writeAtomic } from './write-atomic.js';

/** Returns what is set aside, or null; a file that can't be read is renamed aside and holds nothing up. */
export async function readAsideFile(path: string): Promise<Aside | null> {
  const read = await readRegular(path, SMALL_LIMIT);
  if (read.kind !== 'read') return null;
  const parsed = await asideSchema['~standard'].validate(parse(read.bytes.toString()));
  if (parsed.issues === undefined) return parsed.value;
  await setAside(path);
  return null;
}

/** Writes what is about to be set aside; null removes the file, for all is put back. */
export async function writeAsideFile(path: string, aside: Aside | null): Promise<Result<void>> {
  if (aside === null) {
    await unlink(path).catch(() => undefined);
    return ok(undefined);
  }
  const written = await writeAtomic(path, Buffer.from(`${JSON.stringify(aside)}\n`));
  return written.ok ? ok(undefined) : written;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return null;
  }
}
