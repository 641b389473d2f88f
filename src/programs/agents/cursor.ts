/**
 * Cursor's agent. Each chat is a database `~/.cursor/chats/MD5/ID/store.db`, where MD5 is that of the directory; a process has that of its chat
 * open. An unknown id begins a new chat without a word, so that nothing is resumed that is not there.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Program } from '../../model/manifest.js';
import { bytesFromText } from '../../model/text.js';
import { argvClaims, type Claim, hookClaims, identities, previousClaims, UUID } from './claims.js';
import { baseName, commandBy, type Marks } from '../command-line.js';
import type { Around, Family, Held, Place, Preflight } from '../family.js';
import { placeAt, savedFolderOf } from './family-files.js';
import { flagTable, readFlags } from '../flags.js';

const marks: Marks = {
  names: new Set(['cursor-agent']),
  // `agent` alone may be anybody's.
  isInstalled: (executable, name) => name === 'agent' && /\/cursor-agent\//.test(executable),
  script: /\/cursor-agent\/([^/]+\/)*index\.js$/,
};

const flags = flagTable(
  ['grant', 'none', '--force -f --yolo --trust --approve-mcps'],
  ['grant', 'one', '--workspace --sandbox --plugin-dir'],
  ['keep', 'one', '--model --mode'],
  ['keep', 'none', '--plan'],
  ['drop', 'optional', '--resume --worktree -w'],
  ['drop', 'one', '--api-key -a --header -H --name -n --worktree-base --output-format'],
  ['drop', 'none', '--continue --skip-worktree-setup --stream-partial-output'],
  ['other', 'none', '--print -p --cloud -c --list-models --version -v --help -h'],
);

const subcommands = new Set([
  ...['login', 'logout', 'status', 'whoami', 'mcp', 'models', 'about', 'update', 'upgrade', 'ls', 'create-chat'],
  ...['install-shell-integration', 'uninstall-shell-integration', 'generate-rule', 'rule', 'acp', 'worker', 'help'],
]);

const STORE = /\/chats\/[0-9a-f]{32}\/([0-9a-f-]{36})\/store\.db$/;

/** Cursor's agent. */
export const cursor: Family = {
  kind: 'cursor-agent',
  mode: 'auto',
  names: ['cursor-agent'],
  variables: ['XDG_CONFIG_HOME'],
  flags,
  recognise(argv, exe) {
    const [program, first] = argv;
    if (program !== undefined && baseName(program) === 'cursor' && first === 'agent')
      return { interpreter: null, script: null, args: argv.slice(2) };
    const command = commandBy(marks, argv, exe);
    if (command === null || command.script !== null) return command;
    // Its wrapper runs `exec -a cursor-agent node --option FOLDER/index.js`: those words are not its own.
    const script = command.args.findIndex((word) => typeof word === 'string' && /^\/.*\/index\.js$/.test(word));
    const isWrapped = script !== -1 && command.args.slice(0, script).every((word) => isOption(word));
    return isWrapped ? { ...command, args: command.args.slice(script + 1) } : command;
  },
  read(args) {
    const { kept, values, positionals, isOther } = readFlags(args, flags, isTakenAgain);
    const [command] = positionals;
    if (isOther || (typeof command === 'string' && subcommands.has(command))) return null;
    const id = values.get('--resume')?.[0];
    return { kept, startId: typeof id === 'string' && UUID.test(id) ? id : null, fork: false };
  },
  conversations: {
    validId: UUID,
    identify: (held, around) =>
      identities(held, around, UUID, (one) => [
        ...hookClaims('cursor-agent', one, around),
        ...storeClaims(one, around),
        ...previousClaims(one, around),
        ...argvClaims(one),
      ]),
    find,
    resume: (id, kept) => ['--resume', id, ...kept],
    fork: null,
  },
};

const isOption = (word: unknown): boolean => typeof word === 'string' && word.startsWith('--');

/** A relative workspace means another one elsewhere. */
const isTakenAgain = (name: string, value: unknown): boolean =>
  name !== '--workspace' || (typeof value === 'string' && value.startsWith('/'));

/** Whether a changed chat closes the store of the one before is not documented: an open store is sure only as what the process began with. */
function storeClaims({ info, reading }: Held, { view }: Around): Claim[] {
  const open = [...view.openFiles(info.pid).values()].flatMap((path) => STORE.exec(path)?.[1] ?? []);
  return [...new Set(open)].map((id) => ({
    ...{ id, source: 'open-file', isCurrent: open.every((other) => other === reading.startId), at: null },
  }));
}

function find(program: Program, id: string, { home, files }: Preflight): Place | null {
  if (!UUID.test(id)) return null;
  const config = savedFolderOf(program, 'XDG_CONFIG_HOME', join(home, '.config'));
  const roots = [join(home, '.cursor'), join(config, 'cursor'), join(config, 'Cursor')];
  const words = cursor.recognise(program.argv, program.exe)?.args ?? [];
  const [workspace = program.cwd] = readFlags(cursor.read(words)?.kept ?? [], flags).values.get('--workspace') ?? [];
  const hash = createHash('md5').update(bytesFromText(workspace)).digest('hex');
  const isThere = roots.some((root) => files.exists(join(root, 'chats', hash, id, 'store.db')));
  return isThere ? placeAt(program.cwd, files) : null;
}
