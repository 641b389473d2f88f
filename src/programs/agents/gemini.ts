/**
 * Gemini CLI. Each conversation is a file `~/.gemini/tmp/PROJECT/chats/session-TIME-ID8.jsonl` that begins with its id; PROJECT is a short name
 * from `projects.json`, or the SHA-256 of the directory in older versions. It starts itself anew as a child with the same words.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Program } from '../../model/manifest.js';
import {
  argvClaims,
  environmentClaims,
  hookClaims,
  identities,
  previousClaims,
  START_SLACK_MS,
  startOf,
  UUID,
} from './claims.js';
import { commandBy, type Marks } from '../command-line.js';
import type { Around, Family, Held, Identity, Place, Preflight } from '../family.js';
import { firstLine, folderOf, jsonObject, objectOr, placeAt, savedFolderOf } from './family-files.js';
import type { FileView } from '../file-view.js';
import { flagTable, readFlags } from '../flags.js';
import { yargsWords } from './yargs-words.js';

const marks: Marks = {
  names: new Set(['gemini']),
  script: /\/gemini$|\/@google\/gemini-cli\/(dist|bundle)\/(index|gemini)\.m?js$/,
};

const flags = flagTable(
  ['grant', 'none', '--yolo -y --skip-trust --raw-output --accept-raw-output-risk'],
  ['grant', 'one', '--approval-mode --allowed-tools --policy --admin-policy --allowed-mcp-server-names'],
  ['keep', 'none', '--sandbox -s --debug -d --screen-reader --checkpointing --show-memory-usage --all-files -a'],
  ['keep', 'one', '--model -m --extensions -e --include-directories --sandbox-image'],
  ['drop', 'optional', '--resume -r --worktree -w'],
  ['drop', 'one', '--session-id --session-file --prompt-interactive -i --output-format -o --proxy'],
  ['drop', 'one', '--fake-responses --fake-responses-non-strict --record-responses'],
  ['drop', 'none', '--telemetry --telemetry-log-prompts'],
  ['drop', 'one', '--telemetry-target --telemetry-otlp-endpoint --telemetry-otlp-protocol --telemetry-outfile'],
  ['other', 'one', '--prompt -p --delete-session'],
  ['other', 'none', '--acp --experimental-acp --list-extensions -l --list-sessions --version -v --help -h'],
);

const subcommands = new Set('mcp extensions extension skills skill hooks hook gemma'.split(' '));

const CHAT = /^session-[\dT-]+-([0-9a-f]{8})\.jsonl?$/;
const HEAD_LIMIT = 4096;
const REGISTRY_LIMIT = 1024 * 1024;
const CHAT_LIMIT = 64;

/** Gemini CLI. */
export const gemini: Family = {
  kind: 'gemini',
  mode: 'auto',
  names: ['gemini'],
  variables: ['GEMINI_CLI_HOME'],
  flags,
  recognise: (argv, exe) => commandBy(marks, argv, exe),
  read(args) {
    const { kept, values, positionals, isOther } = readFlags(yargsWords(args, flags), flags);
    const [command] = positionals;
    if (isOther || (typeof command === 'string' && subcommands.has(command))) return null;
    const id = ['--session-id', '--resume', '-r'].flatMap((name) => values.get(name) ?? [])[0];
    return { kept, startId: typeof id === 'string' && UUID.test(id) ? id : null, fork: false };
  },
  conversations: {
    validId: UUID,
    identify,
    find,
    resume: (id, kept) => ['--resume', id, ...kept],
    fork: null,
  },
};

function identify(held: readonly Held[], around: Around): readonly Identity[] {
  return identities(held, around, UUID, (one) => {
    const chats = chatsSince(one, around);
    const { startId } = one.reading;
    // What it began with is sure while no other conversation of the project has gone on since: each change of conversation writes to its file.
    const isAlone = chatFolders(one, around).length > 0 && chats.every((id) => id === startId);
    return [
      ...hookClaims('gemini', one, around),
      ...environmentClaims('GEMINI_SESSION_ID', one, around, () => false),
      ...previousClaims(one, around),
      ...argvClaims(one, isAlone),
      ...chats.map((id) => ({ id, source: 'files', isCurrent: false, at: null })),
    ];
  });
}

/** Returns the conversations of a process's project that were written to since it started, the newest first; empty text for what can't be read. */
function chatsSince(one: Held, around: Around): string[] {
  const since = startOf(one.info, around) - START_SLACK_MS;
  const changed = chatFolders(one, around).flatMap((folder) =>
    around.files
      .names(folder)
      .filter((name) => CHAT.test(name))
      .map((name) => ({ path: join(folder, name), at: around.files.changedAt(join(folder, name)) ?? 0 }))
      .filter(({ at }) => at >= since),
  );
  return changed
    .toSorted((left, right) => right.at - left.at)
    .slice(0, CHAT_LIMIT)
    .flatMap(({ path }) => chatId(path, around.files) ?? []);
}

const chatFolders = ({ environment, info }: Held, { home, files }: Around): string[] => {
  const root = join(folderOf(environment?.get('GEMINI_CLI_HOME'), info.cwd, home), '.gemini');
  return typeof info.cwd === 'string' ? projectFolders(root, info.cwd, files) : [];
};

/** Returns the folders of a project's conversations that there are. */
function projectFolders(root: string, cwd: string, files: FileView): string[] {
  const registry = jsonObject(files.head(join(root, 'projects.json'), REGISTRY_LIMIT));
  const name = new Map(Object.entries(objectOr(registry?.['projects']) ?? {})).get(cwd);
  const names = [createHash('sha256').update(cwd).digest('hex')];
  if (typeof name === 'string' && /^[a-z0-9-]+$/.test(name)) names.unshift(name);
  return names.map((project) => join(root, 'tmp', project, 'chats')).filter((folder) => files.exists(folder));
}

/**
 * Returns the id in the first record of a conversation; older versions wrote one object over many lines. Null for a sub-agent's, empty text when
 * it can't be told.
 */
function chatId(path: string, files: FileView): string | null {
  const first = (path.endsWith('l') ? firstLine(path, HEAD_LIMIT, files) : files.head(path, HEAD_LIMIT)) ?? '';
  if (/"kind"\s*:\s*"subagent"/.test(first)) return null;
  const [, id = ''] = /^\s*\{\s*"sessionId"\s*:\s*"([^"]*)"/.exec(first) ?? [];
  return UUID.test(id) && path.includes(`-${id.slice(0, 8)}.json`) ? id : '';
}

function find(program: Program, id: string, { home, files }: Preflight): Place | null {
  if (!UUID.test(id)) return null;
  const root = join(savedFolderOf(program, 'GEMINI_CLI_HOME', home), '.gemini');
  const has = (folder: string): boolean =>
    files
      .names(folder)
      .some((name) => CHAT.exec(name)?.[1] === id.slice(0, 8) && chatId(join(folder, name), files) === id);
  if (typeof program.cwd === 'string' && projectFolders(root, program.cwd, files).some(has))
    return placeAt(program.cwd, files);
  const project = files.names(join(root, 'tmp')).find((name) => has(join(root, 'tmp', name, 'chats')));
  if (project === undefined) return null;
  // The conversation is another project's, which says itself where it is.
  const owner = files.head(join(root, 'tmp', project, '.project_root'), HEAD_LIMIT)?.trim() ?? '';
  return placeAt(owner.startsWith('/') ? owner : '', files);
}
