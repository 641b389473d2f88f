/**
 * The files of an install. The one rule: what is not ours is not touched, and that is found out for all of them before the first is written.
 */
import { constants } from 'node:fs';
import { access, lstat, readdir, readlink, rmdir } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { fail, ok, type Result } from '../model/failure.js';
import { isMarked, type PlannedFile } from '../model/install-plan.js';
import { errnoCode, errnoDetail } from '../store/errno.js';
import { readSettings, replaceSettings, type SettingsFile } from '../store/settings-file.js';

/** Where the files of a user go. */
export interface InstallFolders {
  readonly home: string;
  /** Generated units belong here, not into ~/.config (systemd.unit(5)). */
  readonly units: string;
  readonly services: string;
  /** Where systemd keeps the links of what its user enabled. */
  readonly enabled: string;
}

/** What becomes of a file. */
export interface FileStep {
  readonly path: string;
  readonly found: SettingsFile;
  /** Null removes it. */
  readonly text: string | null;
  readonly change: 'new' | 'changed' | 'same' | 'removed';
}

/** Returns the folders of this user; fails without an absolute HOME. Relative paths in the variables are to be ignored (XDG Base Directory). */
export function installFolders(env: Readonly<Record<string, string | undefined>>): Result<InstallFolders> {
  const { HOME: home = '', XDG_DATA_HOME: data = '', XDG_CONFIG_HOME: config = '' } = env;
  if (!isAbsolute(home)) return fail({ reason: 'bad-environment', detail: 'HOME is no absolute path' });
  const dataHome = isAbsolute(data) ? data : join(home, '.local/share');
  return ok({
    home,
    units: join(dataHome, 'systemd/user'),
    services: join(dataHome, 'dbus-1/services'),
    enabled: join(isAbsolute(config) ? config : join(home, '.config'), 'systemd/user/default.target.wants'),
  });
}

/** Returns what is to be done for each file; fails on one that is not ours, or that can't be written. */
export async function stepsFor(
  folders: InstallFolders,
  files: readonly PlannedFile[],
  unwanted: readonly Pick<PlannedFile, 'folder' | 'name'>[],
): Promise<Result<readonly FileStep[]>> {
  const steps: FileStep[] = [];
  for (const { folder, name, text } of files) {
    const path = join(folders[folder], name);
    const writable = await checkWritable(dirname(path));
    if (!writable.ok) return writable;
    const found = await readOwn(path);
    if (!found.ok) return found;
    const change = found.value.text === null ? 'new' : found.value.text === text ? 'same' : 'changed';
    steps.push({ path, found: found.value, text, change });
  }
  for (const { folder, name } of unwanted) {
    const path = join(folders[folder], name);
    const found = await readOwn(path);
    // Somebody else's file of that name is none of ours to remove.
    if (found.ok && found.value.text !== null) steps.push({ path, found: found.value, text: null, change: 'removed' });
  }
  return ok(steps);
}

/** Carries out the steps; returns the paths that changed. */
export async function carryOut(steps: readonly FileStep[]): Promise<Result<void>> {
  for (const { path, found, text, change } of steps) {
    if (change === 'same') continue;
    const written = await replaceSettings({ ...found, mode: 0o644 }, text);
    if (!written.ok) return fail({ reason: 'file-unwritable', path, detail: written.error.detail });
  }
  return ok(undefined);
}

/** Returns the names in a folder; what is not there holds none. */
export const namesIn = (folder: string): Promise<readonly string[]> => readdir(folder).catch(() => []);

/** Removes a folder and those above it, as far as they are empty, up to `home`. */
export async function removeEmpty(folder: string, home: string): Promise<void> {
  for (let at = folder; at.startsWith(`${home}/`); at = dirname(at)) {
    try {
      await rmdir(at);
    } catch (error) {
      if (errnoCode(error) !== 'ENOENT') return;
    }
  }
}

/** Fails when another unit file of one of these names is used before ours: the first folder in which there is one wins. */
export async function checkOverrides(
  unitFolders: readonly string[],
  own: string,
  names: readonly string[],
): Promise<Result<void>> {
  const at = unitFolders.indexOf(own);
  if (at < 0) {
    const detail = `the user manager does not read '${own}'; its XDG_DATA_HOME is another one (systemctl --user show-environment)`;
    return fail({ reason: 'bad-environment', detail });
  }
  for (const folder of unitFolders.slice(0, at)) {
    for (const name of names) {
      const path = join(folder, name);
      const stats = await lstat(path).catch(() => null);
      if (stats === null) continue;
      const isMask = stats.isSymbolicLink() && (await readlink(path).catch(() => '')) === '/dev/null';
      const detail = isMask
        ? `it masks the unit; 'systemctl --user unmask ${name}' takes that back`
        : 'systemd would use it in place of ours; move it away, or name your own unit with --server-unit';
      return fail({ reason: 'not-ours', path, detail });
    }
  }
  return ok(undefined);
}

async function readOwn(path: string): Promise<Result<SettingsFile>> {
  const refuse = (detail: string): Result<never> => fail({ reason: 'not-ours', path, detail });
  if (await isLink(path)) return refuse('it is a symbolic link');
  const found = await readSettings(path);
  if (!found.ok) return refuse(found.error.detail);
  if (found.value.text !== null && !isMarked(found.value.text))
    return refuse('it was not made by tmux-persist; move it away');
  return found;
}

/** The folder, or the nearest one above it that is there, has to take new entries. */
async function checkWritable(folder: string): Promise<Result<void>> {
  for (let at = folder; ; at = dirname(at)) {
    try {
      await access(at, constants.W_OK | constants.X_OK);
      const stats = await lstat(at);
      if (stats.isDirectory() || stats.isSymbolicLink()) return ok(undefined);
      return fail({ reason: 'file-unwritable', path: at, detail: 'it is not a folder' });
    } catch (error) {
      if (errnoCode(error) === 'ENOENT' && at !== dirname(at) && !(await isLink(at))) continue;
      return fail({ reason: 'file-unwritable', path: at, detail: errnoDetail(error) });
    }
  }
}

const isLink = async (path: string): Promise<boolean> =>
  (await lstat(path).catch(() => null))?.isSymbolicLink() ?? false;
