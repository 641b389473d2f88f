/**
 * The map of a shared machine: who may open a terminal on the web, and as which user of the system. A line that can't be used is a problem
 * with its number, and never stops the rest; several people may share one user, who is looked after once.
 */

/** One user of the system. */
export interface RosterUser {
  readonly name: string;
  /** The first line that names it. */
  readonly line: number;
  readonly webUsers: readonly string[];
}

/** Something that is left out, and why. */
export interface RosterProblem {
  readonly line: number;
  readonly message: string;
}

/** What a map says, in its order. */
export interface RosterMap {
  readonly users: readonly RosterUser[];
  readonly problems: readonly RosterProblem[];
}

/** As useradd(8) has them, and those that directories give (a dot, capitals); what systemd-run and paths take for something else is none. */
const USER_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,254}\$?$/;

/** Returns what a map says; `#` begins a comment at the beginning of a line and after a blank. */
export function parseRosterMap(text: string): RosterMap {
  const users = new Map<string, RosterUser>();
  const problems: RosterProblem[] = [];
  for (const [at, raw] of text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .entries()) {
    const line = at + 1;
    const words = raw.replace(/(^|\s)#.*$/, '').trim();
    if (words === '') continue;
    const fields = words.split('=').map((field) => field.trim());
    const [webUser = '', name = ''] = fields;
    if (fields.length !== 2 || webUser === '' || name === '') {
      problems.push({ line, message: 'it is not web-user=system-user' });
    } else if (!USER_NAME.test(name) || /^\d+$/.test(name)) {
      problems.push({ line, message: `'${name}' is no name of a user` });
    } else {
      const known = users.get(name);
      const webUsers = known === undefined ? [webUser] : [...new Set([...known.webUsers, webUser])];
      users.set(name, { name, line: known?.line ?? line, webUsers });
    }
  }
  return { users: [...users.values()], problems };
}

/** A user as the system knows it (passwd(5)). */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly home: string;
  readonly shell: string;
}

/** Returns the accounts in lines of passwd(5), by name; a line that is none is left out. */
export function accountsIn(passwd: string): ReadonlyMap<string, Account> {
  const accounts = passwd.split('\n').flatMap((line): Account[] => {
    const [name = '', , uid = '', , , home = '', shell = ''] = line.split(':');
    return name !== '' && /^\d+$/.test(uid) ? [{ name, uid: Number(uid), home, shell }] : [];
  });
  return new Map(accounts.map((account) => [account.name, account]));
}

/** Returns why nobody can work as this user, or null; `shadow` are lines of shadow(5), `today` counts days since 1970. */
export function whyUnusable(account: Account, shadow: string, today: number): string | null {
  if (/(^|\/)(nologin|false)$/.test(account.shell)) return `its shell ${account.shell} lets nobody in`;
  const fields = shadow.split('\n').map((line) => line.split(':'));
  const expires = fields.find(([name]) => name === account.name)?.[7] ?? '';
  return /^\d+$/.test(expires) && Number(expires) <= today ? 'its account has expired' : null;
}
