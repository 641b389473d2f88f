/**
 * Reads one file of the state folder. The one rule: tell what is wrong with the file (it may be set aside) from what is
 * wrong with the machine at this moment (it may not).
 */
import { constants, type BigIntStats } from 'node:fs';
import { lstat, open, type FileHandle } from 'node:fs/promises';
import { fail, type Result } from '../model/failure.js';
import { errnoCode, errnoDetail } from './errno.js';
import { ownUid } from './folders.js';

const MEGABYTE = 1024 * 1024;

/** Larger states, in bytes, are neither written nor read: one of 200 panes has 150 KB, and the agent's unit 256 MB of memory for all. */
export const STATE_LIMIT = 8 * MEGABYTE;

/** The same for the small files beside the states. */
export const SMALL_LIMIT = MEGABYTE;

/** What was found at a path. */
export type FileRead =
  | { readonly kind: 'read'; readonly bytes: Buffer; readonly stats: BigIntStats }
  | { readonly kind: 'missing' }
  /** A symbolic link, or somebody else's: never read, never moved. */
  | { readonly kind: 'foreign'; readonly detail: string }
  /** The file itself is damaged. */
  | { readonly kind: 'bad'; readonly detail: string }
  /** The read failed for a reason that says nothing about the file. */
  | { readonly kind: 'failed'; readonly detail: string };

/** Returns what lies at `path`, which must be a regular file of ours; never follows a symbolic link. */
export async function readRegular(path: string, limit: number): Promise<FileRead> {
  let handle: FileHandle | null = null;
  try {
    // O_NONBLOCK: opening a planted FIFO must not wait for a writer.
    handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const stats = await handle.stat({ bigint: true });
    if (stats.uid !== ownUid()) return foreign(stats);
    if (!stats.isFile()) return { kind: 'bad', detail: 'it is not a regular file' };
    if (stats.size > BigInt(limit)) return { kind: 'bad', detail: tooLarge(stats.size, limit) };
    return { kind: 'read', bytes: await handle.readFile(), stats };
  } catch (error) {
    return await refused(path, error);
  } finally {
    await handle?.close();
  }
}

/** Returns the failure that stands for a read that gave no bytes. */
export function readFailure(path: string, read: Exclude<FileRead, { kind: 'read' }>): Result<never> {
  if (read.kind === 'foreign') return fail({ reason: 'foreign-owner', path, detail: read.detail });
  const detail = read.kind === 'missing' ? 'it is not there' : read.detail;
  return fail({ reason: 'state-unreadable', path, detail });
}

/** Returns what is said of a file that is larger than its limit. */
export const tooLarge = (bytes: number | bigint, limit: number): string =>
  `it has ${Math.ceil(Number(bytes) / MEGABYTE)} MB, and more than ${limit / MEGABYTE} MB is never read`;

/** Returns what changes whenever a file is replaced or written to. */
export const stampOf = (stats: BigIntStats): string => [stats.dev, stats.ino, stats.size, stats.mtimeNs].join(':');

const foreign = (stats: BigIntStats): FileRead => ({ kind: 'foreign', detail: `it belongs to uid ${stats.uid}` });

async function refused(path: string, error: unknown): Promise<FileRead> {
  const detail = errnoDetail(error);
  switch (errnoCode(error) ?? '') {
    case 'ENOENT':
      return { kind: 'missing' };
    case 'ELOOP':
      return { kind: 'foreign', detail: 'it is a symbolic link' };
    case 'EACCES':
    case 'EPERM': {
      const stats = await lstat(path, { bigint: true }).catch(() => null);
      if (stats === null) return { kind: 'failed', detail };
      return stats.uid === ownUid() ? { kind: 'bad', detail } : foreign(stats);
    }
    // ENXIO: a socket. EISDIR: never from open, from read. The rest: damage on the disk, as ext4, xfs and btrfs report it.
    case 'ENXIO':
    case 'EISDIR':
    case 'EIO':
    case 'EBADMSG':
    case 'EUCLEAN':
      return { kind: 'bad', detail };
    default:
      return { kind: 'failed', detail };
  }
}
