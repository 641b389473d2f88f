/**
 * R8: what can't be read is renamed, never deleted, so that a person can still look at it.
 */
import { lstat, rename } from 'node:fs/promises';
import { errnoDetail } from './errno.js';

/** Renames a file to `*.TIMESTAMP.unreadable` and returns where it lies then: where it was, when that is refused. */
export async function setAside(path: string, now = new Date()): Promise<string> {
  const stamp = now.toISOString().replaceAll(/[-:]/g, '');
  for (let attempt = 0; ; attempt += 1) {
    const target = `${path}.${stamp}${attempt === 0 ? '' : `-${attempt}`}.unreadable`;
    if (await lstat(target).catch(() => null)) continue;
    try {
      await rename(path, target);
      return target;
    } catch (error) {
      errnoDetail(error);
      return path;
    }
  }
}
