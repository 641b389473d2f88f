/**
 * What an install asks of the user manager: where unit files lie, which of them start by themselves, and to run jobs to their end.
 */
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fail, ok, type Result } from '../model/failure.js';
import type { Bus } from './bus.js';
import { callSystemd, subscribe, systemdManager, systemdName, systemdPath } from './manager.js';
import { readManager, textsOf } from './unit-facts.js';

/** Reading all units anew takes a manager with generators and a busy disk some seconds, in ms. */
const RELOAD_WITHIN_MS = 60_000;

/** A stop that needs all of its timeout, and a start after it, in ms. */
const JOB_WITHIN_MS = 90_000;

/** What is done to a unit. */
export type UnitVerb = 'StartUnit' | 'RestartUnit' | 'StopUnit';

/** Returns the folders in which the manager looks for units, the first one wins (systemd.unit(5)); those that don't exist among them. */
export async function unitFolders(bus: Bus): Promise<Result<readonly string[]>> {
  const manager = await readManager(bus);
  return manager.ok ? ok(textsOf(manager.value, 'UnitPath')) : manager;
}

/** Returns the file that a unit's file hides from systemd, which is the next one of its name in these folders; null when there is none. */
export function hiddenFile(path: string, folders: readonly string[]): string | null {
  const at = folders.indexOf(dirname(path));
  const later = at < 0 ? [] : folders.slice(at + 1);
  return later.map((folder) => join(folder, basename(path))).find((file) => existsSync(file)) ?? null;
}

/** Has the manager read its unit files anew. */
export async function reloadUnits(bus: Bus): Promise<Result<void>> {
  const reloaded = await callSystemd(bus, systemdManager, 'Reload', '', [], RELOAD_WITHIN_MS);
  return reloaded.ok ? ok(undefined) : reloaded;
}

/** Has units start by themselves from now on; links of the same names to files that are elsewhere are replaced. */
export async function enableUnits(bus: Bus, units: readonly string[]): Promise<Result<void>> {
  const enabled = await callSystemd(bus, systemdManager, 'EnableUnitFiles', 'asbb', [units, false, true]);
  return enabled.ok ? reloadUnits(bus) : enabled;
}

/** Has units start by themselves no more; those that are not there, or never did, are none. */
export async function disableUnits(bus: Bus, units: readonly string[]): Promise<Result<void>> {
  for (const unit of units) {
    const disabled = await bus.call(systemdManager, 'DisableUnitFiles', 'asb', [[unit], false]);
    if (disabled.ok || (disabled.error.reason === 'agent-error' && /\.NoSuchUnit$/.test(disabled.error.name))) continue;
    return disabled.error.reason === 'agent-error'
      ? fail({ reason: 'systemd-unavailable', detail: `disabling ${unit}: ${disabled.error.detail}` })
      : disabled;
  }
  return reloadUnits(bus);
}

/** Returns the names of the units that are loaded and match a glob. */
export async function loadedUnits(bus: Bus, glob: string): Promise<Result<readonly string[]>> {
  const listed = await callSystemd(bus, systemdManager, 'ListUnitsByPatterns', 'asas', [[], [glob]]);
  if (!listed.ok) return listed;
  const rows = listed.value[0] as readonly (readonly unknown[])[];
  return ok(rows.map(([name]) => String(name)));
}

/** Runs a job and returns when it is done; fails when the unit did not get there. */
export async function runJob(bus: Bus, verb: UnitVerb, unit: string): Promise<Result<void>> {
  if (verb !== 'StopUnit') await callSystemd(bus, systemdManager, 'ResetFailedUnit', 's', [unit]);
  return awaitJob(bus, unit, () => callSystemd(bus, systemdManager, verb, 'ss', [unit, 'replace']));
}

/** Asks for a job and returns when it is done; `ask` must give the reply that carries the path of the job. */
export async function awaitJob(
  bus: Bus,
  unit: string,
  ask: () => Promise<Result<readonly unknown[]>>,
): Promise<Result<void>> {
  const rule = `type='signal',sender='${systemdName}',path='${systemdPath}',member='JobRemoved',arg2='${unit}'`;
  const added = await bus.addMatch(rule);
  const subscribed = added.ok ? await subscribe(bus) : added;
  if (!subscribed.ok) return subscribed;
  const ended = new Map<unknown, string>();
  let told = (): void => undefined;
  const stop = bus.onSignal(({ member, body }) => {
    if (member !== 'JobRemoved') return;
    ended.set(body[1], String(body[3]));
    told();
  });
  try {
    const asked = await ask();
    if (!asked.ok) return asked;
    const [job] = asked.value;
    const deadline = performance.now() + JOB_WITHIN_MS;
    while (!ended.has(job)) {
      if (performance.now() > deadline) return refused(unit, 'timeout');
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 1000);
        told = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    const result = ended.get(job) ?? '';
    return result === 'done' || result === 'skipped' ? ok(undefined) : refused(unit, result);
  } finally {
    stop();
  }
}

const refused = (unit: string, result: string): Result<never> =>
  fail({ reason: 'systemd-unavailable', detail: `${unit}: ${result}; 'journalctl --user -u ${unit}' says more` });
