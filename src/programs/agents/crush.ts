/**
 * Crush. Its sessions are in a database of the project that names no process, and it can change sessions at any time: the id on its command
 * line is only where it began.
 */
import { argvConversations } from './argv-conversations.js';
import { commandBy, type Marks } from '../command-line.js';
import type { Family } from '../family.js';
import { flagTable, readFlags } from '../flags.js';

const marks: Marks = { names: new Set(['crush']), script: /\/crush$/ };

const flags = flagTable(
  ['grant', 'none', '--yolo -y'],
  ['keep', 'none', '--debug -d'],
  ['keep', 'one', '--data-dir -D --host -H'],
  // The process is in that directory by itself.
  ['drop', 'one', '--cwd -c --session -s'],
  ['drop', 'none', '--continue -C'],
  ['other', 'none', '--version -v --help -h'],
);

const subcommands = new Set(
  'run dirs projects update-providers logs logout login schema stats session server models completion help man'.split(
    ' ',
  ),
);

// A shortened id could stand for another session by the time it is used.
const SESSION = /^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{16,64})$/;

/** Crush. */
export const crush: Family = {
  kind: 'crush',
  mode: 'auto',
  names: ['crush'],
  variables: ['XDG_DATA_HOME', 'XDG_CONFIG_HOME'],
  flags,
  recognise: (argv, exe) => commandBy(marks, argv, exe),
  read(args) {
    const { kept, values, positionals, isOther } = readFlags(args, flags);
    const [command] = positionals;
    if (isOther || (typeof command === 'string' && subcommands.has(command))) return null;
    const id = ['--session', '-s'].flatMap((name) => values.get(name) ?? [])[0];
    return { kept, startId: typeof id === 'string' && SESSION.test(id) ? id : null, fork: false };
  },
  conversations: argvConversations({
    validId: SESSION,
    tool: 'crush',
    isFixed: false,
    resume: (id, kept) => ['--session', id, ...kept],
    fork: null,
  }),
};
