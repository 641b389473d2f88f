/**
 * What may end a process where it lives: the units around it, asked of the system's manager and of the user's, logind, and systemd-oomd.
 */
import { fail, ok } from '../model/failure.js';
import type { Found } from '../model/doctor.js';
import type { OomdFacts, ServerPlace } from '../model/doctor-systemd.js';
import type { Bus } from './bus.js';
import type { Placement } from './cgroup.js';
import { readUnit, textOf, textsOf, type Properties } from './unit-facts.js';

/** The two managers' buses; null where one can't be reached. */
export interface Buses {
  readonly system: Bus | null;
  readonly user: Bus | null;
}

/** A unit around a process, and whether it is of the user's own manager. */
export interface UnitAround {
  readonly unit: string;
  readonly isOfUser: boolean;
}

/** Returns the units that a cgroup lies in, the outermost first; the user's own are those below `user@UID.service`. */
export function unitsAround(cgroup: string): readonly UnitAround[] {
  const parts = cgroup.split('/').filter((part) => /\.(slice|scope|service)$/.test(part));
  const manager = parts.findIndex((part) => /^user@\d+\.service$/.test(part));
  const below = parts.map((unit, at) => ({ unit, isOfUser: manager >= 0 && at > manager }));
  return [{ unit: '-.slice', isOfUser: false }, ...below];
}

/** Returns what is known of the place of a server. */
export async function serverPlace({ unit, cgroup }: Placement, buses: Buses, user: string): Promise<ServerPlace> {
  const own = unitsAround(cgroup ?? '').findLast((around) => around.unit === unit);
  const properties = own === undefined ? null : await propertiesOf(own, buses);
  const isLogin = unit !== null && /^session-.*\.scope$/.test(unit);
  return {
    unit,
    endsWithLogin: isLogin ? await endsWithLogin(buses.system, user) : null,
    killMode: properties === null ? null : textOf(properties, 'KillMode') || null,
    oomPolicy: properties === null ? null : textOf(properties, 'OOMPolicy') || null,
  };
}

/** Returns what systemd-oomd may do to a server that lives there. */
export async function oomdFacts({ unit, cgroup }: Placement, buses: Buses): Promise<Found<OomdFacts>> {
  if (buses.system === null) return fail("the system's bus can't be reached");
  const oomd = await readUnit(buses.system, 'systemd-oomd.service');
  if (!oomd.ok) return fail('systemd does not say whether systemd-oomd runs');
  const isActive = textOf(oomd.value, 'ActiveState') === 'active';
  const around = isActive ? unitsAround(cgroup ?? '') : [];
  const monitored: string[] = [];
  let preference: string | null = null;
  for (const one of around) {
    const properties = await propertiesOf(one, buses);
    if (properties === null) continue;
    if (isMonitored(properties)) monitored.push(one.unit);
    if (one.unit === unit) preference = textOf(properties, 'ManagedOOMPreference') || null;
  }
  return ok({ isActive, monitored, unit, preference });
}

const isMonitored = (properties: Properties): boolean =>
  ['ManagedOOMSwap', 'ManagedOOMMemoryPressure'].some((name) => properties[name] === 'kill');

async function propertiesOf({ unit, isOfUser }: UnitAround, buses: Buses): Promise<Properties | null> {
  const bus = isOfUser ? buses.user : buses.system;
  const properties = bus === null ? null : await readUnit(bus, unit);
  return properties?.ok === true ? properties.value : null;
}

async function endsWithLogin(bus: Bus | null, user: string): Promise<Found<boolean>> {
  if (bus === null) return fail("the system's bus can't be reached");
  const name = 'org.freedesktop.login1';
  const target = { destination: name, path: '/org/freedesktop/login1', interface: 'org.freedesktop.DBus.Properties' };
  const reply = await bus.call(target, 'GetAll', 's', [`${name}.Manager`]);
  return reply.ok ? ok(killsWhatIsLeft(reply.value[0] as Properties, user)) : fail('logind does not answer');
}

/** Returns whether logind ends what is left of a user's login, by its properties: KillExcludeUsers goes before KillOnlyUsers (logind.conf(5)). */
export function killsWhatIsLeft(logind: Properties, user: string): boolean {
  if (logind['KillUserProcesses'] !== true || textsOf(logind, 'KillExcludeUsers').includes(user)) return false;
  const only = textsOf(logind, 'KillOnlyUsers');
  return only.length === 0 || only.includes(user);
}
