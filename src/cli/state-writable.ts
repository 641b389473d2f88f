/**
 * Whether the state folder can take another save. An agent whose disk is full can't write down that it is: this asks the disk.
 */
import { access, constants, statfs } from 'node:fs/promises';
import { fail, ok, type Result } from '../model/failure.js';
import { errnoCode, errnoDetail } from '../store/errno.js';

/** Beside the state itself a save needs a lock, a journal and some scrollback, in bytes. */
export const LEAST_FREE = 64 * 1024;
/** The lock, the state and its scrollback are files for a moment before they have their names. */
export const LEAST_INODES = 4;

/** Fails with `state-unwritable` when a state of this many bytes can't be saved there; a folder that is not there yet can be made. */
export async function checkWritable(path: string, bytes: number): Promise<Result<void>> {
  try {
    await access(path, constants.W_OK);
    const { bavail, bsize, files, ffree } = await statfs(path);
    const full = (what: string): Result<void> => fail({ reason: 'state-unwritable', path, detail: what });
    if (bavail * bsize < bytes + LEAST_FREE) return full('the disk is full');
    // File systems that make inodes as they need them say that they have none at all (statfs(2)).
    if (files > 0 && ffree < LEAST_INODES) return full('the disk has no free inodes (df -i)');
    return ok(undefined);
  } catch (error) {
    if (errnoCode(error) === 'ENOENT') return ok(undefined);
    return fail({ reason: 'state-unwritable', path, detail: errnoDetail(error) });
  }
}
