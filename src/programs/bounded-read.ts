/**
 * Reads of files that other programs write: only regular files, never more than a limit, and never one that
 * can block (a FIFO that is named like a transcript). Whatever can't be read is null: it is gone, or not ours.
 */
import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';

/** The first and the last bytes of a file. */
export interface Ends {
  readonly head: Buffer;
  /** Empty when the head already holds the whole file. */
  readonly tail: Buffer;
  readonly size: number;
}

/** Returns what `use` makes of an open regular file, or null when there is none or it can't be read. */
function withFile<T>(path: string | Buffer, use: (fd: number, stats: Stats) => T): T | null {
  let fd: number;
  try {
    // O_NONBLOCK: opening a FIFO would wait for a writer for ever (open(2)).
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return null;
  }
  try {
    const stats = fstatSync(fd);
    return stats.isFile() ? use(fd, stats) : null;
  } catch {
    return null;
  } finally {
    closeSync(fd);
  }
}

/** Returns up to `limit` bytes from `position`; the files of /proc return short reads, so it reads until nothing comes. */
function readUpTo(fd: number, limit: number, position: number | null): Buffer {
  let buffer = Buffer.allocUnsafe(Math.min(limit, 4096));
  let length = 0;
  for (;;) {
    if (length === buffer.length) {
      if (length >= limit) break;
      const larger = Buffer.allocUnsafe(Math.min(limit, buffer.length * 4));
      buffer.copy(larger, 0, 0, length);
      buffer = larger;
    }
    const count = readSync(fd, buffer, length, buffer.length - length, position === null ? null : position + length);
    if (count === 0) break;
    length += count;
  }
  return buffer.subarray(0, length);
}

/** Returns the first `limit` bytes of a regular file, or null. */
export function readHead(path: string | Buffer, limit: number): Buffer | null {
  return withFile(path, (fd) => readUpTo(fd, limit, null));
}

/** So little in one read of a file of /proc is all of it: the kernel fills a buffer while records fit (seq_file). */
const WHOLE_BELOW = 1024;
const shared = Buffer.allocUnsafe(16 * 1024);

/** Returns up to `limit` bytes of a file of /proc, or null; with fewer system calls than `readHead`, for the many reads of a look. */
export function readProc(path: string, limit: number): Buffer | null {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY);
  } catch {
    return null;
  }
  try {
    const count = readSync(fd, shared, 0, Math.min(limit, shared.length), null);
    const first = Buffer.from(shared.subarray(0, count));
    return count < WHOLE_BELOW || count >= limit ? first : Buffer.concat([first, readUpTo(fd, limit - count, null)]);
  } catch {
    return null;
  } finally {
    closeSync(fd);
  }
}

/** Returns up to `limit` bytes from each end of a regular file, or null. */
export function readEnds(path: string | Buffer, limit: number): Ends | null {
  return withFile(path, (fd, { size }) => ({
    head: readUpTo(fd, limit, 0),
    tail: size > limit ? readUpTo(fd, limit, Math.max(limit, size - limit)) : Buffer.alloc(0),
    size,
  }));
}
