/**
 * manifest.json and its replacement (R6, R7). The one rule: the state that goes has its name in history before its own
 * name is given away, so that at every instant both can be read.
 */
import { link, lstat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fail, ok, type Result } from '../model/failure.js';
import { parseManifest, type Manifest } from '../model/manifest.js';
import type { StoredManifest } from '../model/ports.js';
import { errnoCode, errnoDetail, isUnsupported } from './errno.js';
import { ownUid, syncFolder } from './folders.js';
import { indexed, type History, type Indexed } from './history.js';
import { readManifest } from './manifest-file.js';
import { readFailure, readRegular, STATE_LIMIT, stampOf, tooLarge } from './read-regular.js';
import { setAside } from './set-aside.js';
import { writeAtomic, type Step } from './write-atomic.js';

/** The manifest.json of one store; remembers which state is there while the file is unchanged. */
export class CurrentManifest {
  readonly path: string;
  readonly #step: Step | undefined;
  #known: { readonly stamp: string; readonly entry: Indexed } | null = null;

  constructor(folder: string, step?: Step) {
    this.path = join(folder, 'manifest.json');
    this.#step = step;
  }

  /** Replaces the state; the one before goes to history. A damaged one is set aside, one that is refused stays. */
  async replace(manifest: Manifest, history: History): Promise<Result<StoredManifest>> {
    const bytes = encode(manifest, this.path);
    if (!bytes.ok) return bytes;
    const previous = await this.#look();
    if (!previous.ok) return previous;
    if (previous.value !== null) {
      const path = history.pathOf(previous.value.id, 'replaced');
      const kept = await this.#keep(path);
      if (!kept.ok) return kept;
      history.note({ ...previous.value, path });
    }
    const written = await writeAtomic(this.path, bytes.value, this.#step);
    if (!written.ok) return written;
    const stored = { manifest, path: this.path, bytes: bytes.value.length };
    this.#known = { stamp: written.value, entry: indexed(stored) };
    return ok(stored);
  }

  /** The state that is there, or null; it is read only when somebody else put it there. */
  async #look(): Promise<Result<Indexed | null>> {
    const stats = await lstat(this.path, { bigint: true }).catch(() => null);
    const isKnown = stats?.uid === ownUid() && this.#known?.stamp === stampOf(stats);
    if (isKnown && this.#known !== null) return ok(this.#known.entry);
    const read = await readManifest(this.path);
    if (read.kind === 'good') return ok(indexed(read.stored));
    if (read.kind === 'refused') return fail(read.failure);
    if (read.kind === 'missing') return ok(null);
    const aside = await setAside(this.path);
    // A file that can't be moved away would be overwritten.
    return aside === this.path ? fail(read.failure) : ok(null);
  }

  /** Gives the state that is there a second name. */
  async #keep(target: string): Promise<Result<void>> {
    await this.#step?.('link');
    try {
      await link(this.path, target);
      await this.#step?.('sync history');
      await syncFolder(dirname(target));
      return ok(undefined);
    } catch (error) {
      const isThere = errnoCode(error) === 'EEXIST';
      // A save that failed later has done this before.
      if (isThere && (await sameFile(this.path, target))) return ok(undefined);
      if (isThere || isUnsupported(error)) return await copy(this.path, target);
      return fail({ reason: 'state-unwritable', path: target, detail: errnoDetail(error) });
    }
  }
}

/** Returns the bytes to write; fails for what could not be read again, which must never take the place of a good state. */
export function encode(manifest: Manifest, path: string): Result<Buffer> {
  const text = `${JSON.stringify(manifest)}\n`;
  const bytes = Buffer.from(text);
  const unreadable = (detail: string): Result<Buffer> =>
    fail({ reason: 'state-unwritable', path, detail: `it could not be read again: ${detail}` });
  if (bytes.length > STATE_LIMIT) return unreadable(tooLarge(bytes.length, STATE_LIMIT));
  const parsed = parseManifest(text, path);
  if (parsed.ok) return ok(bytes);
  return unreadable('detail' in parsed.error ? parsed.error.detail : parsed.error.reason);
}

async function sameFile(left: string, right: string): Promise<boolean> {
  const stats = await Promise.all([left, right].map((path) => lstat(path, { bigint: true }).catch(() => null)));
  const [first, second] = stats;
  return first != null && second != null && first.dev === second.dev && first.ino === second.ino;
}

async function copy(source: string, target: string): Promise<Result<void>> {
  const read = await readRegular(source, STATE_LIMIT);
  if (read.kind !== 'read') return readFailure(source, read);
  const written = await writeAtomic(target, read.bytes);
  return written.ok ? ok(undefined) : written;
}
