/**
 * Compares versions of tmux: `3.3a`, `next-3.7`, `3.8-rc`. Letters are repairs and count for nothing here.
 */

/** Returns whether a version is at least major.minor; one that can't be read counts as old. */
export function isAtLeast(version: string, major: number, minor: number): boolean {
  const [, ofMajor = '0', ofMinor = '0'] = /^(?:next-)?(\d+)\.(\d+)/.exec(version) ?? [];
  return Number(ofMajor) > major || (Number(ofMajor) === major && Number(ofMinor) >= minor);
}
