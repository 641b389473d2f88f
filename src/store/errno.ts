/**
 * What the kernel answers, in words for people. The one rule: an error that is no system error is a bug and is thrown on.
 */
import { getSystemErrorMap } from 'node:util';

/** Returns the errno name of a failed system call (`ENOENT`), or null for any other error. */
export function errnoCode(error: unknown): string | null {
  if (!(error instanceof Error) || !('errno' in error) || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}

/** Returns what a failed system call means ("no space left on device"); throws anything else again. */
export function errnoDetail(error: unknown): string {
  if (errnoCode(error) === null) throw error;
  const errno = (error as NodeJS.ErrnoException).errno;
  const known = errno === undefined ? undefined : getSystemErrorMap().get(errno);
  return known === undefined ? String(errnoCode(error)) : known[1];
}

/** Returns whether a failed system call says that it can't be done here at all (vfat, some network file systems, a mount between). */
export function isUnsupported(error: unknown): boolean {
  return ['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EINVAL', 'EMLINK', 'EXDEV'].includes(errnoCode(error) ?? '');
}
