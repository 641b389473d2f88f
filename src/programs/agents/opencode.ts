/**
 * OpenCode. Which session a process shows is known from our plugin or from its command line alone: it keeps all sessions in one database and
 * notes no process there. It can change sessions at any time, so that the id on its command line is only where it began.
 */
import { argvConversations } from './argv-conversations.js';
import { commandBy, type Marks } from '../command-line.js';
import type { Family } from '../family.js';
import { flagTable, readFlags } from '../flags.js';
import { yargsWords } from './yargs-words.js';

const marks: Marks = {
  names: new Set(['opencode', '.opencode']),
  script: /\/opencode$|\/opencode-ai\/bin\/opencode$/,
};

const flags = flagTable(
  ['grant', 'none', '--auto --yolo --dangerously-skip-permissions'],
  ['keep', 'none', '--print-logs --pure --mdns'],
  ['keep', 'one', '--model -m --agent --port --hostname --log-level --mdns-domain'],
  ['keep', 'many', '--cors'],
  ['drop', 'one', '--session -s --prompt'],
  ['drop', 'none', '--continue -c --fork'],
  ['other', 'none', '--version -v --help -h'],
);

const subcommands = new Set([
  ...['run', 'serve', 'web', 'attach', 'acp', 'agent', 'auth', 'providers', 'mcp', 'models', 'stats', 'export'],
  ...['import', 'github', 'pr', 'upgrade', 'uninstall', 'session', 'debug', 'db', 'generate', 'completion', 'plugin'],
]);

const SESSION = /^ses_[A-Za-z0-9]{1,64}$/;

/** OpenCode. */
export const opencode: Family = {
  kind: 'opencode',
  mode: 'auto',
  names: ['opencode'],
  variables: ['XDG_DATA_HOME', 'XDG_CONFIG_HOME', 'XDG_STATE_HOME'],
  flags,
  recognise: (argv, exe) => commandBy(marks, argv, exe),
  read(args) {
    const { kept, values, positionals, isOther } = readFlags(yargsWords(args, flags), flags);
    const [command] = positionals;
    if (isOther || (typeof command === 'string' && subcommands.has(command))) return null;
    const id = ['--session', '-s'].flatMap((name) => values.get(name) ?? [])[0];
    return { kept, startId: typeof id === 'string' && SESSION.test(id) ? id : null, fork: values.has('--fork') };
  },
  conversations: argvConversations({
    validId: SESSION,
    tool: 'opencode',
    isFixed: false,
    resume: (id, kept) => ['--session', id, ...kept],
    fork: (id, kept) => ['--session', id, '--fork', ...kept],
  }),
};
