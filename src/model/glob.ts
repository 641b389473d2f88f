/** Globs of names in the user's options; they know `*` and `?` alone. */

/** Returns the expression that a whole name must match. */
export function globPattern(glob: string): RegExp {
  const pattern = glob
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.');
  return new RegExp(`^${pattern}$`, 'su');
}
