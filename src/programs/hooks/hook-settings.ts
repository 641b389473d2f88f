/**
 * The hooks in an agent's settings: ours are put in and taken out, everybody else's stay as they are. Pure over the parsed file; what a
 * tool's file looks like is data in hook-settings-TOOL.ts.
 */
import { fail, ok, type Result } from '../../model/failure.js';
import { hookPaths } from './hook-command.js';
import { isJsonObject, type Json, type JsonObject } from './json-text.js';

/** Where a tool keeps its settings. */
export interface Surroundings {
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What is known of a tool's hooks. */
export interface HookTool {
  /** Its family's kind, and the last word of the command. */
  readonly kind: string;
  /** What it is found by in PATH. */
  readonly binaries: readonly string[];
  /** Returns its own folder: where there is one, the tool is in use. */
  readonly folder: (around: Surroundings) => string;
  /** The settings file below that folder. */
  readonly file: string;
  /** The events that tell which conversation a process holds. */
  readonly events: readonly string[];
  /** Returns the hook itself, for a command. */
  readonly handler: (command: string) => JsonObject;
  /** Whether an event has groups, each with a list of hooks, or the hooks themselves. */
  readonly isGrouped: boolean;
  /** What a settings file needs beside the hooks. */
  readonly frame: JsonObject;
  /** Returns the setting that switches all hooks off, or null. */
  readonly disabledBy: (settings: JsonObject) => string | null;
  /** What is left to the user, or null. */
  readonly advice: string | null;
}

/** How a file stands to our hooks: all there, there with another command or for other events, or not there. */
export type Installed = 'installed' | 'outdated' | 'absent';

/** Returns the settings with our hooks, and no others of ours; fails with what is not of the form that the tool documents. */
export function withHooks(settings: JsonObject, tool: HookTool, command: string): Result<JsonObject, string> {
  if (stateOfHooks(settings, tool, command) === 'installed') return ok(settings);
  const bare = strip(settings, tool, command, new Set(tool.events));
  if (!bare.ok) return bare;
  const hooks: Record<string, Json> = { ...objectOr(bare.value['hooks']) };
  for (const event of tool.events) {
    const entries = Object.hasOwn(hooks, event) ? hooks[event] : [];
    if (!Array.isArray(entries)) return fail(`its hooks.${event} is no list`);
    const handler = tool.handler(command);
    hooks[event] = [...(entries as readonly Json[]), tool.isGrouped ? { hooks: [handler] } : handler];
  }
  const isFramed = Object.keys(tool.frame).every((name) => Object.hasOwn(bare.value, name));
  return ok({ ...(isFramed ? {} : tool.frame), ...bare.value, hooks });
}

/** Returns the settings without our hooks and what held nothing else; null when nothing of the file is left. */
export function withoutHooks(settings: JsonObject, tool: HookTool, command: string): Result<JsonObject | null, string> {
  const bare = strip(settings, tool, command, new Set());
  if (!bare.ok) return bare;
  const isEmpty = Object.keys(bare.value).every((name) => bare.value[name] === tool.frame[name]);
  return ok(isEmpty && bare.value !== settings ? null : bare.value);
}

/** Returns how settings stand to our hooks. */
export function stateOfHooks(settings: JsonObject, tool: HookTool, command: string): Installed {
  const hooks = objectOr(settings['hooks']);
  const wanted = JSON.stringify(tool.handler(command));
  let isExact = true;
  let count = 0;
  for (const [event, entries] of Object.entries(hooks)) {
    const groups = (Array.isArray(entries) ? entries : []) as readonly Json[];
    const own = groups.flatMap((group) => {
      const isEverywhere =
        !isJsonObject(group) || ['', '*', undefined].includes(group['matcher'] as string | undefined);
      return handlersOf(group, tool)
        .filter((handler) => isOwn(handler, tool, command))
        .map((handler) => isEverywhere && JSON.stringify(handler) === wanted);
    });
    count += own.length;
    if (own.includes(false) || own.length !== (tool.events.includes(event) ? 1 : 0)) isExact = false;
  }
  if (count === 0) return 'absent';
  return isExact && count === tool.events.length ? 'installed' : 'outdated';
}

/** Returns the commands of ours that settings hold. */
export function hookCommandsIn(settings: JsonObject, tool: HookTool): readonly string[] {
  return Object.values(objectOr(settings['hooks']))
    .flatMap((entries) =>
      ((Array.isArray(entries) ? entries : []) as readonly Json[]).flatMap((group) => handlersOf(group, tool)),
    )
    .map(commandOf)
    .filter((command): command is string => command !== null && hookPaths(command, tool.kind) !== null);
}

/** Takes our hooks out, and each group, event and the whole part that is empty through that; events that are to be filled again stay. */
function strip(
  settings: JsonObject,
  tool: HookTool,
  command: string,
  kept: ReadonlySet<string>,
): Result<JsonObject, string> {
  const hooks = settings['hooks'];
  if (hooks === undefined) return ok(settings);
  if (!isJsonObject(hooks)) return fail('its hooks are no object');
  if (stateOfHooks(settings, tool, command) === 'absent') return ok(settings);
  const stripped = Object.entries(hooks).flatMap(([event, entries]): [string, Json][] => {
    if (!Array.isArray(entries)) return [[event, entries]];
    const left = (entries as readonly Json[]).flatMap((group) => withoutOwn(group, tool, command));
    return left.length === 0 && entries.length > 0 && !kept.has(event) ? [] : [[event, left]];
  });
  const { hooks: _, ...rest } = settings;
  if (stripped.length === 0) return ok(kept.size > 0 ? { ...settings, hooks: {} } : rest);
  return ok({ ...settings, hooks: Object.fromEntries(stripped) });
}

function withoutOwn(group: Json, tool: HookTool, command: string): Json[] {
  const own = handlersOf(group, tool).filter((handler) => isOwn(handler, tool, command));
  if (own.length === 0 || !isJsonObject(group)) return [group];
  if (!tool.isGrouped) return [];
  const hooks = (group['hooks'] as readonly Json[]).filter((handler) => !own.includes(handler));
  return hooks.length === 0 ? [] : [{ ...group, hooks }];
}

function handlersOf(group: Json, tool: HookTool): readonly Json[] {
  if (!isJsonObject(group)) return [];
  if (!tool.isGrouped) return [group];
  const hooks = group['hooks'];
  return Array.isArray(hooks) ? (hooks as readonly Json[]) : [];
}

function isOwn(handler: Json, tool: HookTool, command: string): boolean {
  const found = commandOf(handler);
  return found !== null && (found === command || hookPaths(found, tool.kind) !== null);
}

function commandOf(handler: Json): string | null {
  if (!isJsonObject(handler)) return null;
  const command = handler['command'] ?? handler['bash'];
  return typeof command === 'string' ? command : null;
}

const objectOr = (value: Json | undefined): JsonObject => (isJsonObject(value) ? value : {});
