/**
 * What a power cut may leave of a file system. The one rule: it keeps what was synced and nothing else is sure. Of every name since
 * its folder was synced, and of every file since it was, any state may be on the disk, whatever became of all the others: more
 * than any real file system does to its users.
 */
import { basename, dirname } from 'node:path';
import type { SystemCall } from './system-calls.js';

interface File {
  readonly kind: 'file';
  /** What may be on the disk; the last one is what programs see. */
  contents: readonly Buffer[];
}

interface Folder {
  readonly kind: 'folder';
  /** What each name may be on the disk; the last one is what programs see, null where it is no name. */
  readonly entries: Map<string, readonly (File | Folder | null)[]>;
}

/** Files by path, folders as null: what is found after a power cut. */
export type Remains = ReadonlyMap<string, Buffer | null>;

/** Picks one of so many things that may be on the disk under a path: a number below `count`. */
export type Choose = (count: number, path: string) => number;

/** A folder that was there and synced, empty, before anything was done. */
export class DiskModel {
  readonly #top: Folder = { kind: 'folder', entries: new Map() };

  constructor(readonly root: string) {}

  /** Does what the kernel was asked for. */
  apply(call: SystemCall): void {
    switch (call.kind) {
      case 'create':
        if (this.#at(call.path) === null) this.#name(call.path, { kind: 'file', contents: [Buffer.alloc(0)] });
        return;
      case 'make folder':
        this.#name(call.path, { kind: 'folder', entries: new Map() });
        return;
      case 'remove':
        this.#name(call.path, null);
        return;
      case 'link':
        this.#name(call.to, this.#at(call.path));
        return;
      case 'rename':
        this.#name(call.to, this.#at(call.path));
        this.#name(call.path, null);
        return;
      case 'write':
        this.#change(call.path, (before) => written(before, call.bytes, call.at ?? before.length));
        return;
      case 'truncate':
        this.#change(call.path, (before) => Buffer.concat([before], call.length));
        return;
      case 'sync': {
        const node = this.#at(call.path);
        if (node?.kind === 'file') node.contents = node.contents.slice(-1);
        else if (node?.kind === 'folder')
          for (const [name, states] of node.entries) node.entries.set(name, states.slice(-1));
        else throw new Error(`nothing to sync: ${call.path}`);
      }
    }
  }

  /** Returns what programs see in a file, or null. */
  read(path: string): Buffer | null {
    const node = this.#at(path);
    return node?.kind === 'file' ? (node.contents.at(-1) ?? null) : null;
  }

  /** Returns what is left when the power goes now, of the many things that may be. */
  cut(choose: Choose): Remains {
    const left = new Map<string, Buffer | null>();
    const visit = (folder: Folder, path: string): void => {
      left.set(path, null);
      for (const [name, states] of folder.entries) {
        const below = `${path}/${name}`;
        const node = states[choose(states.length, below)] ?? null;
        if (node?.kind === 'folder') visit(node, below);
        if (node?.kind !== 'file') continue;
        const contents = torn(node.contents);
        left.set(below, contents[choose(contents.length, below)] ?? Buffer.alloc(0));
      }
    };
    visit(this.#top, this.root);
    return left;
  }

  #at(path: string): File | Folder | null {
    if (path === this.root) return this.#top;
    const folder = this.#at(dirname(path));
    return folder?.kind === 'folder' ? (folder.entries.get(basename(path))?.at(-1) ?? null) : null;
  }

  #name(path: string, node: File | Folder | null): void {
    const folder = this.#at(dirname(path));
    if (folder?.kind !== 'folder') throw new Error(`no such folder: ${dirname(path)}`);
    folder.entries.set(basename(path), [...(folder.entries.get(basename(path)) ?? [null]), node]);
  }

  #change(path: string, change: (before: Buffer) => Buffer): void {
    const file = this.#at(path);
    if (file?.kind !== 'file') throw new Error(`no such file: ${path}`);
    file.contents = [...file.contents, change(file.contents.at(-1) ?? Buffer.alloc(0))];
  }
}

function written(before: Buffer, bytes: Buffer, at: number): Buffer {
  const after = Buffer.concat([before], Math.max(before.length, at + bytes.length));
  bytes.copy(after, at);
  return after;
}

const tornParts = new WeakMap<Buffer, readonly Buffer[]>();

/** What was not synced may have come to the disk in part, or its length alone. */
function torn(contents: readonly Buffer[]): readonly Buffer[] {
  if (contents.length < 2) return contents;
  return contents.flatMap((bytes) => {
    const parts = tornParts.get(bytes) ?? [bytes, bytes.subarray(0, bytes.length / 2), Buffer.alloc(bytes.length)];
    tornParts.set(bytes, parts);
    return parts;
  });
}

/** Calls `run` with every sequence of choices; where there are more than `most`, with as many of chance besides. */
export function forEveryChoice(most: number, dice: Choose, run: (choose: Choose) => void): void {
  let counts: number[];
  let picks: number[] = [];
  for (let round = 0; round < most; round += 1) {
    counts = [];
    run((count) => {
      const pick = picks[counts.length] ?? 0;
      counts.push(count);
      return pick;
    });
    picks = counts.map((_, at) => picks[at] ?? 0);
    while (picks.length > 0 && (picks.at(-1) ?? 0) + 1 >= (counts[picks.length - 1] ?? 1)) picks.pop();
    const last = picks.pop();
    if (last === undefined) return;
    picks.push(last + 1);
  }
  for (let round = 0; round < most; round += 1) run(dice);
}
