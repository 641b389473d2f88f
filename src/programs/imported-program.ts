/**
 * The program of a command line that another tool wrote down. Its words can't be told apart for sure, and anybody may have written it: what
 * a family recognises is offered, never started, and of an agent only the program and its conversation are taken, no flag.
 */
import type { Program } from '../model/manifest.js';
import { lowestMode } from '../model/resume-mode.js';
import type { Text } from '../model/text.js';
import { familiesFor, recognise } from './families.js';
import { withoutSecrets } from './secrets.js';

/** In a shell such a line means something else than its words, in a list of processes its words may be others than they seem. */
const NOT_PLAIN = /[^\p{L}\p{N}\p{M} ,./:=@%+_-]/u;

/** Returns the program to be offered in a directory, or null where there is none; `path` is where programs are looked for. */
export function importedProgram(commandLine: string, cwd: Text, path: string): Program | null {
  if (commandLine === '' || NOT_PLAIN.test(commandLine)) return null;
  const words = commandLine.split(' ').filter((word) => word !== '');
  const found = recognise(words, () => null, familiesFor([]));
  const reading = found?.family.read(found.command.args) ?? null;
  if (found === null || reading === null) return null;
  const { family, command } = found;
  const base = {
    kind: family.kind,
    exe: '',
    cwd,
    env: { PATH: path },
    mode: lowestMode(family.mode, 'offer'),
    process: null,
  };
  if (family.conversations === null)
    return { ...base, argv: [...withoutSecrets(words, family.flags).argv], conversation: null };
  const id = reading.fork ? null : reading.startId;
  const isId = id !== null && family.conversations.validId.test(id);
  return {
    ...base,
    argv: words.slice(0, words.length - command.args.length),
    conversation: isId ? { id, source: 'import', confidence: 'inferred', candidates: [] } : null,
  };
}
