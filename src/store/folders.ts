/**
 * The folders of the store and who may own them (R7). The one rule: what is not ours alone is refused, before every use,
 * because a folder may be removed and planted again while an agent runs.
 */
import { constants } from 'node:fs';
import { lstat, mkdir, open } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { fail, ok, type Result } from '../model/failure.js';
import { errnoCode, errnoDetail, isUnsupported } from './errno.js';

/** The folder that holds all of tmux-persist's state; it and all below must be ours. */
export const ROOT_NAME = 'tmux-persist';

/** Returns whether `folder` is there; fails when it is a symlink, is not ours, or others may write to it. */
export async function checkFolder(folder: string): Promise<Result<boolean>> {
  for (const path of guarded(folder)) {
    const checked = await checkOne(path);
    if (!checked.ok || !checked.value) return checked;
  }
  return ok(true);
}

/** Makes `folder` (0700) and what is missing above it; fails as `checkFolder` does, and when it can't be made. */
export async function ensureFolder(folder: string): Promise<Result<void>> {
  const paths = guarded(folder);
  for (const path of paths) {
    const checked = await checkOne(path);
    if (!checked.ok) return checked;
    if (checked.value) continue;
    try {
      const above = await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await mkdir(path, { mode: 0o700 });
      // What was made above it has to outlast a power cut as well.
      const first = dirname(above ?? path);
      let at = path;
      do {
        at = dirname(at);
        await syncFolder(at);
      } while (at !== first);
    } catch (error) {
      if (errnoCode(error) !== 'EEXIST') {
        return fail({ reason: 'state-unwritable', path, detail: errnoDetail(error) });
      }
    }
    // Whoever made it in between must have made it ours.
    const made = await checkOne(path);
    if (!made.ok) return made;
    if (!made.value) return fail({ reason: 'state-unwritable', path, detail: 'it can not be made' });
  }
  return ok(undefined);
}

/** Makes the entries of a folder durable; where a file system can't do that, its own order has to do. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } catch (error) {
    if (!isUnsupported(error)) throw error;
  } finally {
    await handle.close();
  }
}

/** Returns the uid that everything here has to belong to. */
export const ownUid = (): bigint => BigInt(process.geteuid?.() ?? 0);

/** The folder and those above it up to tmux-persist's own, outermost first; further up is the user's own business. */
function guarded(folder: string): string[] {
  const chain = [folder];
  for (let at = dirname(folder); chain.length < 4; at = dirname(at)) {
    chain.unshift(at);
    if (basename(at) === ROOT_NAME) return chain;
  }
  return [folder];
}

async function checkOne(path: string): Promise<Result<boolean>> {
  try {
    const stats = await lstat(path, { bigint: true });
    const foreign = (detail: string): Result<boolean> => fail({ reason: 'foreign-owner', path, detail });
    if (stats.isSymbolicLink()) return foreign('it is a symbolic link');
    if (!stats.isDirectory()) return fail({ reason: 'state-unwritable', path, detail: 'it is not a folder' });
    if (stats.uid !== ownUid()) return foreign(`it belongs to uid ${stats.uid}`);
    if ((stats.mode & 0o022n) !== 0n) return foreign('its group or others may write to it');
    return ok(true);
  } catch (error) {
    if (errnoCode(error) === 'ENOENT') return ok(false);
    return fail({ reason: 'state-unreadable', path, detail: errnoDetail(error) });
  }
}
