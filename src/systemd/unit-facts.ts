/**
 * What systemd says of units at this moment, for whoever only wants to know. Nothing here changes or follows a unit; a unit that is not
 * loaded is loaded by the question.
 */
import { ok, type Result } from '../model/failure.js';
import type { UnitFacts } from '../model/doctor-systemd.js';
import { serverUnitIn, type UnitNames } from '../model/unit-names.js';
import type { Bus } from './bus.js';
import { callSystemd, systemdManager, systemdName, systemdPath } from './manager.js';
import { unitPath } from './unit-state.js';

/** Properties as systemd names them (org.freedesktop.systemd1(5)). */
export type Properties = Readonly<Record<string, unknown>>;

/** Returns the properties of an interface of an object, such as `Unit` or `Service`. */
export async function readProperties(bus: Bus, path: string, name: string): Promise<Result<Properties>> {
  const target = { ...systemdManager, path, interface: 'org.freedesktop.DBus.Properties' };
  const reply = await callSystemd(bus, target, 'GetAll', 's', [`${systemdName}.${name}`]);
  return reply.ok ? ok(reply.value[0] as Properties) : reply;
}

/** Returns the properties of systemd itself. */
export const readManager = (bus: Bus): Promise<Result<Properties>> => readProperties(bus, systemdPath, 'Manager');

/** Returns the properties of a unit of one kind, which is its suffix: those of Unit and those of Service, Scope or Slice. */
export async function readUnit(bus: Bus, unit: string): Promise<Result<Properties>> {
  const suffix = unit.slice(unit.lastIndexOf('.') + 1);
  const general = await readProperties(bus, unitPath(unit), 'Unit');
  if (!general.ok) return general;
  const special = await readProperties(bus, unitPath(unit), suffix.charAt(0).toUpperCase() + suffix.slice(1));
  return special.ok ? ok({ ...special.value, ...general.value }) : special;
}

/** Returns a property that is a text; empty when it is none. */
export function textOf(properties: Properties, name: string): string {
  const value = properties[name];
  return typeof value === 'string' ? value : '';
}

/** Returns the texts of a property that is a list of them. */
export function textsOf(properties: Properties, name: string): readonly string[] {
  const value = properties[name];
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
}

/** Returns the facts of a service out of its properties. */
export const unitFactsOf = (name: string, properties: Properties): Omit<UnitFacts, 'hides'> => ({
  name,
  loadState: textOf(properties, 'LoadState'),
  activeState: textOf(properties, 'ActiveState'),
  fileState: textOf(properties, 'UnitFileState'),
  needsReload: properties['NeedDaemonReload'] === true,
  paths: [...commandPaths(properties['ExecStart']), ...textsOf(properties, 'Environment').flatMap(tmuxPath)],
});

/** Returns the unit that runs the tmux server of these units: the one that the agent's command line names, else ours. */
export async function serverUnitOf(bus: Bus, units: UnitNames): Promise<string> {
  const agent = await readUnit(bus, units.agent);
  const argv = agent.ok ? commandsOf(agent.value['ExecStart']).flatMap((command) => command.argv) : [];
  return serverUnitIn(argv) ?? units.server;
}

/** The programs, among them the one that a shell is told to run, and the scripts; a shell script's own paths are its business. */
const commandPaths = (commands: unknown): readonly string[] =>
  commandsOf(commands).flatMap(({ path, argv }) => {
    const isShell = path === '/bin/sh';
    const given = argv.slice(isShell ? 3 : 1).filter((word) => (isShell ? /^\// : /^\/.*\.js$/).test(word));
    return [path, ...given];
  });

/** An Exec property is a list of commands: the path, the arguments, and how the last run went. */
function commandsOf(commands: unknown): readonly { readonly path: string; readonly argv: readonly string[] }[] {
  if (!Array.isArray(commands)) return [];
  return commands.flatMap((command: unknown) => {
    const [path, argv] = Array.isArray(command) ? (command as readonly unknown[]) : [];
    if (typeof path !== 'string') return [];
    return [{ path, argv: Array.isArray(argv) ? argv.filter((word): word is string => typeof word === 'string') : [] }];
  });
}

const tmuxPath = (assignment: string): readonly string[] => {
  const [, path] = /^TMUX_PERSIST_TMUX=(\/.*)$/s.exec(assignment) ?? [];
  return path === undefined ? [] : [path];
};
