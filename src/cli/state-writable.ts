/**
 * Whether the state folder can take another save. An agent whose disk is full can't write down that it is: this asks the disk.
 */
import { access, constants, statfs } from 'node:fs/promises';
import { fail, ok, type Result } from '../model/failure.js';
import { errnoCode, errnoDetail } from '../store/errno.js';

/** Beside the state itself a save needs a lock, a journal and some scrollback, in bytes. */
const LEAST_FREE = 64 * 1024;

/** Fails with `state-unwritable` when a state of this many bytes can't be saved there; a folder that is not there yet can be made. */
export async function checkWritable(path: string, bytes: number): Promise<Result<void>> {
  try {
    await access(path, constants.W_OK);
    const { bavail, bsize } = await statfs(path);
    const isFull = bavail * bsize < bytes + LEAST_FREE;
    return isFull ? fail({ reason: 'state-unwritable', path, detail: 'the disk is full' }) : ok(undefined);
  } catch (error) {
    if (errnoCode(error) === 'ENOENT') return ok(undefined);
    return fail({ reason: 'state-unwritable', path, detail: errnoDetail(error) });
  }
}
