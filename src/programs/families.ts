/**
 * All program families, in the order in which they are asked: what two of them would recognise belongs to the first.
 */
import { aider } from './aider.js';
import { amp } from './amp.js';
import { claude } from './claude.js';
import { codex } from './codex.js';
import { containers } from './containers.js';
import { copilot } from './copilot.js';
import { crush } from './crush.js';
import { cursor } from './cursor.js';
import { editors } from './editors.js';
import type { Command, Family } from './family.js';
import { gemini } from './gemini.js';
import { goose } from './goose.js';
import { listedFamily } from './listed.js';
import { monitors } from './monitors.js';
import { opencode } from './opencode.js';
import { otherUsers } from './other-users.js';
import { pagers } from './pagers.js';
import { qwen } from './qwen.js';
import { remote } from './remote.js';
import { repls } from './repls.js';
import { watch } from './watch.js';
import type { ProgramChoice } from '../model/program-choices.js';
import type { Text } from '../model/text.js';

/** The families with conversations. */
export const AGENTS: readonly Family[] = [
  ...[claude, codex, gemini, qwen, copilot, opencode, crush, goose, cursor, amp, aider],
];

/** The families of programs that simply start again. */
export const PLAIN: readonly Family[] = [
  ...[editors, pagers, monitors, ...remote, repls, watch, containers, otherUsers],
];

/** Returns all families; the programs that their user listed come last. */
export const familiesFor = (choices: readonly ProgramChoice[]): readonly Family[] => [
  ...AGENTS,
  ...PLAIN,
  listedFamily(choices),
];

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
