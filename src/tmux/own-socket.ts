/**
 * Whose socket it is. tmux's own clients refuse a folder that others could have prepared; with -S, as we call it, they do not,
 * so that another user's server would be believed and handed our state.
 */
import { lstatSync, type Stats } from 'node:fs';
import { basename, dirname } from 'node:path';

/** The permissions that tmux's folder must not have (tmux.c, TMUX_SOCK_PERM: those of others). */
const OTHERS = 0o007;

/** Returns why a socket must not be used, or null; one that is not there yet may be. */
export function foreignSocket(path: string, uid: number): string | null {
  const folder = dirname(path);
  const place = lstat(folder);
  if (place !== null && /^tmux-\d+$/.test(basename(folder))) {
    if (!place.isDirectory()) return `'${folder}' is no directory`;
    if (place.uid !== uid || (place.mode & OTHERS) !== 0) return `'${folder}' belongs to or is open to others`;
  }
  const socket = lstat(path);
  return socket !== null && socket.uid !== uid ? `its owner is uid ${String(socket.uid)}` : null;
}

function lstat(path: string): Stats | null {
  try {
    return lstatSync(path);
  } catch {
    return null;
  }
}
