/**
 * What families read of files and folders that other programs write: nothing of it is believed in its form, and nothing here throws.
 */
import { posix } from 'node:path';
import type { Program } from '../../model/manifest.js';
import { displayText, type Text } from '../../model/text.js';
import type { Place } from '../family.js';
import type { FileView } from '../file-view.js';

/** Returns a place in a directory, or one without when that is gone. */
export const placeAt = (cwd: Text | null, files: FileView): Place => ({
  cwd: typeof cwd !== 'string' || (posix.isAbsolute(cwd) && files.exists(cwd)) ? cwd : null,
});

/** Returns the folder that a variable names, else another; a relative one starts at the process's directory. */
export function folderOf(value: Text | undefined, cwd: Text | null, other: string): string {
  if (typeof value !== 'string' || value === '') return other;
  return posix.resolve(cwd === null ? '/' : displayText(cwd), value);
}

/** Returns the folder that a saved program's variable names, else another. */
export const savedFolderOf = (program: Program, variable: string, other: string): string =>
  folderOf(program.env[variable], program.cwd, other);

/** Returns a value if it is an object of JSON, else null. */
export const objectOr = (value: unknown): Readonly<Record<string, unknown>> | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;

/** Returns the object that a text of JSON is, or null. */
export function jsonObject(text: string | null): Readonly<Record<string, unknown>> | null {
  try {
    return objectOr(JSON.parse(text ?? ''));
  } catch {
    return null;
  }
}

/** Returns the first line of a file, or null when there is none within `limit` bytes. */
export function firstLine(path: string, limit: number, files: FileView): string | null {
  // Most are short, and a look comes every few seconds.
  for (const size of [Math.min(8192, limit), limit]) {
    const text = files.head(path, size);
    const end = text?.indexOf('\n') ?? -1;
    if (text !== null && end !== -1) return text.slice(0, end);
  }
  return null;
}
