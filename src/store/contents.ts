/**
 * Scrollback, one gzip file for each text, named by the hash of the text. The one rule: a file goes only when no state
 * refers to it and no capture can be about to, or, where there is too much, when only history does.
 */
import { createHash } from 'node:crypto';
import { lstatSync, unlinkSync, utimesSync } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { constants, gunzip, gzip } from 'node:zlib';
import { ok, type Result } from '../model/failure.js';
import { errnoDetail } from './errno.js';
import { ownUid } from './folders.js';
import { readFailure, readRegular, STATE_LIMIT } from './read-regular.js';
import { writeAtomic } from './write-atomic.js';

const compress = promisify(gzip);
const decompress = promisify(gunzip);

/** What all files together may take, in bytes: the scrollback of 2000 panes of 2000 lines. */
export const CONTENTS_BUDGET = 256 * 1024 * 1024;

/** Between a capture and the save that refers to it pass seconds; ten minutes outlast a suspended disk. */
const GRACE_MS = 600_000;
/** With too much on the disk, a minute must do: panes may change faster than ten minutes can hold. */
const FULL_GRACE_MS = 60_000;
/** How long a full folder is left alone, in ms: looking for room reads all of history. */
const RETRY_MS = 60_000;
/** Where there is too much, so much of the budget is left, so that not every text looks for room again. */
const KEPT_SHARE = 0.9;
/** The header and trailer of RFC 1952; nothing shorter is gzip. */
const GZIP_MIN_BYTES = 20;
/** Far above what one capture may have; more is no text of ours. */
const TEXT_LIMIT = 16 * 1024 * 1024;
const NAME = /^([0-9a-f]{64})\.gz$/;

/** The states that refer to texts, as paths of their files. */
export interface Referring {
  readonly current: string;
  readonly earlier: readonly string[];
}

interface Found {
  readonly sha256: string;
  readonly bytes: number;
  readonly mtimeMs: number;
}

/** The contents folder of one store. */
export class ContentsFolder {
  /** What the files take; null until it was counted. */
  #used: number | null = null;
  #fullAt = -Infinity;

  constructor(
    readonly folder: string,
    /** Most bytes that all files may take. */
    readonly budget = CONTENTS_BUDGET,
  ) {}

  /** Stores a text unless it is there; returns its hash, or null where the budget has no room for it even after `makeRoom`. */
  async put(bytes: Uint8Array, makeRoom: (bytes: number) => Promise<Result<number>>): Promise<Result<string | null>> {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const path = this.#path(sha256);
    // In one turn of the event loop with the look, so that no sweep of ours comes between.
    if (refresh(path)) return ok(sha256);
    // The fastest level: a fifth larger, a third of the time, and most captures are soon swept.
    const packed = await compress(bytes, { level: constants.Z_BEST_SPEED });
    if (!(await this.#hasRoom(packed.length, makeRoom))) return ok(null);
    const written = await writeAtomic(path, packed);
    if (!written.ok) return written;
    this.#used = (this.#used ?? 0) + packed.length;
    return ok(sha256);
  }

  /** Returns the path of a stored text, or null. */
  pathOf(sha256: string): string | null {
    const path = this.#path(sha256);
    return NAME.test(`${sha256}.gz`) && isStored(path) ? path : null;
  }

  /** Returns a stored text, or null when it is not there or damaged. */
  async read(sha256: string): Promise<Buffer | null> {
    const path = this.pathOf(sha256);
    const read = path === null ? null : await readRegular(path, TEXT_LIMIT);
    if (read?.kind !== 'read') return null;
    return decompress(read.bytes, { maxOutputLength: TEXT_LIMIT }).catch(() => null);
  }

  /**
   * Removes what no state refers to and, until `room` more bytes are within the budget, what only earlier states do, the oldest
   * first; returns how many. The states are searched as text: what they refer to counts even where they are damaged or of a newer format.
   */
  async sweep({ current, earlier }: Referring, room = 0): Promise<Result<number>> {
    const inCurrent = await hashesIn([current]);
    if (!inCurrent.ok) return inCurrent;
    const inEarlier = await hashesIn(earlier);
    if (!inEarlier.ok) return inEarlier;
    const found = await this.#found();
    const isLoose = ({ sha256 }: Found): boolean =>
      inCurrent.value?.has(sha256) !== true && inEarlier.value?.has(sha256) !== true;
    const gone = new Set(found.filter((file) => isLoose(file) && this.#remove(file, GRACE_MS)));
    let used = sizeOf(found) - sizeOf([...gone]);
    if (used + room > this.budget && inCurrent.value !== null) {
      const spare = found.filter((file) => !gone.has(file) && inCurrent.value?.has(file.sha256) !== true);
      for (const file of spare.sort((left, right) => left.mtimeMs - right.mtimeMs)) {
        if (used + room <= this.budget * KEPT_SHARE) break;
        if (!this.#remove(file, FULL_GRACE_MS)) continue;
        used -= file.bytes;
        gone.add(file);
      }
    }
    this.#used = used;
    return ok(gone.size);
  }

  async #hasRoom(bytes: number, makeRoom: (bytes: number) => Promise<Result<number>>): Promise<boolean> {
    this.#used ??= sizeOf(await this.#found());
    if (this.#used + bytes <= this.budget) return true;
    if (performance.now() - this.#fullAt < RETRY_MS) return false;
    await makeRoom(bytes);
    if (this.#used + bytes <= this.budget) return true;
    this.#fullAt = performance.now();
    return false;
  }

  async #found(): Promise<Found[]> {
    const found: Found[] = [];
    for (const name of await readdir(this.folder).catch(() => [])) {
      const [, sha256] = NAME.exec(name) ?? [];
      if (sha256 === undefined) continue;
      const stats = await lstat(this.#path(sha256)).catch(() => null);
      if (stats !== null) found.push({ sha256, bytes: stats.size, mtimeMs: stats.mtimeMs });
    }
    return found;
  }

  /** Removes a file unless it is younger than `graceMs`; returns whether it is gone. */
  #remove({ sha256 }: Found, graceMs: number): boolean {
    try {
      const path = this.#path(sha256);
      if (Date.now() - lstatSync(path).mtimeMs < graceMs) return false;
      unlinkSync(path);
      return true;
    } catch (error) {
      errnoDetail(error);
      return false;
    }
  }

  #path(sha256: string): string {
    return join(this.folder, `${sha256}.gz`);
  }
}

const sizeOf = (files: readonly Found[]): number => files.reduce((sum, { bytes }) => sum + bytes, 0);

/** Returns every hash that stands in these files, null when none of them can be read; what fails only just now is a failure. */
async function hashesIn(paths: readonly string[]): Promise<Result<ReadonlySet<string> | null>> {
  const hashes = new Set<string>();
  let isRead = false;
  for (const path of paths) {
    const read = await readRegular(path, STATE_LIMIT);
    // Only a passing failure leaves in doubt what is referred to; what is damaged can't be restored from.
    if (read.kind === 'failed') return readFailure(path, read);
    if (read.kind !== 'read') continue;
    isRead = true;
    for (const [sha256] of read.bytes.toString('latin1').matchAll(/\b[0-9a-f]{64}\b/g)) hashes.add(sha256);
  }
  return ok(isRead ? hashes : null);
}

/** Returns whether the text is there, and makes it young again. */
function refresh(path: string): boolean {
  if (!isStored(path)) return false;
  try {
    const now = new Date();
    utimesSync(path, now, now);
    return true;
  } catch (error) {
    errnoDetail(error);
    return false;
  }
}

function isStored(path: string): boolean {
  try {
    const stats = lstatSync(path, { bigint: true });
    return stats.isFile() && stats.uid === ownUid() && stats.size >= BigInt(GZIP_MIN_BYTES);
  } catch (error) {
    errnoDetail(error);
    return false;
  }
}
