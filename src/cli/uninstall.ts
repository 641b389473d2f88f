/**
 * `tmux-persist uninstall`: what install wrote goes, and nothing else. The one rule: the agent is disabled before it is stopped, so that it
 * takes its hooks out of the server; server and panes go on.
 */
import { lstat, rm, unlink } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fail, ok, type Result } from '../model/failure.js';
import { planFiles, scopeFileName } from '../model/install-plan.js';
import type { Context } from '../model/ports.js';
import { DEFAULT_UNITS, type UnitNames } from '../model/unit-names.js';
import { checkFolder } from '../store/folders.js';
import { openStore } from '../store/open-store.js';
import type { Bus } from '../systemd/bus.js';
import { disableUnits, loadedUnits, reloadUnits, runJob } from '../systemd/unit-files.js';
import { describeFailure, EXIT, exitCodeOf } from './failures.js';
import { hookReports } from './hooks.js';
import { carryOut, installFolders, namesIn, removeEmpty, stepsFor, type InstallFolders } from './install-files.js';
import { print, warn } from './output.js';
import { unitTemplates } from './unit-templates.js';
import { connectManager } from './user-manager.js';

/** The drop-ins of named servers, and the links of what is enabled. */
const SCOPE_FILES = /^10-tmux-persist@.+\.conf$/;
const LINKS = /^tmux-(persist|server)(@.+)?\.service$/;

/** Beside the hosts: what agents told our hooks. */
const HOOK_RECORDS = 'agents';

/** Uninstalls, says what went, and returns the exit code; with -L only the units of that server are turned off. */
export async function uninstall(context: Context, purge: boolean): Promise<number> {
  const folders = installFolders(process.env);
  const { units } = context;
  if (units === null) {
    const detail = `no unit is named after the socket '${context.socketPath}', so there is nothing to uninstall`;
    return refuse(fail({ reason: 'bad-environment', detail }));
  }
  if (!folders.ok) return refuse(folders);
  const state = units.instance === null ? dirname(context.stateFolder) : context.stateFolder;
  const clear = purge ? await checkPurge(state, units) : ok([]);
  if (!clear.ok) return refuse(clear);
  const bus = await connectManager();
  try {
    const done = await remove(folders.value, units, bus.ok ? bus.value : null);
    if (!done.ok) return refuse(done);
  } finally {
    if (bus.ok) bus.value.close();
  }
  if (purge) await purgeState(state, clear.value, units);
  else print(`what was saved is kept: ${state}`);
  await tellHooks(units);
  return EXIT.done;
}

function refuse(result: Result<never> & { ok: false }): number {
  warn(describeFailure(result.error));
  return exitCodeOf(result.error);
}

async function remove(folders: InstallFolders, units: UnitNames, bus: Bus | null): Promise<Result<void>> {
  const links = (await namesIn(folders.enabled)).filter((name) => LINKS.test(name));
  const loaded = bus === null ? ok([]) : await loadedUnits(bus, 'tmux-persist@*.service');
  if (!loaded.ok) return loaded;
  const own = [units.agent, units.server];
  const all = units.instance === null ? [...new Set([...own, ...links, ...loaded.value])] : own;
  const files = await ownFiles(folders, units);
  const steps = await stepsFor(folders, [], files);
  if (!steps.ok) return steps;
  if (bus !== null) {
    const disabled = await disableUnits(bus, all);
    if (!disabled.ok) return disabled;
    for (const unit of all.filter((name) => name.startsWith('tmux-persist'))) {
      const stopped = await runJob(bus, 'StopUnit', unit);
      if (stopped.ok) print(`turned off ${unit}`);
      // One that is not loaded does not run.
      else if (!describeFailure(stopped.error).includes('not loaded')) return stopped;
    }
  } else {
    for (const name of all) await unlinkLink(join(folders.enabled, name));
  }
  const removed = await carryOut(steps.value);
  if (!removed.ok) return removed;
  for (const { path } of steps.value) print(`removed ${path}`);
  const reloaded = bus === null ? ok(undefined) : await reloadUnits(bus);
  for (const folder of [join(folders.units, 'tmux-spawn-.scope.d'), folders.services, folders.enabled])
    await removeEmpty(folder, folders.home);
  return reloaded;
}

/** What may be ours there; whether it is, its first line says. */
async function ownFiles(folders: InstallFolders, units: UnitNames) {
  if (units.instance !== null) return [{ folder: 'units' as const, name: scopeFileName(units) }];
  const drops = (await namesIn(join(folders.units, 'tmux-spawn-.scope.d'))).filter((name) => SCOPE_FILES.test(name));
  const planned = planFiles(unitTemplates(), { node: '/', bundle: '/', tmux: '/' }, null);
  return [...planned, ...drops.map((name) => ({ folder: 'units' as const, name: `tmux-spawn-.scope.d/${name}` }))];
}

async function unlinkLink(path: string): Promise<void> {
  const stats = await lstat(path).catch(() => null);
  if (stats?.isSymbolicLink() === true) await unlink(path);
}

/** Returns the sockets whose state would go; fails where it is not ours alone, or somebody is still at work there. */
async function checkPurge(state: string, units: UnitNames): Promise<Result<readonly string[]>> {
  const there = await checkFolder(state);
  if (!there.ok) return there;
  const sockets = units.instance === null ? await namesIn(state) : [''];
  for (const socket of sockets) {
    const store = await openStore(join(state, socket), { create: false });
    const agent = store.ok ? await store.value.readAgent() : null;
    if (agent !== null && !agent.onBus) return fail({ reason: 'agent-running', pid: agent.pid });
  }
  return ok(sockets.filter((name) => name !== 'machine-id'));
}

async function purgeState(state: string, sockets: readonly string[], units: UnitNames): Promise<void> {
  await rm(state, { recursive: true, force: true });
  const what = units.instance ?? (sockets.length === 0 ? 'nothing was saved' : sockets.join(', '));
  print(`removed ${state} (${what})`);
  const root = units.instance === null ? dirname(state) : dirname(dirname(state));
  const left = await namesIn(root);
  if (units.instance === null && left.length === 1 && left[0] === HOOK_RECORDS)
    await rm(join(root, HOOK_RECORDS), { recursive: true, force: true });
  await removeEmpty(root, process.env['HOME'] ?? homedir());
}

/** The settings of coding agents were changed by another command, which takes it back. */
async function tellHooks({ instance }: UnitNames): Promise<void> {
  if (instance !== DEFAULT_UNITS.instance) return;
  const reports = await hookReports({ home: process.env['HOME'] ?? homedir(), env: process.env });
  const left = reports.filter(({ state }) => state === 'installed' || state === 'outdated' || state === 'disabled');
  if (left.length === 0) return;
  warn(
    `the hooks of ${left.map(({ tool }) => tool).join(', ')} are still there; 'tmux-persist hooks remove' takes them out`,
  );
}
