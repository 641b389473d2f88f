/**
 * Follows one user unit and says when its main process comes and goes.
 * A death is judged from the signals of that very moment: the next start, 100 ms later, already resets `Result`.
 */
import { ok, type Result } from '../model/failure.js';
import type { UnitDeath } from '../model/cause.js';
import { busDaemon, type Bus } from './bus.js';
import type { Signal } from './bus-message.js';
import {
  awaitManager,
  callSystemd,
  subscribe,
  systemdManager,
  systemdName,
  systemdPath,
  userManager,
  type UserManager,
} from './manager.js';
import { isStopping, mergeUnit, restOf, unitPath, unknownUnit, type UnitRest, type UnitState } from './unit-state.js';

/** A main process that is up. */
export interface UnitUp {
  readonly mainPid: number;
  readonly invocationId: string;
}

/** What is told of a watched unit; how it was at the beginning is in `state()` alone. */
export interface UnitHandlers {
  /** The unit became active with a new main process. */
  onUp(up: UnitUp): void;
  /** That main process is gone; told 4-8 ms after a SIGKILL, once for each process that was up. */
  onDown(death: UnitDeath): void;
  /** The unit came to rest, and no automatic restart is on its way. */
  onRest(rest: UnitRest): void;
}

/** A watch on one unit, and the manager that runs it. */
export interface UnitWatch extends Omit<UserManager, 'start'> {
  state(): UnitState;
  /** Returns why the unit is at rest, or null. */
  rest(): UnitRest | null;
  /** Clears a reached start limit and queues the start of the watched unit. */
  start(): Promise<Result<void>>;
  stop(): void;
}

const properties = 'org.freedesktop.DBus.Properties';
// A failing unit with Restart= is `failed` for an instant before it is `activating (auto-restart)`: 1-2 ms, seconds under load.
const settleMs = 200;
// An answer that a signal overtook is thrown away and asked for again.
const resyncAttempts = 5;

/** Starts to watch a user unit, which need not exist yet; fails with `systemd-unavailable` or `bus-unavailable`. */
export async function watchUnit(bus: Bus, unit: string, handlers: UnitHandlers): Promise<Result<UnitWatch>> {
  const path = unitPath(unit);
  const manager = userManager(bus);
  let state = unknownUnit;
  /** The state as last judged. */
  let judged = unknownUnit;
  let up: UnitUp | null = null;
  let toldRest: UnitRest | null = null;
  let arrivals = 0;
  let settling: NodeJS.Timeout | null = null;
  let isWatching = false;

  const judge = () => {
    const before = judged;
    judged = state;
    const { mainPid, invocationId, result, execMainCode, execMainStatus } = state;
    if (up !== null && (mainPid !== up.mainPid || invocationId !== up.invocationId)) {
      const dead = up.mainPid;
      up = null;
      // A stop that is over within one report has its job in the state before only.
      const planned = isStopping(before) || isStopping(state);
      if (isWatching) handlers.onDown({ unit, mainPid: dead, planned, result, execMainCode, execMainStatus });
    }
    if (up === null && mainPid !== 0 && state.activeState === 'active') {
      up = { mainPid, invocationId };
      if (isWatching) handlers.onUp(up);
    }
    const rest = restOf(state);
    if (rest === null) toldRest = null;
    else if (rest !== toldRest && isWatching) settling ??= setTimeout(() => void settle(), settleMs);
  };

  const settle = async () => {
    await resync();
    settling = null;
    const rest = restOf(state);
    if (!isWatching || rest === null || rest === toldRest) return;
    toldRest = rest;
    handlers.onRest(rest);
  };

  const resync = async (): Promise<Result<void>> => {
    for (let attempt = 1; ; attempt += 1) {
      const seen = arrivals;
      // Unlike GetUnit it also works for an inactive unit.
      const loaded = await callSystemd(bus, systemdManager, 'LoadUnit', 's', [unit]);
      if (!loaded.ok) return loaded;
      let fresh = state;
      for (const part of ['Unit', 'Service']) {
        const target = { destination: systemdName, path, interface: properties };
        const all = await callSystemd(bus, target, 'GetAll', 's', [`${systemdName}.${part}`]);
        if (!all.ok) return all;
        fresh = mergeUnit(fresh, all.value[0] as Record<string, unknown>);
      }
      if (seen !== arrivals && attempt < resyncAttempts) continue;
      state = fresh;
      judge();
      return ok(undefined);
    }
  };

  const hear = (signal: Signal) => {
    if (signal.path === path && signal.interface === properties) {
      arrivals += 1;
      state = mergeUnit(state, signal.body[1] as Record<string, unknown>);
      // systemd sends the properties of the Service first, then those of the Unit: with these the picture is whole.
      if (signal.body[0] === `${systemdName}.Unit`) judge();
    } else if (signal.member === 'Reloading' && signal.path === systemdPath) {
      if (signal.body[0] === false) void resync();
    } else if (signal.member === 'NameOwnerChanged' && signal.body[0] === systemdName && signal.body[2] !== '') {
      // A manager that executed itself anew forgets nothing, a restarted one forgets its subscribers.
      void begin().then(resync);
    }
  };

  const begin = async (): Promise<Result<void>> => {
    const subscribed = await subscribe(bus);
    // Keeps systemd from forgetting how an inactive unit ended. It fails for a unit that does not exist (yet).
    await callSystemd(bus, systemdManager, 'RefUnit', 's', [unit]);
    return subscribed;
  };

  const rules = [
    `sender='${systemdName}',path='${path}',interface='${properties}',member='PropertiesChanged'`,
    `sender='${systemdName}',path='${systemdPath}',interface='${systemdManager.interface}',member='Reloading'`,
    `sender='${busDaemon.destination}',member='NameOwnerChanged',arg0='${systemdName}'`,
  ];
  const unsubscribe = bus.onSignal(hear);
  const open = async (): Promise<Result<void>> => {
    for (const rule of rules) {
      const added = await bus.addMatch(`type='signal',${rule}`);
      if (!added.ok) return added;
    }
    const present = await awaitManager(bus);
    if (!present.ok) return present;
    const begun = await begin();
    return begun.ok ? resync() : begun;
  };
  const opened = await open();
  if (!opened.ok) {
    unsubscribe();
    return opened;
  }
  toldRest = restOf(state);
  isWatching = true;
  return ok({
    ...manager,
    state: () => state,
    rest: () => restOf(state),
    start: () => manager.start(unit),
    stop() {
      isWatching = false;
      unsubscribe();
      if (settling !== null) clearTimeout(settling);
    },
  });
}
