/**
 * What is said where no saved state can be used: that none was ever saved, or that what is there is damaged.
 */
import type { Failure } from './failure.js';

/** Returns the failure for a state folder without a readable state, in which these files could not be read. */
export function nothingReadable(folder: string, damaged: readonly string[]): Failure {
  const [path] = damaged;
  if (path === undefined) return { reason: 'nothing-saved', path: folder };
  return { reason: 'state-unreadable', path, detail: 'it is damaged, and there is no earlier state that can be read' };
}
