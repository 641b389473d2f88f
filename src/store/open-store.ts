/**
 * Opens the state folder of one socket. The one rule: a folder that somebody else could have prepared is not used at all (R7).
 */
import { join, resolve } from 'node:path';
import { ok, type Result } from '../model/failure.js';
import type { Store } from '../model/ports.js';
import { checkFolder, ensureFolder } from './folders.js';
import { FsStore, type StoreOptions } from './fs-store.js';
import { sweepTemps } from './write-atomic.js';

/**
 * Returns the store in `folder`; fails with `foreign-owner` when the folder is a symlink, not ours, or writable by others.
 * Without `create` nothing is changed, and a folder that is not there is an empty store.
 */
export async function openStore(folder: string, options: StoreOptions): Promise<Result<Store>> {
  const path = resolve(folder);
  for (const part of [path, join(path, 'history'), join(path, 'contents')]) {
    const checked = options.create ? await ensureFolder(part) : await checkFolder(part);
    if (!checked.ok) return checked;
    if (options.create) await sweepTemps(part);
  }
  return ok(new FsStore(path, options));
}
