/**
 * What a look at the files of other programs needs. Whatever can't be read is null or empty, never an error; nothing here can block or grow without limit.
 */
import { readdirSync, statSync, type Stats } from 'node:fs';
import { readEnds, readHead, type Ends } from './bounded-read.js';

/** Files as identification sees them; the real ones are `fileView`. A view serves one look, in which each folder is listed once. */
export interface FileView {
  /** Returns the names in a folder, in no order. */
  names(folder: string): readonly string[];
  /** Returns up to `limit` bytes of the beginning of a regular file as text, or null. */
  head(path: string, limit: number): string | null;
  /** Returns up to `limit` bytes from each end of a regular file, or null. */
  ends(path: string, limit: number): Ends | null;
  /** Returns whether there is anything at a path. */
  exists(path: string): boolean;
  /** Returns when an inode changed, in ms since the epoch, or null; unlike its mtime nobody can set it back. */
  changedAt(path: string): number | null;
  /** Returns when an inode was made, in ms since the epoch, or null where the file system does not tell; copies are younger than what they hold. */
  bornAt(path: string): number | null;
}

/** Returns a view of the real files. */
export function fileView(): FileView {
  const listed = new Map<string, readonly string[]>();
  const stats = (path: string): Stats | undefined => {
    try {
      return statSync(path, { throwIfNoEntry: false });
    } catch {
      return undefined;
    }
  };
  return {
    names(folder) {
      const known = listed.get(folder) ?? list(folder);
      listed.set(folder, known);
      return known;
    },
    head: (path, limit) => readHead(path, limit)?.toString('utf8') ?? null,
    ends: readEnds,
    exists: (path) => stats(path) !== undefined,
    changedAt: (path) => stats(path)?.ctimeMs ?? null,
    bornAt(path) {
      const born = stats(path)?.birthtimeMs ?? 0;
      return born > 0 ? born : null;
    },
  };
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
