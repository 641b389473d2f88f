/**
 * A lock that outlives no process. The one rule: a lock changes hands only by link(2), which fails where a file is, so
 * that of any number of takers exactly one wins, whoever dies in between.
 *
 *   free:   link our file to `lock`
 *   stale:  link our file to `lock.takeover-<holder>`, a name that the dead holder alone gives; see that `lock` is
 *           still the one that was judged; rename our file over it. A taker that died half way is taken over likewise.
 *
 * What is no file, such as a folder, is nobody's and stale; so is a lock that this process could not take away at its release.
 */
import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { link, lstat, open, readdir, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fail, ok, type Result } from '../model/failure.js';
import type { Lock } from '../model/ports.js';
import { errnoCode, errnoDetail, isUnsupported } from './errno.js';
import { ownUid } from './folders.js';
import { identityFrom, isAlive, ownIdentity, sameProcess } from './process-identity.js';
import { readFailure, readRegular, stampOf, type FileRead } from './read-regular.js';
import { setAside } from './set-aside.js';
import { tempPath } from './write-atomic.js';

const POLL_MS = 25;
/** Where there are no hard links, a lock is empty for the moment between its creation and its first write. */
const GARBLED_STALE_MS = 2000;
/** No lock is longer than a line. */
const LOCK_LIMIT = 64 * 1024;

/** The marks of the locks that this process holds or is about to take: any other with its name was left in a folder that went away. */
const ownMarks = new Set<string>();

/** What a lock file says. */
type Holder =
  | { readonly kind: 'free' }
  | { readonly kind: 'held'; readonly pid: number }
  /** `token` is what no later lock can have again: its holder is dead. */
  | { readonly kind: 'stale'; readonly token: string };

/** Takes the lock at `path`; waits up to `waitMs` for a living holder, then fails with `locked` and its pid (0: unknown). */
export async function acquireLock(path: string, waitMs: number): Promise<Result<Lock>> {
  const deadline = performance.now() + waitMs;
  for (;;) {
    const holder = await readHolder(path);
    if (!holder.ok) return holder;
    if (holder.value.kind !== 'held') {
      const taken = await take(path, holder.value);
      if (!taken.ok) return taken;
      if (taken.value !== null) return ok(taken.value);
    }
    const left = deadline - performance.now();
    if (left <= 0) {
      const winner = await readHolder(path);
      return fail({ reason: 'locked', path, pid: winner.ok && winner.value.kind === 'held' ? winner.value.pid : 0 });
    }
    // At uneven times, so that no waiter is always a little too late.
    await delay(Math.min(POLL_MS * Math.random(), left));
  }
}

/** Returns the lock, or null when somebody else was faster. */
async function take(path: string, holder: Exclude<Holder, { kind: 'held' }>): Promise<Result<Lock | null>> {
  const temp = tempPath(path);
  const mark = randomBytes(8).toString('hex');
  const text = `${JSON.stringify({ ...ownIdentity(), mark })}\n`;
  let won = false;
  ownMarks.add(mark);
  try {
    await writeNew(temp, text);
    won = await (holder.kind === 'free' ? linkNew(temp, path, text) : takeOver(temp, path, text, holder.token));
    return ok(won ? { release: () => release(path, mark) } : null);
  } catch (error) {
    return fail({ reason: 'state-unwritable', path, detail: errnoDetail(error) });
  } finally {
    if (!won) ownMarks.delete(mark);
    await unlink(temp).catch(() => undefined);
  }
}

/** Returns whether our file now stands in the place of the stale lock. */
async function takeOver(temp: string, path: string, text: string, token: string): Promise<boolean> {
  let right = `${path}.takeover-${token}`;
  while (!(await linkNew(temp, right, text))) {
    const other = await readHolder(right);
    if (!other.ok || other.value.kind !== 'stale') return false;
    right = `${path}.takeover-${other.value.token}`;
  }
  const now = await readHolder(path);
  if (!now.ok || now.value.kind !== 'stale' || now.value.token !== token) {
    await unlink(right).catch(() => undefined);
    return false;
  }
  if ((await lstat(path)).isDirectory()) {
    // No file takes the place of a folder: it makes room, and whoever finds the name free first has the lock.
    await setAside(path);
    await unlink(right).catch(() => undefined);
    return await linkNew(temp, path, text);
  }
  await rename(temp, path);
  // While we hold the lock no right to take over an earlier one means anything.
  const names = await readdir(dirname(path)).catch(() => []);
  const rights = names.filter((name) => name.startsWith(`${basename(path)}.takeover-`));
  for (const name of rights) await unlink(join(dirname(path), name)).catch(() => undefined);
  return true;
}

/** Gives our file a second name; returns whether that name was free. */
async function linkNew(temp: string, target: string, text: string): Promise<boolean> {
  try {
    await link(temp, target).catch(async (error: unknown) => {
      if (!isUnsupported(error)) throw error;
      await writeNew(target, text);
    });
    return true;
  } catch (error) {
    if (errnoCode(error) === 'EEXIST') return false;
    throw error;
  }
}

async function writeNew(path: string, text: string): Promise<void> {
  const handle = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
  await handle.writeFile(text).finally(() => handle.close());
}

/** Takes the lock away; one that was released before, or that is no longer ours, is left alone. */
async function release(path: string, mark: string): Promise<void> {
  const read = await readRegular(path, LOCK_LIMIT);
  if (read.kind === 'read' && markIn(read.bytes) === mark) await unlink(path).catch(() => undefined);
  ownMarks.delete(mark);
}

async function readHolder(path: string): Promise<Result<Holder>> {
  const read = await readRegular(path, LOCK_LIMIT);
  if (read.kind === 'missing') return ok({ kind: 'free' });
  if (read.kind === 'bad' || read.kind === 'foreign') return await noLock(path, read);
  if (read.kind !== 'read') return readFailure(path, read);
  const identity = identityFrom(parse(read.bytes));
  const stale = (token: string): Result<Holder> => ok({ kind: 'stale', token: tokenOf(token) });
  if (identity !== null) {
    const mark = markIn(read.bytes);
    const isLeft = mark !== null && !ownMarks.has(mark) && sameProcess(identity, ownIdentity());
    const isHeld = isAlive(identity) && !isLeft;
    return isHeld ? ok({ kind: 'held', pid: identity.pid }) : stale(read.bytes.toString().trim());
  }
  const age = Math.abs(Date.now() - Number(read.stats.mtimeMs));
  return age < GARBLED_STALE_MS ? ok({ kind: 'held', pid: 0 }) : stale(stampOf(read.stats));
}

/** What is no file of ours is held by nobody: a folder, a link, a FIFO; another user's file may be. */
async function noLock(path: string, read: Extract<FileRead, { kind: 'bad' | 'foreign' }>): Promise<Result<Holder>> {
  const stats = await lstat(path, { bigint: true }).catch(() => null);
  if (stats === null) return ok({ kind: 'free' });
  return stats.uid === ownUid() ? ok({ kind: 'stale', token: tokenOf(stampOf(stats)) }) : readFailure(path, read);
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return null;
  }
}

function markIn(bytes: Buffer): string | null {
  const data = parse(bytes);
  return typeof data === 'object' && data !== null && 'mark' in data && typeof data.mark === 'string'
    ? data.mark
    : null;
}

const tokenOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);
