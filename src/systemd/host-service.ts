/**
 * Whether the service that a server lives in as a guest has just been stopped. A client of a web terminal, say, that found no server has
 * started it in the cgroup of ttyd's service, and whoever restarts that sends the server a SIGTERM, which looks like its user's
 * kill-server (R5). Unlike a scope a service outlives its guests, and can be asked afterwards.
 */
import { connectSessionBus } from './bus.js';
import { placementOf } from './cgroup.js';
import { SYSTEM_BUS } from './logind.js';
import { unitsAround, type UnitAround } from './place-facts.js';
import { readUnit, type Properties } from './unit-facts.js';

/** For so long after a change of the service the end of its guest counts as its doing, in ns: a SIGTERM ends a server at once. */
const LATELY_NS = 10_000_000_000n;

/** Asks after the host of one server after the other. */
export class HostService {
  #host: Promise<UnitAround | null> = Promise.resolve(null);

  /** Begins with the server that has this pid. */
  follow(pid: number): void {
    this.#host = hostOf(pid);
  }

  /** Returns whether the service is being stopped, or was stopped or restarted a moment ago; false where nobody can say, and for a server that is no guest. */
  async wasStopped(): Promise<boolean> {
    const host = await this.#host;
    const service = host === null ? null : await propertiesOf(host);
    return service !== null && hasJustChanged(service, process.hrtime.bigint());
  }
}

/** Returns whether a service is going, or changed its state lately, by the clock that stands still in a suspend (org.freedesktop.systemd1(5)). */
export function hasJustChanged(service: Properties, nowNs: bigint): boolean {
  const changedAt = service['StateChangeTimestampMonotonic'];
  if (service['ActiveState'] === 'deactivating') return true;
  return typeof changedAt === 'bigint' && nowNs - changedAt * 1000n < LATELY_NS;
}

/** Returns the service around a process that is not its main one: its end would be the end of the service. */
async function hostOf(pid: number): Promise<UnitAround | null> {
  const { unit, cgroup } = placementOf(pid);
  if (unit?.endsWith('.service') !== true) return null;
  const host = unitsAround(cgroup ?? '').findLast((around) => around.unit === unit);
  const service = host === undefined ? null : await propertiesOf(host);
  return host === undefined || service === null || service['MainPID'] === pid ? null : host;
}

/** A connection for each question: there are two of them in the life of such a server. */
async function propertiesOf({ unit, isOfUser }: UnitAround): Promise<Properties | null> {
  const bus = await connectSessionBus(isOfUser ? process.env : { DBUS_SESSION_BUS_ADDRESS: SYSTEM_BUS });
  if (!bus.ok) return null;
  const properties = await readUnit(bus.value, unit);
  bus.value.close();
  return properties.ok ? properties.value : null;
}
