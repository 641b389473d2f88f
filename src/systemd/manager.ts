/**
 * The user's service manager, asked over the session bus. Every refusal is `systemd-unavailable` with systemd's own words.
 */
import { fail, ok, type Result } from '../model/failure.js';
import { busDaemon, type Bus, type Target } from './bus.js';
import { unitOfPath } from './unit-state.js';

/** The verbs that are used of org.freedesktop.systemd1.Manager. */
export interface UserManager {
  /** Clears a reached start limit and queues the start; returns before the unit runs. */
  start(unit: string): Promise<Result<void>>;
  /** Returns whether the unit is started with its target; false also for a masked or missing one. */
  isEnabled(unit: string): Promise<Result<boolean>>;
  /** Returns the user unit that a process belongs to, or null when it lives elsewhere (a login session). */
  unitOfPid(pid: number): Promise<Result<string | null>>;
  /** Returns whether the manager is on its way out: logout, poweroff, reboot. */
  isShuttingDown(): Promise<Result<boolean>>;
}

/** The well-known name of the manager. */
export const systemdName = 'org.freedesktop.systemd1';
/** The object path of the manager. */
export const systemdPath = '/org/freedesktop/systemd1';
/** The manager as a peer; a bus without systemd has nothing to start in its place. */
export const systemdManager: Target = {
  destination: systemdName,
  path: systemdPath,
  interface: `${systemdName}.Manager`,
  autoStart: false,
};

/** How long the manager may take to appear on a bus that it has just started, in ms: at boot it comes some ms after us. */
const appearDeadlineMs = 10_000;

/** Waits until the user manager is on the bus; fails with `systemd-unavailable` when it does not come. */
export async function awaitManager(bus: Bus, deadlineMs = appearDeadlineMs): Promise<Result<void>> {
  const rule = `type='signal',sender='${busDaemon.destination}',member='NameOwnerChanged',arg0='${systemdName}'`;
  const added = await bus.addMatch(rule);
  if (!added.ok) return added;
  let stop = (): void => undefined;
  let timer: NodeJS.Timeout | undefined;
  const appeared = new Promise<boolean>((resolve) => {
    stop = bus.onSignal((signal) => {
      if (signal.member === 'NameOwnerChanged' && signal.body[0] === systemdName && signal.body[2] !== '')
        resolve(true);
    });
    timer = setTimeout(() => resolve(false), deadlineMs);
  });
  const known = await bus.call(busDaemon, 'NameHasOwner', 's', [systemdName]);
  const isThere = (known.ok && known.value[0] === true) || (known.ok && (await appeared));
  stop();
  clearTimeout(timer);
  if (!known.ok) return known;
  return isThere
    ? ok(undefined)
    : fail({ reason: 'systemd-unavailable', detail: 'no user manager is on the session bus' });
}

/** Calls systemd; an error reply becomes `systemd-unavailable`, a lost bus stays what it is. */
export async function callSystemd(
  bus: Bus,
  target: Target,
  member: string,
  signature?: string,
  body?: readonly unknown[],
  timeoutMs?: number,
): Promise<Result<readonly unknown[]>> {
  const reply = await bus.call(target, member, signature, body, timeoutMs);
  if (reply.ok || reply.error.reason !== 'agent-error') return reply;
  return fail({ reason: 'systemd-unavailable', detail: `${member}: ${reply.error.detail || reply.error.name}` });
}

/** Has the manager send its signals, of which it sends none unasked. */
export async function subscribe(bus: Bus): Promise<Result<void>> {
  const reply = await bus.call(systemdManager, 'Subscribe');
  if (reply.ok) return ok(undefined);
  if (reply.error.reason !== 'agent-error') return reply;
  const { name, detail } = reply.error;
  // A manager that comes in the moment in which it is looked for is asked twice.
  if (name.endsWith('.AlreadySubscribed')) return ok(undefined);
  return fail({ reason: 'systemd-unavailable', detail: `Subscribe: ${detail || name}` });
}

/** Returns the user manager behind a session bus. */
export function userManager(bus: Bus): UserManager {
  return {
    async start(unit) {
      // It fails for a unit that is not loaded, which then has no limit to clear.
      await callSystemd(bus, systemdManager, 'ResetFailedUnit', 's', [unit]);
      const started = await callSystemd(bus, systemdManager, 'StartUnit', 'ss', [unit, 'replace']);
      return started.ok ? ok(undefined) : started;
    },
    async isEnabled(unit) {
      const reply = await bus.call(systemdManager, 'GetUnitFileState', 's', [unit]);
      if (reply.ok) return ok(!/^(disabled|masked|masked-runtime|bad)?$/.test(String(reply.value[0])));
      if (reply.error.reason !== 'agent-error') return reply;
      const { name, detail } = reply.error;
      if (/\.(FileNotFound|NoSuchUnit)$/.test(name)) return ok(false);
      return fail({ reason: 'systemd-unavailable', detail: `GetUnitFileState: ${detail || name}` });
    },
    async unitOfPid(pid) {
      const reply = await bus.call(systemdManager, 'GetUnitByPID', 'u', [pid]);
      if (reply.ok) return ok(unitOfPath(String(reply.value[0])));
      if (reply.error.reason !== 'agent-error') return reply;
      const { name, detail } = reply.error;
      if (/\.(NoUnitForPID|NoSuchProcess|UnixProcessIdUnknown)$/.test(name)) return ok(null);
      return fail({ reason: 'systemd-unavailable', detail: `GetUnitByPID: ${detail || name}` });
    },
    async isShuttingDown() {
      const properties = { ...systemdManager, interface: 'org.freedesktop.DBus.Properties' };
      const reply = await callSystemd(bus, properties, 'Get', 'ss', [systemdManager.interface, 'SystemState']);
      // 'stopping': shutdown.target is active or queued; exit.target pulls it in.
      return reply.ok ? ok(reply.value[0] === 'stopping') : reply;
    },
  };
}
