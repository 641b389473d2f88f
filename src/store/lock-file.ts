/**
 * A lock that outlives no process. The one rule: a lock changes hands only by link(2), which fails where a file is, so
 * that of any number of takers exactly one wins, whoever dies in between.
 *
 *   free:   link our file to `lock`
 *   stale:  link our file to `lock.takeover-<holder>`, a name that the dead holder alone gives; see that `lock` is
 *           still the one that was judged; rename our file over it. A taker that died half way is taken over likewise.
 */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { link, open, readdir, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fail, ok, type Result } from '../model/failure.js';
import type { Lock } from '../model/ports.js';
import { errnoCode, errnoDetail, isUnsupported } from './errno.js';
import { identityFrom, isAlive, ownIdentity, sameProcess } from './process-identity.js';
import { readFailure, readRegular, stampOf } from './read-regular.js';
import { tempPath } from './write-atomic.js';

const POLL_MS = 25;
/** Where there are no hard links, a lock is empty for the moment between its creation and its first write. */
const GARBLED_STALE_MS = 2000;
/** No lock is longer than a line. */
const LOCK_LIMIT = 64 * 1024;

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
  try {
    const handle = await open(temp, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
    await handle.writeFile(content()).finally(() => handle.close());
    const won = holder.kind === 'free' ? await linkNew(temp, path) : await takeOver(temp, path, holder.token);
    return ok(won ? await ours(path) : null);
  } catch (error) {
    return fail({ reason: 'state-unwritable', path, detail: errnoDetail(error) });
  } finally {
    await unlink(temp).catch(() => undefined);
  }
}

/** Returns whether our file now stands in the place of the stale lock. */
async function takeOver(temp: string, path: string, token: string): Promise<boolean> {
  let right = `${path}.takeover-${token}`;
  while (!(await linkNew(temp, right))) {
    const other = await readHolder(right);
    if (!other.ok || other.value.kind !== 'stale') return false;
    right = `${path}.takeover-${other.value.token}`;
  }
  const now = await readHolder(path);
  if (!now.ok || now.value.kind !== 'stale' || now.value.token !== token) {
    await unlink(right).catch(() => undefined);
    return false;
  }
  await rename(temp, path);
  // While we hold the lock no right to take over an earlier one means anything.
  const rights = (await readdir(dirname(path))).filter((name) => name.startsWith(`${basename(path)}.takeover-`));
  for (const name of rights) await unlink(join(dirname(path), name)).catch(() => undefined);
  return true;
}

/** Gives our file a second name; returns whether that name was free. */
async function linkNew(temp: string, target: string): Promise<boolean> {
  try {
    await link(temp, target);
    return true;
  } catch (error) {
    if (errnoCode(error) === 'EEXIST') return false;
    if (!isUnsupported(error)) throw error;
  }
  try {
    const handle = await open(target, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
    await handle.writeFile(content()).finally(() => handle.close());
    return true;
  } catch (error) {
    if (errnoCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Returns the lock that was just taken; released twice or after it was lost, it leaves alone what is there. */
async function ours(path: string): Promise<Lock> {
  const stamp = await ownStamp(path);
  return {
    release: async () => {
      const now = await ownStamp(path);
      // Without a stamp the first look failed: then that the file names this process has to do.
      if (now !== null && now === (stamp ?? now)) await unlink(path).catch(() => undefined);
    },
  };
}

async function ownStamp(path: string): Promise<string | null> {
  const read = await readRegular(path, LOCK_LIMIT);
  if (read.kind !== 'read') return null;
  const identity = parseIdentity(read.bytes);
  return identity !== null && sameProcess(identity, ownIdentity()) ? stampOf(read.stats) : null;
}

async function readHolder(path: string): Promise<Result<Holder>> {
  const read = await readRegular(path, LOCK_LIMIT);
  if (read.kind === 'missing') return ok({ kind: 'free' });
  if (read.kind !== 'read') return readFailure(path, read);
  const identity = parseIdentity(read.bytes);
  if (identity !== null) {
    if (isAlive(identity)) return ok({ kind: 'held', pid: identity.pid });
    return ok({ kind: 'stale', token: tokenOf(JSON.stringify(identity)) });
  }
  const age = Math.abs(Date.now() - Number(read.stats.mtimeMs));
  return ok(age < GARBLED_STALE_MS ? { kind: 'held', pid: 0 } : { kind: 'stale', token: tokenOf(stampOf(read.stats)) });
}

function parseIdentity(bytes: Buffer): ReturnType<typeof identityFrom> {
  try {
    return identityFrom(JSON.parse(bytes.toString()));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return null;
  }
}

const content = (): string => `${JSON.stringify(ownIdentity())}\n`;

const tokenOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);
