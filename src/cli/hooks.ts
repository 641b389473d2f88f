/**
 * `tmux-persist hooks`: lets agents say themselves which conversation they hold. Their settings are changed only here, only when asked, and by
 * our entries alone; a file that can't be kept as it is otherwise is left alone and named.
 */
import { existsSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fail, ok, type Result } from '../model/failure.js';
import { displayText } from '../model/text.js';
import { hookCommand, hookPaths } from '../programs/hooks/hook-command.js';
import {
  hookCommandsIn,
  stateOfHooks,
  withHooks,
  withoutHooks,
  type HookTool,
  type Surroundings,
} from '../programs/hooks/hook-settings.js';
import { HOOK_TOOLS } from '../programs/hooks/hook-tools.js';
import {
  NEW_STYLE,
  readJsonText,
  writeJsonText,
  type JsonObject,
  type JsonStyle,
} from '../programs/hooks/json-text.js';
import { readSettings, replaceSettings, type SettingsFile, type SettingsRefusal } from '../store/settings-file.js';
import { isExecutable } from './context.js';
import { EXIT } from './failures.js';
import { columns, print, printJson, styled, warn } from './output.js';

/** What is to be done with the hooks. */
export type HookAction = 'install' | 'remove' | 'status';

/** How a tool stands, or what was done for it. */
export interface HookReport {
  readonly tool: string;
  readonly path: string;
  readonly state: 'installed' | 'not-installed' | 'outdated' | 'disabled' | 'not-found' | 'refused';
  /** Whether this run changed the file. */
  readonly changed: boolean;
  readonly detail: string | null;
}

interface Opened {
  readonly file: SettingsFile;
  readonly settings: JsonObject;
  readonly style: JsonStyle;
}

/** A file may be written by its own program while we do; as often as this it is read again. */
const ATTEMPTS = 3;

/** Runs an action for the named tools, or for those that are found; returns the exit code. */
export async function hooks(action: HookAction, names: readonly string[], json: boolean): Promise<number> {
  const around: Surroundings = { home: process.env['HOME'] ?? homedir(), env: process.env };
  if (!around.home.startsWith('/')) {
    warn('HOME is no absolute path');
    return EXIT.usage;
  }
  const { reports, codes } = await forTools(action, names, around);
  if (json) printJson(reports);
  else tell(action, reports);
  const [code] = codes;
  if (action === 'status' || code === undefined) return EXIT.done;
  return codes.length < reports.filter(({ state }) => state !== 'not-found').length ? EXIT.inPart : code;
}

/** Returns how the tools that are found stand; changes nothing. */
export const hookReports = async (around: Surroundings): Promise<readonly HookReport[]> =>
  (await forTools('status', [], around)).reports;

async function forTools(
  action: HookAction,
  names: readonly string[],
  around: Surroundings,
): Promise<{ readonly reports: readonly HookReport[]; readonly codes: readonly number[] }> {
  const reports: HookReport[] = [];
  const codes: number[] = [];
  for (const tool of HOOK_TOOLS.filter(({ kind }) => names.length === 0 || names.includes(kind))) {
    const path = join(tool.folder(around), tool.file);
    if (names.length === 0 && !isFound(tool, around)) {
      reports.push({ tool: tool.kind, path, state: 'not-found', changed: false, detail: null });
      continue;
    }
    const done = await act(action, tool, path);
    if (!done.ok) codes.push(done.error.kind === 'foreign' ? EXIT.refused : EXIT.state);
    reports.push(
      done.ok ? done.value : { tool: tool.kind, path, state: 'refused', changed: false, detail: done.error.detail },
    );
  }
  return { reports, codes };
}

/** Returns the command that is to stand in settings now: what runs this program, by absolute paths. */
const ownCommand = (tool: HookTool): string =>
  hookCommand(process.execPath, realpathSync(process.argv[1] ?? ''), tool.kind);

async function act(action: HookAction, tool: HookTool, path: string): Promise<Result<HookReport, SettingsRefusal>> {
  const command = ownCommand(tool);
  for (let attempt = 1; ; attempt += 1) {
    const opened = await openSettings(path);
    if (!opened.ok) return opened;
    const { file, settings, style } = opened.value;
    if (action === 'status') return ok(report(tool, path, settings, command, false));
    const next = action === 'install' ? withHooks(settings, tool, command) : withoutHooks(settings, tool, command);
    if (!next.ok) return fail({ kind: 'unusable', detail: next.error });
    if (next.value === settings) return ok(report(tool, path, settings, command, false));
    // A file that a link leads to is not ours to remove.
    const left = next.value ?? (file.isLink ? {} : null);
    const replaced = await replaceSettings(file, left === null ? null : writeJsonText(left, style));
    if (replaced.ok) return ok(report(tool, path, left ?? {}, command, true));
    if (replaced.error.kind !== 'changed' || attempt === ATTEMPTS) return replaced;
  }
}

async function openSettings(path: string): Promise<Result<Opened, SettingsRefusal>> {
  const file = await readSettings(path);
  if (!file.ok) return file;
  const parsed = file.value.text === null ? ok({ value: {}, style: NEW_STYLE }) : readJsonText(file.value.text);
  if (!parsed.ok) return fail({ kind: 'unusable', detail: parsed.error });
  return ok({ file: file.value, settings: parsed.value.value, style: parsed.value.style });
}

function report(tool: HookTool, path: string, settings: JsonObject, command: string, changed: boolean): HookReport {
  const base = { tool: tool.kind, path, changed };
  const state = stateOfHooks(settings, tool, command);
  if (state === 'absent') return { ...base, state: 'not-installed', detail: null };
  const switchedOff = tool.disabledBy(settings);
  if (switchedOff !== null) return { ...base, state: 'disabled', detail: `all hooks are off by ${switchedOff}` };
  if (state === 'installed') return { ...base, state, detail: tool.advice };
  const gone = hookCommandsIn(settings, tool)
    .flatMap((found) => hookPaths(found, tool.kind) ?? [])
    .find((word) => word.startsWith('/') && !existsSync(word));
  return { ...base, state, detail: gone === undefined ? 'it is for another copy or version' : `'${gone}' is gone` };
}

/** Returns whether a tool is here: its program, or the folder that it keeps its settings in. */
function isFound(tool: HookTool, around: Surroundings): boolean {
  if (existsSync(tool.folder(around))) return true;
  const folders = (around.env['PATH'] ?? '').split(':').filter((folder) => folder.startsWith('/'));
  return tool.binaries.some((name) => folders.some((folder) => isExecutable(join(folder, name))));
}

const STATE_WORDS: Readonly<Record<HookReport['state'], string>> = {
  installed: 'installed',
  'not-installed': 'not installed',
  outdated: 'outdated',
  disabled: 'disabled',
  'not-found': 'not found',
  refused: 'refused',
};

function tell(action: HookAction, reports: readonly HookReport[]): void {
  const lines = columns(reports.filter(({ state }) => state !== 'refused').map((row) => cells(action, row)));
  for (const line of lines) print(line);
  for (const { tool, path, detail } of reports.filter(({ state }) => state === 'refused'))
    warn(displayText(`${tool}: '${path}' is left as it is: ${detail ?? ''}`));
  if (action === 'install' && reports.every(({ state }) => state === 'not-found'))
    warn("none of them is here; name one to install its hooks all the same, as in 'tmux-persist hooks install claude'");
  if (action === 'install' && reports.some(({ changed }) => changed))
    print(styled('dim', 'agents that run already may know of it only after their next start'));
  if (action === 'status' && reports.some(({ state }) => state === 'outdated' || state === 'not-installed'))
    print(styled('dim', 'tmux-persist hooks install'));
}

function cells(action: HookAction, { tool, path, state, changed, detail }: HookReport): string[] {
  const unchanged = action === 'install' ? 'was installed' : 'was not installed';
  const done = action === 'install' ? 'installed' : 'removed';
  const word = changed
    ? done
    : action !== 'status' && state !== 'not-found' && state !== 'disabled'
      ? unchanged
      : STATE_WORDS[state];
  const place = state === 'not-found' ? '' : displayText(path);
  return [tool, word, detail === null ? place : `${place} (${displayText(detail)})`].filter((cell) => cell !== '');
}
