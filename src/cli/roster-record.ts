/**
 * roster.json beside the ancestor's files: for whom `roster enroll` turned lingering on, so that `roster remove` turns off that and no more.
 * It is root's own folder; a user can write nothing there.
 */
import { join } from 'node:path';
import { fail, ok, type Result } from '../model/failure.js';
import type { Lock } from '../model/ports.js';
import { checkFolder, ensureFolder } from '../store/folders.js';
import { acquireLock } from '../store/lock-file.js';
import { readFailure, readRegular, SMALL_LIMIT } from '../store/read-regular.js';
import { writeAtomic } from '../store/write-atomic.js';

/** Where the ancestor keeps its tables. */
export const ROSTER_FOLDER = '/var/lib/tmux-persist';

const FORMAT = 'tmux-persist-roster/1';

/** Another roster command may be at its slowest user, in ms. */
const LOCK_WITHIN_MS = 2000;

/** The names of those for whom it was turned on. */
export class RosterRecord {
  readonly #path: string;
  readonly #lock: Lock;
  #names: ReadonlySet<string>;
  #writing: Promise<unknown> = Promise.resolve();

  private constructor(path: string, lock: Lock, names: ReadonlySet<string>) {
    this.#path = path;
    this.#lock = lock;
    this.#names = names;
  }

  /** Returns the record, held by this process alone until it is closed. */
  static async open(folder = ROSTER_FOLDER): Promise<Result<RosterRecord>> {
    const ready = await ensureFolder(folder);
    if (!ready.ok) return ready;
    const lock = await acquireLock(join(folder, 'roster.lock'), LOCK_WITHIN_MS);
    if (!lock.ok) return lock;
    const path = join(folder, 'roster.json');
    const names = await readNames(path);
    if (names.ok) return ok(new RosterRecord(path, lock.value, names.value));
    await lock.value.release();
    return names;
  }

  /** Returns whether lingering was turned on for a user by us. */
  has(name: string): boolean {
    return this.#names.has(name);
  }

  /** Notes that it was turned on for a user, or is off again; on disk before it returns. */
  note(name: string, isOn: boolean): Promise<Result<void>> {
    const write = this.#writing.then(async (): Promise<Result<void>> => {
      if (this.has(name) === isOn) return ok(undefined);
      const names = new Set(this.#names);
      if (isOn) names.add(name);
      else names.delete(name);
      const text = `${JSON.stringify({ format: FORMAT, lingering: [...names].sort() })}\n`;
      const written = await writeAtomic(this.#path, Buffer.from(text));
      if (written.ok) this.#names = names;
      return written.ok ? ok(undefined) : written;
    });
    this.#writing = write;
    return write;
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#lock.release();
  }
}

async function readNames(path: string): Promise<Result<ReadonlySet<string>>> {
  const read = await readRegular(path, SMALL_LIMIT);
  if (read.kind === 'missing') return ok(new Set());
  if (read.kind !== 'read') return readFailure(path, read);
  const names = namesFrom(read.bytes.toString());
  return names === null
    ? fail({ reason: 'state-unreadable', path, detail: 'it is damaged; move it away' })
    : ok(new Set(names));
}

function namesFrom(text: string): readonly string[] | null {
  try {
    const data: unknown = JSON.parse(text);
    if (typeof data !== 'object' || data === null || !('lingering' in data) || !Array.isArray(data.lingering))
      return null;
    return data.lingering.filter((name): name is string => typeof name === 'string');
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return null;
  }
}

/** Returns the ancestor's table of a user, or null where there is none; fails for what is no file of root's alone. */
export async function readTable(name: string, folder = ROSTER_FOLDER): Promise<Result<Uint8Array | null>> {
  const path = join(folder, `${name}.tsv`);
  const checked = await checkFolder(folder);
  if (!checked.ok) return checked;
  const read = await readRegular(path, SMALL_LIMIT);
  if (read.kind === 'missing') return ok(null);
  return read.kind === 'read' ? ok(read.bytes) : readFailure(path, read);
}
