/**
 * What every user of the roster runs: this very program. The one rule: it must be readable by all, and nobody but root may be able to put
 * something else in its place.
 */
import { realpathSync } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fail, ok, type Result } from '../model/failure.js';

/** Returns the words that run this program as somebody else, or why nobody else can run it. */
export async function sharedProgram(): Promise<Result<readonly string[], string>> {
  const words = [process.execPath, realpathSync(process.argv[1] ?? '')];
  for (const path of words) {
    const problem = await whyNotShared(path);
    if (problem !== null)
      return fail(
        `the users can't be given '${path}': ${problem}; install it for the whole machine, ` +
          "such as with the Debian package or 'make install PREFIX=/usr/local', and run that one",
      );
  }
  return ok(words);
}

async function whyNotShared(file: string): Promise<string | null> {
  for (let path = file; ; path = dirname(path)) {
    const stats = await lstat(path).catch(() => null);
    if (stats === null) return `'${path}' is not there`;
    if (stats.uid !== 0) return `'${path}' belongs to uid ${String(stats.uid)}, who could replace it for everyone`;
    // In a sticky folder nobody replaces what is root's.
    const isSticky = path !== file && (stats.mode & 0o1000) !== 0;
    if ((stats.mode & 0o022) !== 0 && !isSticky) return `'${path}' can be written by others than root`;
    const needed = path === file ? 0o004 : 0o001;
    if ((stats.mode & needed) === 0) return `'${path}' is closed to them`;
    if (path === dirname(path)) return null;
  }
}
