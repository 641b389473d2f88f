/**
 * Scrollback, one gzip file for each text, named by the hash of the text. The one rule: a file goes only when no state
 * refers to it and no capture can be about to.
 */
import { createHash } from 'node:crypto';
import { lstatSync, unlinkSync, utimesSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import { ok, type Result } from '../model/failure.js';
import { errnoDetail } from './errno.js';
import { ownUid } from './folders.js';
import { readFailure, readRegular } from './read-regular.js';
import { writeAtomic } from './write-atomic.js';

const compress = promisify(gzip);

/** Between a capture and the save that refers to it pass seconds; ten minutes outlast a suspended disk. */
const GRACE_MS = 600_000;
/** The header and trailer of RFC 1952; nothing shorter is gzip. */
const GZIP_MIN_BYTES = 20;

/** Stores a text unless it is there; returns its hash. */
export async function putContentsFile(folder: string, bytes: Uint8Array): Promise<Result<string>> {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const path = join(folder, `${sha256}.gz`);
  // In one turn of the event loop with the look, so that no sweep of ours comes between.
  if (refresh(path)) return ok(sha256);
  // The fastest level: a fifth larger, a third of the time, and most captures are soon swept.
  const packed = await compress(bytes, { level: constants.Z_BEST_SPEED });
  const written = await writeAtomic(path, packed);
  return written.ok ? ok(sha256) : written;
}

/** Returns the path of a stored text, or null. */
export function contentsFile(folder: string, sha256: string): string | null {
  const path = join(folder, `${sha256}.gz`);
  return /^[0-9a-f]{64}$/.test(sha256) && isStored(path) ? path : null;
}

/**
 * Removes what none of `manifests` refers to; returns how many. The manifests are searched as text: what they refer to
 * counts even where they are damaged or of a newer format.
 */
export async function sweepContentsFiles(folder: string, manifests: readonly string[]): Promise<Result<number>> {
  const loose = new Set<string>();
  for (const name of await readdir(folder).catch(() => [])) {
    const [, sha256] = /^([0-9a-f]{64})\.gz$/.exec(name) ?? [];
    if (sha256 !== undefined) loose.add(sha256);
  }
  for (const path of loose.size === 0 ? [] : manifests) {
    const read = await readRegular(path);
    // Only a passing failure leaves in doubt what is referred to; what is damaged can't be restored from.
    if (read.kind === 'failed') return readFailure(path, read);
    if (read.kind !== 'read') continue;
    for (const [sha256] of read.bytes.toString('latin1').matchAll(/\b[0-9a-f]{64}\b/g)) loose.delete(sha256);
  }
  let removed = 0;
  for (const sha256 of loose) {
    if (removeOld(join(folder, `${sha256}.gz`))) removed += 1;
  }
  return ok(removed);
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

function removeOld(path: string): boolean {
  try {
    if (Date.now() - lstatSync(path).mtimeMs < GRACE_MS) return false;
    unlinkSync(path);
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
