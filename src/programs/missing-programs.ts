/**
 * Which saved programs could not be started now, because nothing is found under their names: what a restore would find out too late.
 */
import { existsSync } from 'node:fs';
import type { Program } from '../model/manifest.js';
import type { ProgramChoice } from '../model/program-choices.js';
import { bytesFromText, displayText, type Text } from '../model/text.js';
import { baseName } from './command-line.js';
import { familiesFor, recognise } from './families.js';
import { locate } from './locate.js';
import { isExecutable } from './resume-context.js';

/** Returns the name of each program that comes back and is not found; one that no family knows is no program to us. */
export function missingPrograms(programs: readonly Program[], choices: readonly ProgramChoice[]): readonly string[] {
  const families = familiesFor(choices);
  const exists = (path: Text): boolean => existsSync(Buffer.from(bytesFromText(path)));
  return programs.flatMap((program) => {
    const known = program.mode === 'never' ? null : recognise(program.argv, () => program.exe, families);
    if (known === null || locate(program, known.family, known.command, { exists, isExecutable }) !== null) return [];
    return [displayText(baseName(known.command.script ?? program.argv[0] ?? ''))];
  });
}
