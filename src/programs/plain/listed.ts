/**
 * The programs that their user listed and that no other family knows. They start with the words they had, whatever those are, but for what
 * is never started.
 */
import { isListed, modeFor, type ProgramChoice } from '../../model/program-choices.js';
import type { Text } from '../../model/text.js';
import { isDenied, isShell } from './deny-list.js';
import type { Command, Family } from '../family.js';
import { programName } from './plain-family.js';

/** The kind of these programs. */
export const LISTED = 'listed';

/** Returns the family of the programs that these choices name. */
export function listedFamily(choices: readonly ProgramChoice[]): Family {
  return {
    kind: LISTED,
    mode: 'auto',
    names: [],
    variables: [],
    flags: null,
    recognise(argv): Command | null {
      const name = programName(argv[0]);
      if (name === null || !isListed(choices, name) || modeFor(choices, LISTED, name, 'auto') === 'never') return null;
      if (isShell(name) || isDenied(argv)) return null;
      return { interpreter: null, script: null, args: argv.slice(1) };
    },
    read: (args: readonly Text[]) => ({ kept: args, startId: null, fork: false }),
    conversations: null,
  };
}
