/**
 * Amp. Its threads live on a server; which one a process shows is known from a hook or from its command line alone, and it can change threads
 * at any time. Another program of this name is an editor: words that are no command of Amp's are its files.
 */
import { argvConversations } from './argv-conversations.js';
import { commandBy, type Marks } from '../command-line.js';
import type { Family } from '../family.js';
import { flagTable, readFlags } from '../flags.js';

const marks: Marks = { names: new Set(['amp']), script: /\/amp$|\/@(sourcegraph|ampcode)\/(amp|cli)\/dist\/main\.js$/ };

const flags = flagTable(
  ['grant', 'none', '--dangerously-allow-all'],
  ['grant', 'one', '--toolbox --mcp-config --executor'],
  ['keep', 'none', '--ide --no-ide --jetbrains --no-jetbrains --notifications --no-notifications --color --no-color'],
  ['keep', 'one', '--mode -m --settings-file --visibility --log-level --log-file'],
  ['drop', 'one', '--label -l'],
  ['other', 'optional', '--execute -x --orb-execute'],
  ['other', 'none', '--stream-json --stream-json-input --version -V --help -h'],
);

const THREAD = /^T-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Amp. */
export const amp: Family = {
  kind: 'amp',
  mode: 'auto',
  names: ['amp'],
  variables: ['XDG_DATA_HOME', 'XDG_CONFIG_HOME'],
  flags,
  recognise: (argv, exe) => commandBy(marks, argv, exe),
  read(args) {
    const { kept, positionals, isOther } = readFlags(args, flags);
    const [group, command, id] = positionals;
    const isThread =
      typeof group === 'string' && /^(threads?|t)$/.test(group) && (command === 'continue' || command === 'c');
    if (isOther || (group !== undefined && !isThread)) return null;
    return { kept, startId: isThread && typeof id === 'string' && THREAD.test(id) ? id : null, fork: false };
  },
  conversations: argvConversations({
    validId: THREAD,
    tool: 'amp',
    isFixed: false,
    resume: (id, kept) => ['threads', 'continue', id, ...kept],
    fork: null,
  }),
};
