/**
 * `tmux-persist install`: the units of one user, with the absolute paths of what runs them. The one rule: everything that could refuse is
 * asked before the first file is written.
 */
import { realpathSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fail, ok, type Result } from '../model/failure.js';
import {
  argument,
  planFiles,
  scopeFile,
  unusablePath,
  type InstalledPrograms,
  type PlannedFile,
} from '../model/install-plan.js';
import type { Context } from '../model/ports.js';
import { isAtLeast } from '../model/tmux-version.js';
import { DEFAULT_UNITS, serviceName, type UnitNames } from '../model/unit-names.js';
import type { Bus } from '../systemd/bus.js';
import { enableUnits, reloadUnits, unitFolders } from '../systemd/unit-files.js';
import { programVersion } from '../tmux/program-version.js';
import { describeFailure, EXIT, exitCodeOf } from './failures.js';
import {
  carryOut,
  checkOverrides,
  installFolders,
  stepsFor,
  type FileStep,
  type InstallFolders,
} from './install-files.js';
import { startInstalled, type TakeOver } from './install-start.js';
import { print, warn } from './output.js';
import { unitTemplates } from './unit-templates.js';
import { connectManager } from './user-manager.js';

/** What was asked for. */
export interface InstallOrder {
  readonly now: boolean;
  /** Without it the files are written, and nothing else is done. */
  readonly enable: boolean;
  /** A unit of the user's own that runs the tmux server; null keeps what an earlier install was told. */
  readonly serverUnit: string | null;
}

interface Prepared {
  readonly units: UnitNames;
  readonly steps: readonly FileStep[];
  /** Where units of a package for this very program lie; null when there are none. */
  readonly packaged: string | null;
}

/** Installs, says what it did, and returns the exit code. */
export async function install(context: Context, order: InstallOrder, takeOver: TakeOver): Promise<number> {
  const bus = await connectManager();
  if (!bus.ok && (order.enable || order.now)) return refuse(bus);
  try {
    return await installWith(context, order, bus.ok ? bus.value : null, takeOver);
  } finally {
    if (bus.ok) bus.value.close();
  }
}

async function installWith(
  context: Context,
  order: InstallOrder,
  bus: Bus | null,
  takeOver: TakeOver,
): Promise<number> {
  const prepared = await prepare(context, order, bus);
  if (!prepared.ok) return refuse(prepared);
  const { steps, packaged, units } = prepared.value;
  const written = await carryOut(steps);
  if (!written.ok) return refuse(written);
  for (const { path, change } of steps) print(`${WORDS[change]} ${path}`);
  if (packaged !== null) print(`the units of the package are used: ${packaged}`);
  if (bus === null) return EXIT.done;
  const reloaded = await reloadUnits(bus);
  if (!reloaded.ok) return refuse(reloaded);
  if (!order.enable) return EXIT.done;
  const isOurs = units.server === (context.units?.server ?? units.server);
  const enabled = await enableUnits(bus, [units.agent, ...(isOurs ? [units.server] : [])]);
  if (!enabled.ok) return refuse(enabled);
  print(`enabled ${units.agent}${isOurs ? ` and ${units.server}` : `, beside ${units.server}`}`);
  if (order.now) return startInstalled(context, bus, units, takeOver);
  print(`'systemctl --user start ${units.agent}' starts it now; the next start of your user manager does as well`);
  return EXIT.done;
}

const WORDS = { new: 'wrote', changed: 'changed', same: 'left as it is', removed: 'removed' } as const;

function refuse(result: Result<never> & { ok: false }): number {
  warn(describeFailure(result.error));
  return exitCodeOf(result.error);
}

async function prepare(context: Context, order: InstallOrder, bus: Bus | null): Promise<Result<Prepared>> {
  const programs = await findPrograms(context);
  if (!programs.ok) return programs;
  const folders = installFolders(process.env);
  if (!folders.ok) return folders;
  const { units } = context;
  if (units === null)
    return unfit(
      `no unit can be named after the socket '${context.socketPath}': for tmux -L, with a name of letters, digits, - and _`,
    );
  const server = await chooseServer(order, units, folders.value, bus);
  if (!server.ok) return server;
  const read = bus === null ? ok([]) : await unitFolders(bus);
  if (!read.ok) return read;
  const packaged = server.value === null ? await findPackage(read.value, folders.value, programs.value.bundle) : null;
  const templates = unitTemplates();
  const all = planFiles(templates, programs.value, null);
  const wanted = packaged === null ? planFiles(templates, programs.value, server.value) : [];
  if (bus !== null && packaged === null) {
    const names = wanted.flatMap(({ folder, name }) => (folder === 'units' && !name.includes('/') ? [name] : []));
    const clear = await checkOverrides(read.value, folders.value.units, names);
    if (!clear.ok) return clear;
  }
  const own = units.instance === null ? [] : [scopeFile(templates, units)];
  const isWanted = ({ name }: Pick<PlannedFile, 'name'>): boolean => wanted.some((file) => file.name === name);
  const steps = await stepsFor(
    folders.value,
    [...wanted, ...own],
    all.filter((file) => !isWanted(file)),
  );
  if (!steps.ok) return steps;
  const named = units.instance === null && server.value !== null ? { ...units, server: server.value } : units;
  return ok({ units: named, steps: steps.value, packaged });
}

const unfit = (detail: string): Result<never> => fail({ reason: 'bad-environment', detail });

async function findPrograms(context: Context): Promise<Result<InstalledPrograms>> {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 12))
    return fail({ reason: 'node-too-old', version: process.versions.node });
  const version = await programVersion(context.tmux);
  if (!version.ok) return version;
  if (!isAtLeast(version.value, 3, 2)) return fail({ reason: 'tmux-too-old', version: version.value });
  const programs = {
    node: process.execPath,
    bundle: realpathSync(process.argv[1] ?? ''),
    tmux: resolve(context.tmux),
  };
  for (const path of Object.values(programs)) {
    const problem = unusablePath(path);
    if (problem !== null) return unfit(`'${path}' can not stand in a unit: ${problem}`);
  }
  return ok(programs);
}

/** Returns the user's own unit of the default server, or null for ours. What was said once is kept until something else is said. */
async function chooseServer(
  { serverUnit }: InstallOrder,
  units: UnitNames,
  folders: InstallFolders,
  bus: Bus | null,
): Promise<Result<string | null>> {
  if (serverUnit === null) {
    const text = await readFile(join(folders.units, DEFAULT_UNITS.agent), 'utf8').catch(() => '');
    const told = /^ExecStart=.* --server-unit "([^"]+)"$/m.exec(text)?.[1];
    return ok(told === undefined ? null : told.replaceAll('\\\\', '\\'));
  }
  if (units.instance !== null)
    return unfit('--server-unit is for the default socket: a named server runs in its own unit');
  const name = serviceName(serverUnit);
  if (name === null) return unfit(`'${serverUnit}' is no name of a service`);
  if (name === DEFAULT_UNITS.server) return ok(null);
  if (bus === null) return ok(name);
  const { readUnit, textOf } = await import('../systemd/unit-facts.js');
  const found = await readUnit(bus, name);
  if (!found.ok) return found;
  const state = textOf(found.value, 'LoadState');
  return state === 'loaded'
    ? ok(name)
    : unfit(`there is no unit ${name} (${state}); write it first, then install again`);
}

/** Returns the folder that holds units of a package which run this very bundle, or null. */
async function findPackage(read: readonly string[], { units }: InstallFolders, bundle: string): Promise<string | null> {
  for (const folder of read.slice(read.indexOf(units) + 1)) {
    const text = await readFile(join(folder, DEFAULT_UNITS.agent), 'utf8').catch(() => '');
    if (text.split('\n').some((line) => line.startsWith('ExecStart=') && line.includes(argument(bundle))))
      return folder;
  }
  return null;
}
