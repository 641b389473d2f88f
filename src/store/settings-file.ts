/**
 * A file that belongs to another program and to its user. The one rule: it is replaced whole or not at all, by one of the same mode, where it
 * really lies (a link to it stays one), and only if it is still the file that was read.
 */
import { constants } from 'node:fs';
import { lstat, mkdir, open, realpath, rename, stat, unlink, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fail, ok, type Result } from '../model/failure.js';
import { errnoCode, errnoDetail, isUnsupported } from './errno.js';
import { ownUid, syncFolder } from './folders.js';
import { stampOf } from './read-regular.js';
import { tempPath } from './write-atomic.js';

/** Larger settings, in bytes, are not touched. */
const SETTINGS_LIMIT = 4 * 1024 * 1024;

/** Settings as they were found. */
export interface SettingsFile {
  /** Where they really lie. */
  readonly path: string;
  readonly isLink: boolean;
  /** Null where there is no file. */
  readonly text: string | null;
  readonly mode: number;
  /** What changes with the file; null where there is none. */
  readonly stamp: string | null;
}

/** Why settings are left alone: somebody else's, or such that they can't be read or written. */
export interface SettingsRefusal {
  readonly kind: 'foreign' | 'unusable' | 'changed';
  readonly detail: string;
}

type Outcome<T> = Result<T, SettingsRefusal>;

const refuse = (kind: SettingsRefusal['kind'], detail: string): Outcome<never> => fail({ kind, detail });

/** Returns the settings at `path`, which must be ours and writable where there are any; a link is followed. */
export async function readSettings(path: string): Promise<Outcome<SettingsFile>> {
  let handle: FileHandle | null = null;
  try {
    const link = await lstat(path).catch(() => null);
    if (link === null) return await readAbsent(path);
    const target = await realpath(path);
    // O_NONBLOCK: opening a FIFO must not wait for a writer.
    handle = await open(target, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = await handle.stat({ bigint: true });
    if (!stats.isFile()) return refuse('unusable', 'it is not a regular file');
    if (stats.uid !== ownUid()) return refuse('foreign', `it belongs to uid ${stats.uid}`);
    const mode = Number(stats.mode & 0o7777n);
    if ((mode & 0o200) === 0) return refuse('unusable', 'it is read-only');
    if (stats.size > BigInt(SETTINGS_LIMIT)) return refuse('unusable', 'it is larger than 4 MB');
    const bytes = await handle.readFile();
    const text = bytes.toString('utf8');
    if (!Buffer.from(text).equals(bytes)) return refuse('unusable', 'it is not UTF-8');
    return ok({ path: target, isLink: link.isSymbolicLink(), text, mode, stamp: stampOf(stats) });
  } catch (error) {
    if (errnoCode(error) === 'ENOENT') return refuse('unusable', 'it is a link to nothing');
    return refuse('unusable', errnoDetail(error));
  } finally {
    await handle?.close();
  }
}

/** Replaces settings that were read by another text, or removes them for null. */
export async function replaceSettings(file: SettingsFile, text: string | null): Promise<Outcome<void>> {
  const temp = tempPath(file.path);
  let isTemp = false;
  try {
    if (text !== null) {
      await mkdir(dirname(file.path), { recursive: true, mode: 0o700 });
      isTemp = true;
      await writeSynced(temp, text, file);
    }
    if ((await stampAt(file.path)) !== file.stamp) return refuse('changed', 'it was changed in this moment; try again');
    if (text === null) await unlink(file.path);
    else await rename(temp, file.path);
    isTemp = false;
    await syncFolder(dirname(file.path));
    return ok(undefined);
  } catch (error) {
    return refuse('unusable', errnoDetail(error));
  } finally {
    if (isTemp) await unlink(temp).catch(() => undefined);
  }
}

/** Where there is no file yet, the folder that it would be made in has to be ours: not another user's whose HOME was kept by sudo. */
async function readAbsent(path: string): Promise<Outcome<SettingsFile>> {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    // A home may be a link of root's to where it really lies.
    const stats = await stat(folder, { bigint: true }).catch(() => null);
    if (stats === null && folder !== dirname(folder)) continue;
    if (stats !== null && stats.uid !== ownUid()) return refuse('foreign', `${folder} belongs to uid ${stats.uid}`);
    return ok({ path, isLink: false, text: null, mode: 0o600, stamp: null });
  }
}

async function writeSynced(temp: string, text: string, file: SettingsFile): Promise<void> {
  const handle = await open(
    temp,
    constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
    0o600,
  );
  try {
    const earlier = file.stamp === null ? null : await lstat(file.path);
    const own = await handle.stat();
    if (earlier !== null && earlier.gid !== own.gid) await handle.chown(own.uid, earlier.gid).catch(ignoreUnsupported);
    await handle.chmod(file.mode);
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function ignoreUnsupported(error: unknown): void {
  if (!isUnsupported(error)) throw error;
}

async function stampAt(path: string): Promise<string | null> {
  const stats = await lstat(path, { bigint: true }).catch(() => null);
  return stats === null ? null : stampOf(stats);
}
