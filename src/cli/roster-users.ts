/**
 * Whom a roster command is about: the users of the map that this machine has. Everything that stands in the way of all of them is said here,
 * before anything is done.
 */
import { constants, existsSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { fail, ok, type Result } from '../model/failure.js';
import { accountsIn, parseRosterMap, whyUnusable, type Account, type RosterProblem } from '../model/roster-map.js';
import { displayText } from '../model/text.js';
import { errnoCode, errnoDetail } from '../store/errno.js';
import { lookUp } from '../systemd/other-users.js';
import { EXIT } from './failures.js';

/** A user of the roster. */
export interface Member {
  readonly account: Account;
  /** Why nobody can work as this user; null where somebody can. */
  readonly unusable: string | null;
}

/** The users, and the lines of the map that are left out. */
export interface Roster {
  readonly members: readonly Member[];
  readonly problems: readonly RosterProblem[];
  /** Lines that are left out on purpose. */
  readonly remarks: readonly RosterProblem[];
}

/** Why nothing is done at all, and with which exit code. */
export interface RosterRefusal {
  readonly message: string;
  readonly code: number;
}

/** Larger maps are none, in bytes. */
const MAP_LIMIT = 1024 * 1024;
const DAY_MS = 86_400_000;

/** Returns the users of a map; fails without root, without systemd, and for a map that can't be read or names nobody. */
export async function readRoster(path: string, timeoutMs: number): Promise<Result<Roster, RosterRefusal>> {
  if (process.geteuid?.() !== 0)
    return fail({ message: 'roster looks after the users of this machine: run it as root', code: EXIT.refused });
  if (!existsSync('/run/systemd/system'))
    return fail({ message: 'roster needs systemd, which does not run this machine', code: EXIT.missing });
  const read = await readMap(path);
  if (!read.ok) return read;
  const map = parseRosterMap(read.value);
  const names = map.users.map(({ name }) => name);
  const accounts = accountsIn(await lookUp('passwd', names, { timeoutMs }));
  const shadow = await lookUp('shadow', names, { timeoutMs });
  const problems = [...map.problems];
  const remarks: RosterProblem[] = [];
  const members = map.users.flatMap(({ name, line }): Member[] => {
    const account = accounts.get(name);
    if (account === undefined) problems.push({ line, message: `this machine has no user '${name}'` });
    else if (account.uid === 0)
      remarks.push({ line, message: `'${name}' is root, which is left alone; as root: tmux-persist install --now` });
    if (account === undefined || account.uid === 0) return [];
    return [{ account, unusable: whyUnusable(account, shadow, Math.floor(Date.now() / DAY_MS)) }];
  });
  problems.sort((left, right) => left.line - right.line);
  if (members.length > 0) return ok({ members, problems, remarks });
  const lines = [...problems, ...remarks].map(
    ({ line, message }) => `\n  line ${String(line)}: ${displayText(message)}`,
  );
  return refuse(path, `it names no user${lines.join('')}`, EXIT.state);
}

const refuse = (path: string, detail: string, code: number): Result<never, RosterRefusal> =>
  fail({ message: `cannot use the map '${displayText(path)}': ${detail}; it has lines web-user=system-user`, code });

async function readMap(path: string): Promise<Result<string, RosterRefusal>> {
  let handle: FileHandle | null = null;
  try {
    // O_NONBLOCK: opening a FIFO must not wait for a writer.
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = await handle.stat();
    if (!stats.isFile()) return refuse(path, 'it is not a regular file', EXIT.state);
    if (stats.size > MAP_LIMIT) return refuse(path, 'it is larger than 1 MB', EXIT.state);
    return ok(await handle.readFile('utf8'));
  } catch (error) {
    const isMissing = errnoCode(error) === 'ENOENT' || errnoCode(error) === 'ENOTDIR';
    return refuse(path, errnoDetail(error), isMissing ? EXIT.usage : EXIT.state);
  } finally {
    await handle?.close();
  }
}
