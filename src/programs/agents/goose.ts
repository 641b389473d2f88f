/**
 * Goose. A process stays in the session that it was started with: `/clear` empties it and keeps its id, and no command changes to another.
 * So the id of a resumed one is sure; that of a new one is in a database only. Another program of this name migrates databases.
 */
import { argvConversations } from './argv-conversations.js';
import { commandBy, type Marks } from '../command-line.js';
import type { Family } from '../family.js';
import { flagTable, readFlags } from '../flags.js';

const marks: Marks = { names: new Set(['goose']) };

const flags = flagTable(
  ['grant', 'one', '--with-extension --with-streamable-http-extension --with-remote-extension --with-builtin'],
  ['keep', 'none', '--debug --no-profile --no-tui'],
  ['keep', 'one', '--max-tool-repetitions --max-turns --container'],
  ['drop', 'one', '--session-id --id --name -n --path'],
  ['drop', 'none', '--resume -r --fork --history --edit'],
  ['other', 'none', '--version -V --help -h'],
);

const SESSION = /^\d{8}_\d{1,9}$/;

/** Goose. */
export const goose: Family = {
  kind: 'goose',
  mode: 'auto',
  names: ['goose'],
  variables: ['XDG_DATA_HOME', 'XDG_CONFIG_HOME', 'XDG_STATE_HOME'],
  flags,
  recognise: (argv, exe) => commandBy(marks, argv, exe),
  read(args) {
    const { kept, values, positionals, isOther } = readFlags(args, flags);
    const [command, ...more] = positionals;
    const isSession = command === undefined || command === 'session' || command === 's';
    if (isOther || !isSession || more.length > 0) return null;
    const isResumed = values.has('--resume') || values.has('-r');
    const id = ['--session-id', '--id'].flatMap((name) => values.get(name) ?? [])[0];
    return {
      kept,
      startId: isResumed && typeof id === 'string' && SESSION.test(id) ? id : null,
      fork: values.has('--fork'),
    };
  },
  conversations: argvConversations({
    validId: SESSION,
    tool: 'goose',
    isFixed: true,
    resume: (id, kept) => ['session', '--resume', '--session-id', id, ...kept],
    fork: (id, kept) => ['session', '--resume', '--fork', '--session-id', id, ...kept],
  }),
};
