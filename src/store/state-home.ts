/** Where programs of this user keep their state, by the XDG Base Directory Specification. */
import { isAbsolute, join, resolve } from 'node:path';

/** Returns the folder of all state, or null without an absolute HOME; a relative path in the variable is to be ignored. */
export function stateHome(env: Readonly<Record<string, string | undefined>>): string | null {
  const { XDG_STATE_HOME: state = '', HOME: home = '' } = env;
  if (isAbsolute(state)) return resolve(state);
  return isAbsolute(home) ? join(home, '.local', 'state') : null;
}
