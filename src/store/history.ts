/**
 * Earlier states: history/<id>.json, and history/<id>.early.json for what was archived before its server's first restore
 * had ended. The one rule: an early state never stands in for the last good one while there is any other.
 */
import { readdir, unlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fail, ok, type Failure, type Result } from '../model/failure.js';
import type { Loaded, StoredManifest } from '../model/ports.js';
import type { HistoryEntry } from '../model/report.js';
import { DEFAULT_HISTORY_DAYS, HISTORY_LIMIT, retain, type Retained } from '../model/retention.js';
import { errnoCode, errnoDetail } from './errno.js';
import { checkFolder } from './folders.js';
import { entryOf, readManifest, serverKeyOf } from './manifest-file.js';
import { setAside } from './set-aside.js';

const PRUNE_EVERY_MS = 60_000;
const NAME = /^(\d{8}T\d{6}\.\d{3}Z-[0-9a-f]{4})(\.early)?\.json$/;

/** What is remembered of a state without its text. */
export type Indexed = HistoryEntry & Retained;

/** The history folder of one store, with an index of what was read once: a file there never changes. */
export class History {
  readonly folder: string;
  readonly #historyDays: () => number;
  /** By file name; null for a file that can't be read. */
  readonly #index = new Map<string, Indexed | null>();
  #prunedAt = -Infinity;

  constructor(folder: string, historyDays: () => number = () => DEFAULT_HISTORY_DAYS) {
    this.folder = folder;
    this.#historyDays = historyDays;
  }

  /** Returns where a state with this id lies, or would. */
  pathOf(id: string, kind: 'replaced' | 'early'): string {
    return join(this.folder, kind === 'early' ? `${id}.early.json` : `${id}.json`);
  }

  /** Returns the paths of all states, newest first, early ones last. */
  async paths(): Promise<Result<readonly string[]>> {
    const names = await this.#names();
    return names.ok ? ok(names.value.map((name) => join(this.folder, name))) : names;
  }

  /** Returns all that can be read, newest first. */
  async entries(): Promise<Result<readonly HistoryEntry[]>> {
    const all = await this.#refresh();
    if (!all.ok) return all;
    return ok([...all.value].sort((left, right) => (left.id < right.id ? 1 : -1)));
  }

  /** Returns one state; `not-found` when there is none of that id. */
  async find(id: string): Promise<Result<StoredManifest>> {
    const names = await this.#names();
    if (!names.ok) return names;
    for (const name of names.value.filter((candidate) => NAME.exec(candidate)?.[1] === id)) {
      const read = await readManifest(join(this.folder, name));
      if (read.kind === 'good') return ok(read.stored);
      if (read.kind !== 'missing') return fail(read.failure);
    }
    return fail({ reason: 'not-found', what: `state '${id}'` });
  }

  /** Returns the newest state that can be read, and the damaged ones on the way to it, set aside if so asked. */
  async newest(setsAside: boolean): Promise<Result<Loaded>> {
    const paths = await this.paths();
    if (!paths.ok) return paths;
    const quarantined: string[] = [];
    let refusal: Failure | null = null;
    for (const path of paths.value) {
      const read = await readManifest(path);
      if (read.kind === 'good') return ok({ stored: read.stored, quarantined });
      if (read.kind === 'bad') quarantined.push(setsAside ? await setAside(path) : path);
      if (read.kind !== 'refused') continue;
      // What can't be read only just now may be the newest: an older state must not pass for it.
      if (read.failure.reason === 'state-unreadable') return fail(read.failure);
      refusal ??= read.failure;
    }
    return refusal === null ? ok({ stored: null, quarantined }) : fail(refusal);
  }

  /** Removes what retention does not keep, at most once a minute unless there is too much; failures wait for the next time. */
  async prune(now = new Date()): Promise<void> {
    const isDue = performance.now() - this.#prunedAt >= PRUNE_EVERY_MS;
    if (!isDue && this.#index.size <= HISTORY_LIMIT) return;
    const all = await this.#refresh();
    if (!all.ok) return;
    this.#prunedAt = performance.now();
    const keep = retain(all.value, now, this.#historyDays());
    for (const entry of all.value) {
      if (keep.has(entry.id)) continue;
      await unlink(entry.path).catch(() => undefined);
      this.#index.delete(basename(entry.path));
    }
  }

  /** Takes into the index what was just put there, so that it need not be read. */
  note(entry: Indexed): void {
    this.#index.set(basename(entry.path), entry);
  }

  /** Brings the index up to date with the folder: others write there too. */
  async #refresh(): Promise<Result<readonly Indexed[]>> {
    const names = await this.#names();
    if (!names.ok) return names;
    const present = new Set(names.value);
    for (const name of this.#index.keys()) if (!present.has(name)) this.#index.delete(name);
    for (const name of present) {
      if (this.#index.has(name)) continue;
      const read = await readManifest(join(this.folder, name));
      if (read.kind === 'good') this.note(indexed(read.stored));
      if (read.kind === 'bad' || (read.kind === 'refused' && read.failure.reason === 'format-unknown')) {
        this.#index.set(name, null);
      }
    }
    return ok([...this.#index.values()].filter((entry) => entry !== null));
  }

  /** The names of all states, newest first, early ones last. */
  async #names(): Promise<Result<readonly string[]>> {
    const checked = await checkFolder(this.folder);
    if (!checked.ok) return checked;
    let names: string[];
    try {
      names = checked.value ? await readdir(this.folder) : [];
    } catch (error) {
      if (errnoCode(error) === 'ENOENT') return ok([]);
      return fail({ reason: 'state-unreadable', path: this.folder, detail: errnoDetail(error) });
    }
    const states = names
      .filter((name) => NAME.test(name))
      .sort()
      .reverse();
    const isEarly = (name: string): boolean => name.endsWith('.early.json');
    return ok([...states.filter((name) => !isEarly(name)), ...states.filter(isEarly)]);
  }
}

/** Returns what is to be remembered of a state. */
export const indexed = (stored: StoredManifest): Indexed => ({
  ...entryOf(stored),
  serverKey: serverKeyOf(stored.manifest),
});
