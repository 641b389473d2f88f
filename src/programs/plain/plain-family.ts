/**
 * A family of programs that simply start again, with the words they had. A program that is one of them with arguments that are not known to
 * be harmless is still recognised, so that nobody takes it or what it runs for something else, and never comes back.
 */
import type { Text } from '../../model/text.js';
import { baseName } from '../command-line.js';
import { isDenied } from './deny-list.js';
import type { Command, Family, Mode } from '../family.js';

/** Returns whether arguments make a program do nothing but show itself. */
export type Harmless = (args: readonly string[]) => boolean;

/** What a family of this sort is. */
export interface PlainFamily {
  readonly kind: string;
  readonly mode: Mode;
  /** By the name of a program, without the version behind it. */
  readonly programs: Readonly<Record<string, Harmless>>;
  /** What runs those of the programs that are scripts. */
  readonly interpreters?: ReadonlySet<string>;
  readonly variables?: readonly string[];
}

/** The arguments of a command that is recognised and does not come back; `read` knows it by its identity. */
const REFUSED: readonly Text[] = [];

/** Returns whether every word is of this form. */
export const all =
  (form: RegExp): Harmless =>
  (args) =>
    args.every((word) => form.test(word));

/** Returns the name of a program that was called by its name or by an absolute path; another path would find whatever lies in the directory of the pane. */
export function programName(called: Text | undefined): string | null {
  if (typeof called !== 'string' || !/^(?:\/.*\/|\/)?[^/-][^/]*$/s.test(called)) return null;
  return baseName(called);
}

/** Returns whether a program of these is known under a name, also with a version behind it: its rule, or null. */
function ruleFor(programs: PlainFamily['programs'], name: string): Harmless | null {
  for (const known of [name, name.replace(/[\d.]+$/, '')]) {
    const rule = Object.hasOwn(programs, known) ? programs[known] : undefined;
    if (rule !== undefined) return rule;
  }
  return null;
}

/** Returns the family. */
export function plainFamily({ kind, mode, programs, interpreters, variables = [] }: PlainFamily): Family {
  const command = (words: readonly Text[], at: number): Command | null => {
    const name = programName(words[at]);
    const rule = name === null ? null : ruleFor(programs, name);
    if (rule === null) return null;
    const args = words.slice(at + 1);
    // Of bytes that are no text the first ones still tell a flag from a file.
    const shown = args.map((word) => (typeof word === 'string' ? word : atob(word.base64)));
    const isHarmless = rule(shown) && !isDenied(words.slice(at));
    const [interpreter = null, script = null] = at === 0 ? [] : words;
    return { interpreter, script, args: isHarmless ? args : REFUSED };
  };
  return {
    kind,
    mode,
    names: [],
    variables,
    flags: null,
    recognise(argv) {
      const name = programName(argv[0]);
      const isInterpreter = name !== null && interpreters?.has(name.replace(/[\d.]+$/, '')) === true;
      const script = isInterpreter && typeof argv[1] === 'string' && argv[1].startsWith('/') ? command(argv, 1) : null;
      return script ?? command(argv, 0);
    },
    read: (args) => (args === REFUSED ? null : { kept: args, startId: null, fork: false }),
    conversations: null,
  };
}

/** Returns whether a command line is one of a family's that comes back. */
export function isHarmlessFor(family: Family, argv: readonly Text[]): boolean {
  const command = family.recognise(argv, null);
  return command !== null && family.read(command.args) !== null;
}
