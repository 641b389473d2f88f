/**
 * All program families, in the order in which they are asked: what two of them would recognise belongs to the first.
 */
import { aider } from './agents/aider.js';
import { amp } from './agents/amp.js';
import { claude } from './claude/claude.js';
import { codex } from './agents/codex.js';
import { containers } from './plain/containers.js';
import { copilot } from './agents/copilot.js';
import { crush } from './agents/crush.js';
import { cursor } from './agents/cursor.js';
import { editors } from './plain/editors.js';
import type { Command, Family } from './family.js';
import { gemini } from './agents/gemini.js';
import { goose } from './agents/goose.js';
import { listedFamily } from './plain/listed.js';
import { monitors } from './plain/monitors.js';
import { opencode } from './agents/opencode.js';
import { otherUsers } from './plain/other-users.js';
import { pagers } from './plain/pagers.js';
import { qwen } from './agents/qwen.js';
import { remote } from './plain/remote.js';
import { repls } from './plain/repls.js';
import { watch } from './plain/watch.js';
import type { ProgramChoice } from '../model/program-choices.js';
import { displayText, type Text } from '../model/text.js';
import type { ProcessInfo } from './process-view.js';

/** The families with conversations. */
export const AGENTS: readonly Family[] = [
  ...[claude, codex, gemini, qwen, copilot, opencode, crush, goose, cursor, amp, aider],
];

/** The families of programs that simply start again. */
export const PLAIN: readonly Family[] = [
  ...[editors, pagers, monitors, ...remote, repls, watch, containers, otherUsers],
];

let latest: { readonly choices: string; readonly families: readonly Family[] } | null = null;

/** Returns all families; the programs that their user listed come last. The same choices give the very same list. */
export function familiesFor(choices: readonly ProgramChoice[]): readonly Family[] {
  const key = JSON.stringify(choices);
  if (latest?.choices !== key) latest = { choices: key, families: [...AGENTS, ...PLAIN, listedFamily(choices)] };
  return latest.families;
}

/** A command line and the family that it is one of. */
export interface Recognised {
  readonly family: Family;
  readonly command: Command;
}

/** Returns the family of a command line, or null when none knows it. */
export function recognise(
  argv: readonly Text[],
  exe: () => Text | null,
  families: readonly Family[],
): Recognised | null {
  if (argv.length === 0) return null;
  for (const family of families) {
    const command = family.recognise(argv, exe());
    if (command !== null) return { family, command };
  }
  return null;
}

/** The processes that no family of a list knows; most of those of a look were there in the last one. */
const strangers = new WeakMap<readonly Family[], Set<string>>();
/** Processes come and go. */
const STRANGER_LIMIT = 10_000;

/** Returns the family of a process, or null when none knows it. One that shows the same words as before is not asked about again. */
export function recogniseProcess(info: ProcessInfo, families: readonly Family[]): Recognised | null {
  const known = strangers.get(families) ?? new Set();
  strangers.set(families, known);
  const key = `${info.pid.toString()} ${info.startTime} ${info.argv.map(displayText).join('\0')}`;
  if (known.has(key)) return null;
  const recognised = recognise(info.argv, () => info.exe, families);
  if (known.size >= STRANGER_LIMIT) known.clear();
  if (recognised === null) known.add(key);
  return recognised;
}
