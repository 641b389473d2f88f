/**
 * The Store on a real folder. The one rule: what changes the folder goes through one queue, one at a time;
 * other processes are kept out by whoever holds `lock`.
 */
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Aside } from '../model/aside.js';
import { fail, ok, type Result } from '../model/failure.js';
import type { JournalEntry } from '../model/journal.js';
import type { Manifest } from '../model/manifest.js';
import type { OomCounters } from '../model/oom-counters.js';
import type { AgentRecord, Loaded, Lock, Note, Store, StoredManifest } from '../model/ports.js';
import type { HistoryEntry } from '../model/report.js';
import { readAsideFile, writeAsideFile } from './aside-file.js';
import { readAgentFile, removeAgentFile, writeAgentFile } from './agent-file.js';
import { ContentsFolder } from './contents.js';
import { readCheckedFile, touchCheckedFile } from './checked-file.js';
import { CurrentManifest, encode } from './current-manifest.js';
import { checkFolder, ensureFolder } from './folders.js';
import { History, indexed } from './history.js';
import { appendJournalFile, readJournalFile } from './journal-file.js';
import { acquireLock } from './lock-file.js';
import { entryOf, readManifest } from './manifest-file.js';
import { stampOf } from './read-regular.js';
import { readNoteFile, writeNoteFile } from './note-file.js';
import { setAside } from './set-aside.js';
import { writeAtomic, type Step } from './write-atomic.js';

/** How a store is opened. */
export interface StoreOptions {
  /** Whether folders that are missing are made: writers do, readers find everything empty. */
  readonly create: boolean;
  /** Returns for how many days history is kept, asked anew at each pruning. */
  readonly historyDays?: () => number;
  /** Most bytes that all scrollback may take on disk; see CONTENTS_BUDGET. */
  readonly contentsBudget?: number;
  /** See `Step`: follows the system calls of `save`. */
  readonly step?: Step;
}

/** A Store in one folder; `openStore` checks the folder first. */
export class FsStore implements Store {
  readonly folder: string;
  readonly #create: boolean;
  readonly #current: CurrentManifest;
  readonly #history: History;
  readonly #contents: ContentsFolder;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(folder: string, options: StoreOptions) {
    this.folder = folder;
    this.#create = options.create;
    this.#current = new CurrentManifest(folder, options.step);
    this.#history = new History(join(folder, 'history'), options.historyDays);
    this.#contents = new ContentsFolder(join(folder, 'contents'), options.contentsBudget);
  }

  load(): Promise<Result<Loaded>> {
    return this.#alone(() => this.#load(true));
  }

  peek(): Promise<Result<Loaded>> {
    return this.#load(false);
  }

  save(manifest: Manifest): Promise<Result<StoredManifest>> {
    return this.#alone(async () => {
      const ready = await this.#prepare(this.#history.folder);
      if (!ready.ok) return ready;
      const saved = await this.#current.replace(manifest, this.#history);
      if (!saved.ok) return saved;
      await touchCheckedFile(this.#path('checked'));
      await this.#history.prune();
      return saved;
    });
  }

  archive(manifest: Manifest): Promise<Result<StoredManifest>> {
    return this.#alone(async () => {
      const ready = await this.#prepare(this.#history.folder);
      if (!ready.ok) return ready;
      const path = this.#history.pathOf(manifest.id, 'early');
      const bytes = encode(manifest, path);
      if (!bytes.ok) return bytes;
      const written = await writeAtomic(path, bytes.value);
      if (!written.ok) return written;
      const stored = { manifest, path, bytes: bytes.value.length };
      this.#history.note(indexed(stored));
      await this.#history.prune();
      return ok(stored);
    });
  }

  async touchChecked(): Promise<Result<void>> {
    const checked = await checkFolder(this.folder);
    if (!checked.ok) return checked;
    // Without a manifest there is nothing that the look could have found unchanged: the caller has to save again.
    if ((await this.stamp()) === null) return fail({ reason: 'nothing-saved', path: this.#current.path });
    return await touchCheckedFile(this.#path('checked'));
  }

  async writeCounters(counters: OomCounters): Promise<Result<void>> {
    const checked = await checkFolder(this.folder);
    return checked.ok ? await touchCheckedFile(this.#path('checked'), counters) : checked;
  }

  readCounters(): Promise<OomCounters | null> {
    return readCheckedFile(this.#path('checked'));
  }

  async checkedAt(): Promise<Date | null> {
    const stats = await lstat(this.#path('checked')).catch(() => null);
    return stats?.isFile() === true ? stats.mtime : null;
  }

  async stamp(): Promise<string | null> {
    const stats = await lstat(this.#current.path, { bigint: true }).catch(() => null);
    return stats === null ? null : stampOf(stats);
  }

  async history(): Promise<Result<readonly HistoryEntry[]>> {
    const current = await readManifest(this.#current.path);
    if (current.kind === 'refused' && current.failure.reason === 'foreign-owner') return fail(current.failure);
    const earlier = await this.#history.entries();
    if (!earlier.ok) return earlier;
    const entries = current.kind === 'good' ? [entryOf(current.stored), ...earlier.value] : earlier.value;
    // A state is in both places from the moment that its successor is being written.
    return ok([...new Map(entries.toReversed().map((entry) => [entry.id, entry])).values()].toReversed());
  }

  async find(id: string): Promise<Result<StoredManifest>> {
    const current = await readManifest(this.#current.path);
    if (current.kind === 'good' && current.stored.manifest.id === id) return ok(current.stored);
    if (current.kind === 'refused' && current.failure.reason === 'foreign-owner') return fail(current.failure);
    return await this.#history.find(id);
  }

  readJournal(): Promise<Result<readonly JournalEntry[]>> {
    return readJournalFile(this.#path('journal.json'));
  }

  appendJournal(entry: JournalEntry): Promise<Result<void>> {
    return this.#alone(async () => {
      const ready = await this.#prepare(this.folder);
      return ready.ok ? await appendJournalFile(this.#path('journal.json'), entry) : ready;
    });
  }

  async putContents(bytes: Uint8Array): Promise<Result<string | null>> {
    const ready = await this.#prepare(this.#contents.folder);
    return ready.ok ? await this.#contents.put(bytes, (room) => this.#sweep(room)) : ready;
  }

  async contentsPath(sha256: string): Promise<string | null> {
    const checked = await checkFolder(this.#contents.folder);
    return checked.ok && checked.value ? this.#contents.pathOf(sha256) : null;
  }

  async readContents(sha256: string): Promise<Uint8Array | null> {
    const checked = await checkFolder(this.#contents.folder);
    return checked.ok && checked.value ? await this.#contents.read(sha256) : null;
  }

  sweepContents(): Promise<Result<number>> {
    return this.#sweep();
  }

  async lock(waitMs: number): Promise<Result<Lock>> {
    const ready = await this.#prepare(this.folder);
    return ready.ok ? await acquireLock(this.#path('lock'), waitMs) : ready;
  }

  readAgent(): Promise<AgentRecord | null> {
    return readAgentFile(this.#path('agent.json'));
  }

  writeAgent(record: AgentRecord): Promise<Result<void>> {
    return this.#alone(async () => {
      const ready = await this.#prepare(this.folder);
      return ready.ok ? await writeAgentFile(this.#path('agent.json'), record) : ready;
    });
  }

  removeAgent(): Promise<void> {
    return this.#alone(() => removeAgentFile(this.#path('agent.json')));
  }

  readAside(): Promise<Aside | null> {
    return readAsideFile(this.#path('aside.json'));
  }

  writeAside(aside: Aside | null): Promise<Result<void>> {
    return this.#alone(async () => {
      const ready = await this.#prepare(this.folder);
      return ready.ok ? await writeAsideFile(this.#path('aside.json'), aside) : ready;
    });
  }

  readNote(note: Note): Promise<string | null> {
    return readNoteFile(this.#path(note));
  }

  /** Beside the queue: nothing of weight waits for a note. */
  async writeNote(note: Note, text: string): Promise<Result<void>> {
    const ready = await this.#prepare(this.folder);
    return ready.ok ? await writeNoteFile(this.#path(note), text) : ready;
  }

  #path(name: string): string {
    return join(this.folder, name);
  }

  #sweep(room?: number): Promise<Result<number>> {
    return this.#alone(async () => {
      const checked = await checkFolder(this.#contents.folder);
      if (!checked.ok) return checked;
      const earlier = await this.#history.paths();
      if (!earlier.ok) return earlier;
      return await this.#contents.sweep({ current: this.#current.path, earlier: earlier.value }, room);
    });
  }

  /** Runs tasks one after the other, whatever becomes of the one before. */
  #alone<T>(task: () => Promise<T>): Promise<T> {
    const run = this.#queue.then(task, task);
    this.#queue = run.catch(() => undefined);
    return run;
  }

  async #prepare(folder: string): Promise<Result<void>> {
    if (this.#create) return await ensureFolder(folder);
    const checked = await checkFolder(folder);
    if (!checked.ok) return checked;
    if (checked.value) return ok(undefined);
    return fail({ reason: 'state-unwritable', path: folder, detail: 'there is no such folder' });
  }

  async #load(setsAside: boolean): Promise<Result<Loaded>> {
    const checked = await checkFolder(this.folder);
    if (!checked.ok) return checked;
    const path = this.#current.path;
    const read = await readManifest(path);
    if (read.kind === 'good') return ok({ stored: read.stored, quarantined: [] });
    if (read.kind === 'refused') return fail(read.failure);
    const quarantined = read.kind === 'missing' ? [] : [setsAside ? await setAside(path) : path];
    const earlier = await this.#history.newest(setsAside);
    if (!earlier.ok) return earlier;
    return ok({ stored: earlier.value.stored, quarantined: [...quarantined, ...earlier.value.quarantined] });
  }
}
