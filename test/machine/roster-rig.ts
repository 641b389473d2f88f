/**
 * The roster in a machine, as its admin has it: users without anything of ours, a map, the ancestor's tables, and the command as root.
 */
import assert from 'node:assert/strict';
import type { Outcome } from './execute.js';
import type { Machine, User } from './machine.js';

/** The built program in a machine: root's own, for all to read. */
export const BUNDLE = '/opt/tmux-persist/dist/tmux-persist.js';

/** Gives the machine the command by its name, for everybody. */
export async function installForAll(machine: Machine): Promise<void> {
  await machine.run(['ln', '-sfn', BUNDLE, '/usr/local/bin/tmux-persist']);
}

/** Returns a new user as useradd makes it: without lingering, and with nothing running. */
export async function plainUser(machine: Machine, name: string, ...options: readonly string[]): Promise<User> {
  await machine.run(['useradd', '--create-home', '--shell', '/bin/bash', ...options, name]);
  return { name, uid: Number(await machine.run(['id', '-u', name])), home: `/home/${name}` };
}

/** Writes a file of root's. */
export async function writeAsRoot(machine: Machine, path: string, text: string): Promise<void> {
  await machine.run(['sh', '-c', 'mkdir -p "$(dirname "$0")" && cat >"$0"', path], { input: text });
}

/** Writes the ancestor's table of a user, and makes the folders that it names. */
export async function writeTable(machine: Machine, user: User, names: readonly string[]): Promise<void> {
  const rows = names.map((name) => `${name}\t${user.home}\t\n`);
  await writeAsRoot(machine, `/var/lib/tmux-persist/${user.name}.tsv`, rows.join(''));
}

/** Writes a map of these users, and lines of any kind behind them; returns its path. */
export async function writeMap(machine: Machine, users: readonly User[], ...more: readonly string[]): Promise<string> {
  const path = `/etc/roster-of-${users.map(({ name }) => name).join('-')}`.slice(0, 200);
  await writeAsRoot(machine, path, [...users.map(({ name }) => `web-${name}=${name}`), ...more, ''].join('\n'));
  return path;
}

/** Returns the outcome of a roster command of root's. */
export function roster(machine: Machine, ...words: readonly string[]): Promise<Outcome> {
  return machine.tryRun(['tmux-persist', 'roster', ...words], { timeoutMs: 180_000 });
}

/** What a roster command that changes something says with --json. */
export interface RosterJson {
  readonly users: readonly { readonly user: string; readonly result: string; readonly detail: string }[];
  readonly problems: readonly { readonly line: number; readonly message: string }[];
  readonly remarks: readonly { readonly line: number; readonly message: string }[];
}

/** Returns what came of each user, in the order of the map, by the command's exit code. */
export async function rosterResults(
  machine: Machine,
  code: number,
  ...words: readonly string[]
): Promise<readonly string[]> {
  const ran = await roster(machine, ...words, '--json');
  assert.equal(ran.code, code, `${ran.stdout}${ran.stderr}`);
  return (JSON.parse(ran.stdout) as RosterJson).users.map(({ user, result, detail }) => `${user} ${result}: ${detail}`);
}

/** Returns whether a user lingers. */
export async function lingers(machine: Machine, user: User): Promise<boolean> {
  return (await machine.tryRun(['test', '-e', `/var/lib/systemd/linger/${user.name}`])).code === 0;
}
