/**
 * checked: its mtime is the last look that found the saved state as it is; its text is what the kernel had counted by then, so that
 * the next agent can tell what happened while nobody looked. It is evidence and no state: what can't be read is not there.
 */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { fail, ok, type Result } from '../model/failure.js';
import { oomCountersFrom, type OomCounters } from '../model/oom-counters.js';
import { errnoCode, errnoDetail } from './errno.js';
import { readRegular, SMALL_LIMIT } from './read-regular.js';
import { setAside } from './set-aside.js';

/** Sets the time of the last look to now, and its counters where they are given. */
export async function touchCheckedFile(path: string, counters?: OomCounters): Promise<Result<void>> {
  try {
    const handle = await opened(path).catch(async (error: unknown) => {
      // What is no file of ours must not keep every look from counting.
      if (!['EISDIR', 'ELOOP', 'ENXIO'].includes(errnoCode(error) ?? '')) throw error;
      await setAside(path);
      return opened(path);
    });
    try {
      if (counters !== undefined) {
        const text = `${JSON.stringify(counters)}\n`;
        await handle.write(text, 0);
        await handle.truncate(text.length);
      }
      const now = new Date();
      await handle.utimes(now, now);
    } finally {
      await handle.close();
    }
    return ok(undefined);
  } catch (error) {
    return fail({ reason: 'state-unwritable', path, detail: errnoDetail(error) });
  }
}

/** A FIFO must not wait for a reader. */
const opened = (path: string) =>
  open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK, 0o600);

/** Returns the counters as of the last look, or null. */
export async function readCheckedFile(path: string): Promise<OomCounters | null> {
  const read = await readRegular(path, SMALL_LIMIT);
  return read.kind === 'read' ? oomCountersFrom(read.bytes.toString()) : null;
}
