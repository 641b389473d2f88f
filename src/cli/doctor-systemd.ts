/**
 * The part of `doctor` about systemd: asks both buses where there are any, with deadlines, and looks at systemd's own files.
 */
import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname } from 'node:path';
import type { Check, Found } from '../model/doctor.js';
import { passed } from '../model/doctor.js';
import {
  busCheck,
  journalCheck,
  lingeringCheck,
  managerCheck,
  oomdCheck,
  placeCheck,
  unitPathsCheck,
  unitsCheck,
  withoutUnits,
  type OomdFacts,
  type ServerPlace,
  type UnitFacts,
} from '../model/doctor-systemd.js';
import { fail, ok, type Failure } from '../model/failure.js';
import type { UnitNames } from '../model/unit-names.js';
import { busAddress } from '../systemd/bus-address.js';
import { connectSessionBus, type Bus } from '../systemd/bus.js';
import { placementOf } from '../systemd/cgroup.js';
import { SYSTEM_BUS } from '../systemd/logind.js';
import { awaitManager } from '../systemd/manager.js';
import { oomdFacts, serverPlace } from '../systemd/place-facts.js';
import { canReadJournal, isLingering } from '../systemd/system-files.js';
import {
  readManager,
  readUnit,
  serverUnitOf,
  textOf,
  textsOf,
  unitFactsOf,
  type Properties,
} from '../systemd/unit-facts.js';
import { hiddenFile } from '../systemd/unit-files.js';
import { isExecutable } from './context.js';
import { describeFailure } from './failures.js';
import { installFolders } from './install-files.js';

/** A manager that is there is there already. */
const MANAGER_WITHIN_MS = 200;

/** What was found out about systemd. */
export interface SystemdFacts {
  readonly bus: Found<string>;
  readonly manager: Found<Properties>;
  readonly units: Found<readonly UnitFacts[]>;
  /** What they are called: the server's may be the user's own. */
  readonly names: UnitNames;
  /** Null without a server that answers. */
  readonly place: ServerPlace | null;
  readonly oomd: Found<OomdFacts | null>;
}

/** Returns what systemd says of these units, and of the server with this pid. */
export async function gatherSystemd(units: UnitNames, serverPid: number | null): Promise<SystemdFacts> {
  const [session, system] = await Promise.all([
    connectSessionBus(process.env),
    connectSessionBus({ DBUS_SESSION_BUS_ADDRESS: SYSTEM_BUS }),
  ]);
  const user = session.ok ? session.value : null;
  try {
    const manager = user === null ? fail('there is no session bus') : await askManager(user);
    const buses = { system: system.ok ? system.value : null, user: manager.ok ? user : null };
    const placement = serverPid === null ? null : placementOf(serverPid);
    const names = manager.ok && user !== null ? { ...units, server: await serverUnitOf(user, units) } : units;
    return {
      names,
      bus: session.ok ? ok(busAddress(process.env, process.getuid?.() ?? 0)) : fail(detailOf(session.error)),
      manager,
      units:
        manager.ok && user !== null
          ? await askUnits(user, names, textsOf(manager.value, 'UnitPath'))
          : fail('no user manager answers'),
      place: placement === null ? null : await serverPlace(placement, buses, userName()),
      oomd: placement === null ? ok(null) : await oomdFacts(placement, buses),
    };
  } finally {
    user?.close();
    if (system.ok) system.value.close();
  }
}

/** The sentence of such a failure is for who needs a bus, and says more than is asked here. */
const detailOf = (failure: Failure): string => ('detail' in failure ? failure.detail : describeFailure(failure));

async function askManager(bus: Bus): Promise<Found<Properties>> {
  const there = await awaitManager(bus, MANAGER_WITHIN_MS);
  const properties = there.ok ? await readManager(bus) : there;
  return properties.ok ? properties : fail(detailOf(properties.error));
}

async function askUnits(
  bus: Bus,
  { agent, server }: UnitNames,
  searched: readonly string[],
): Promise<Found<readonly UnitFacts[]>> {
  const folders = installFolders(process.env);
  const facts: UnitFacts[] = [];
  for (const name of [agent, server]) {
    const properties = await readUnit(bus, name);
    if (!properties.ok) return fail(detailOf(properties.error));
    const path = textOf(properties.value, 'FragmentPath');
    const isInstalled = folders.ok && dirname(path) === folders.value.units;
    facts.push({ ...unitFactsOf(name, properties.value), hides: isInstalled ? hiddenFile(path, searched) : null });
  }
  return ok(facts);
}

/** Returns the environment that the user manager gives to services, as assignments. */
export const managerEnvironment = ({ manager }: SystemdFacts): readonly string[] =>
  manager.ok ? textsOf(manager.value, 'Environment') : [];

/** Returns the checks about systemd; `hasUnits` says that a unit can be for the socket, `standalone` that an agent serves it without. */
export function systemdChecks(facts: SystemdFacts, hasUnits: boolean, standalone: boolean): readonly Check[] {
  const { manager, units, place, names } = facts;
  const needless = withoutUnits(hasUnits ? names : null, manager.ok, standalone);
  const unlessNeedless = (id: string, check: Check): Check => (needless === null ? check : passed(id, needless));
  const answer = manager.ok
    ? ok({ version: textOf(manager.value, 'Version'), state: textOf(manager.value, 'SystemState') })
    : manager;
  const user = userName();
  return [
    placeCheck(place, names.server, manager.ok),
    oomdCheck(facts.oomd, names.server),
    busCheck(facts.bus, standalone),
    managerCheck(answer, standalone),
    unlessNeedless('lingering', lingeringCheck(isLingering(user))),
    unlessNeedless('units', unitsCheck(units, names, standalone)),
    unlessNeedless('unit-paths', unitPathsCheck(units, names, isGone)),
    journalCheck(canReadJournal(), user),
  ];
}

/** A script is run by node, and need not be executable. */
const isGone = (path: string): boolean => (path.endsWith('.js') ? !existsSync(path) : !isExecutable(path));

/** A uid without an entry in the passwd file has no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 0);
  }
}
