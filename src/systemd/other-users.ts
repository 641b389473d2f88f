/**
 * What root does for another user. The one rule: what concerns a user's files is done by a process of that user's own manager, which root
 * only talks to through pipes; root itself turns lingering on and off, and looks at nothing inside a home.
 */
import { runCommand, type Ended } from './run-command.js';

/** A user whose manager is asked. */
export interface OtherUser {
  readonly name: string;
  readonly uid: number;
}

/** How long a step may take, in ms. */
export interface Deadline {
  readonly timeoutMs: number;
}

/** What its manager may have from a pane or a login must not turn our program to something else. */
const UNSET = 'UnsetEnvironment=TMUX TMUX_PANE NODE_OPTIONS';

/** Runs a command as a user, in the user's own manager, which is started for it where it does not run. */
export function runAs(
  user: OtherUser,
  argv: readonly string[],
  { timeoutMs, input }: Deadline & { readonly input?: Uint8Array },
): Promise<Ended> {
  const seconds = String(Math.ceil(timeoutMs / 1000));
  const how = ['--pipe', '--wait', '--quiet', '--collect', '--service-type=exec', '--working-directory=/'];
  const limits = [`--property=${UNSET}`, `--property=RuntimeMaxSec=${seconds}`];
  const machine = ['--user', `--machine=${user.name}@.host`];
  const whole = ['systemd-run', ...machine, ...how, ...limits, '--', ...argv];
  return runCommand(whole, input === undefined ? { timeoutMs } : { timeoutMs, input });
}

/** Turns lingering on or off. */
export const setLingering = (user: OtherUser, on: boolean, { timeoutMs }: Deadline): Promise<Ended> =>
  runCommand(['loginctl', on ? 'enable-linger' : 'disable-linger', user.name], { timeoutMs });

/** Starts the user's manager and waits until it is up. */
export const startManager = (user: OtherUser, { timeoutMs }: Deadline): Promise<Ended> =>
  runCommand(['systemctl', 'start', managerOf(user)], { timeoutMs });

/** Returns the uids of those whose manager runs. */
export async function withManager(users: readonly OtherUser[], { timeoutMs }: Deadline): Promise<ReadonlySet<number>> {
  if (users.length === 0) return new Set();
  const asked = await runCommand(['systemctl', 'is-active', ...users.map(managerOf)], { timeoutMs });
  const states = asked.stdout.trim().split('\n');
  return new Set(users.filter((_, at) => states[at] === 'active').map(({ uid }) => uid));
}

/** Returns lines of a database of the system (getent(1)) about these names; those that are unknown are missing. */
export async function lookUp(
  database: 'passwd' | 'shadow',
  names: readonly string[],
  { timeoutMs }: Deadline,
): Promise<string> {
  return names.length === 0 ? '' : (await runCommand(['getent', database, ...names], { timeoutMs })).stdout;
}

const managerOf = ({ uid }: OtherUser): string => `user@${String(uid)}.service`;
