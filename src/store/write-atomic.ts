/**
 * R7: a file is there in full or not at all, before and after a power cut. The one rule: the name is given last, to bytes
 * that were read back from a synced file.
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open, readdir, rename, unlink, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fail, ok, type Result } from '../model/failure.js';
import { errnoCode, errnoDetail } from './errno.js';
import { syncFolder } from './folders.js';
import { bootId, isAlive, ownIdentity } from './process-identity.js';
import { stampOf } from './read-regular.js';
import { setAside } from './set-aside.js';

/** Is called with the name of each system call before it is made: tests kill the process there. */
export type Step = (name: string) => void | Promise<void>;

/** A writer that was killed leaves its temporary file behind; nothing writes for as long as this. */
const STALE_TEMP_MS = 3_600_000;

/** Replaces `path` by a file (0600 where no mode is given) of these bytes and returns its stamp; on failure the old file is untouched. */
export async function writeAtomic(path: string, bytes: Uint8Array, step?: Step, mode = 0o600): Promise<Result<string>> {
  const temp = tempPath(path);
  let renamed = false;
  try {
    await step?.('open');
    const stamp = await writeChecked(temp, bytes, mode, step);
    if (stamp === null) return fail({ reason: 'state-unwritable', path, detail: 'the disk gives back other bytes' });
    await step?.('rename');
    await moveOver(temp, path);
    renamed = true;
    await step?.('sync folder');
    await syncFolder(dirname(path));
    await step?.('written');
    return ok(stamp);
  } catch (error) {
    return fail({ reason: 'state-unwritable', path, detail: errnoDetail(error) });
  } finally {
    if (!renamed) await unlink(temp).catch(() => undefined);
  }
}

/** Gives a file its name; a folder that has the name is set aside (R8), anything else is replaced. */
async function moveOver(temp: string, path: string): Promise<void> {
  try {
    await rename(temp, path);
  } catch (error) {
    if (errnoCode(error) !== 'EISDIR') throw error;
    await setAside(path);
    await rename(temp, path);
  }
}

/** Returns a name beside `path` that no other write uses and that tells who wrote it. */
export function tempPath(path: string): string {
  const { pid, startTime } = ownIdentity();
  return `${path}.${pid}-${startTime}-${randomBytes(4).toString('hex')}.tmp`;
}

/** Removes the temporary files in `folder` whose writers are gone; a folder that is not there has none. */
export async function sweepTemps(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const [, pid, startTime] = /\.(\d+)-(\d+)-[0-9a-f]{8}\.tmp$/.exec(name) ?? [];
    if (pid === undefined || startTime === undefined) continue;
    const path = join(folder, name);
    if (isAlive({ pid: Number(pid), startTime, bootId: bootId() })) {
      const stats = await lstat(path).catch(() => null);
      if (stats === null || Date.now() - stats.mtimeMs < STALE_TEMP_MS) continue;
    }
    await unlink(path).catch(() => undefined);
  }
}

/** Returns the stamp of the written file, or null when what was read back differs. */
async function writeChecked(temp: string, bytes: Uint8Array, mode: number, step?: Step): Promise<string | null> {
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const handle = await open(temp, flags, 0o600);
  try {
    await step?.('write');
    await handle.writeFile(bytes);
    // Whatever the umask is.
    if (mode !== 0o600) await handle.chmod(mode);
    await step?.('sync');
    await handle.sync();
    await step?.('read back');
    const back = await readBack(handle, bytes.length);
    return back.equals(bytes) ? stampOf(await handle.stat({ bigint: true })) : null;
  } finally {
    // Network file systems report a full quota only here.
    await handle.close();
  }
}

async function readBack(handle: FileHandle, length: number): Promise<Buffer> {
  // One byte more than was written, to notice a file that is too long.
  const buffer = Buffer.alloc(length + 1);
  let at = 0;
  for (;;) {
    const { bytesRead } = await handle.read(buffer, at, buffer.length - at, at);
    at += bytesRead;
    if (bytesRead === 0 || at === buffer.length) return buffer.subarray(0, at);
  }
}
