/**
 * Qwen Code. For each conversation of a project it writes, beside its transcript, which process serves it: `ID.runtime.json`, made for
 * multiplexers, written anew at each change and never removed. A process serves the one of its files that was written last.
 */
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Program } from '../../model/manifest.js';
import {
  argvClaims,
  type Claim,
  hookClaims,
  identities,
  previousClaims,
  START_SLACK_MS,
  startOf,
  UUID,
} from './claims.js';
import { commandBy, type Marks } from '../command-line.js';
import type { Around, Family, Held, Place, Preflight } from '../family.js';
import { folderOf, jsonObject, placeAt, savedFolderOf } from './family-files.js';
import type { FileView } from '../file-view.js';
import { flagTable, readFlags } from '../flags.js';
import { yargsWords } from './yargs-words.js';

const marks: Marks = {
  names: new Set(['qwen']),
  script: /\/qwen$|\/@qwen-code\/qwen-code\/(dist\/)?(cli|index|cli-entry)\.js$/,
};

const flags = flagTable(
  ['grant', 'none', '--yolo -y --insecure'],
  ['grant', 'one', '--approval-mode'],
  ['grant', 'many', '--allowed-tools --allowed-mcp-server-names'],
  ['keep', 'none', '--sandbox -s --debug -d --bare --safe-mode --screen-reader --experimental-lsp --checkpointing'],
  ['keep', 'one', '--model -m --system-prompt --append-system-prompt --mcp-config --auth-type --sandbox-image'],
  ['keep', 'one', '--openai-base-url --max-session-turns --max-subagent-depth'],
  ['keep', 'many', '--fallback-model --extensions -e --include-directories --add-dir --core-tools --exclude-tools'],
  ['keep', 'many', '--disabled-slash-commands'],
  ['drop', 'optional', '--resume -r --worktree'],
  ['drop', 'one', '--session-id --sandbox-session-id --prompt-interactive -i --output-format -o --proxy'],
  ['drop', 'one', '--openai-api-key --openai-logging-dir --json-fd --json-file --input-file --max-wall-time'],
  ['drop', 'one', '--max-tool-calls --channel'],
  [
    'drop',
    'none',
    '--continue -c --fork-session --openai-logging --chat-recording --telemetry --telemetry-log-prompts',
  ],
  ['drop', 'none', '--experimental-skills --include-partial-messages'],
  ['drop', 'one', '--telemetry-target --telemetry-otlp-endpoint --telemetry-otlp-protocol --telemetry-outfile'],
  ['other', 'one', '--prompt -p --json-schema --input-format'],
  ['other', 'none', '--acp --experimental-acp --background --bg --list-extensions -l --version -v --help -h'],
);

const subcommands = new Set('mcp extensions auth hooks channel review serve sessions update agents'.split(' '));

const RUNTIME = /^([0-9a-f-]{36})\.runtime\.json$/;
const RUNTIME_LIMIT = 16 * 1024;
const TRANSCRIPT_HEAD = 64 * 1024;

/** Qwen Code. */
export const qwen: Family = {
  kind: 'qwen',
  mode: 'auto',
  names: ['qwen'],
  variables: ['QWEN_RUNTIME_DIR'],
  flags,
  recognise: (argv, exe) => commandBy(marks, argv, exe),
  read(args) {
    const { kept, values, positionals, isOther } = readFlags(yargsWords(args, flags), flags);
    const [command] = positionals;
    if (isOther || (typeof command === 'string' && subcommands.has(command))) return null;
    const id = ['--session-id', '--resume', '-r'].flatMap((name) => values.get(name) ?? [])[0];
    return {
      kept,
      startId: typeof id === 'string' && UUID.test(id) ? id : null,
      fork: values.has('--fork-session'),
    };
  },
  conversations: {
    validId: UUID,
    identify: (held, around) =>
      identities(held, around, UUID, (one) => [
        ...hookClaims('qwen', one, around),
        ...runtimeClaims(one, around),
        ...previousClaims(one, around),
        ...argvClaims(one),
      ]),
    find,
    resume: (id, kept) => ['--resume', id, ...kept],
    fork: (id, kept) => ['--resume', id, '--fork-session', ...kept],
  },
};

const slug = (cwd: string): string => cwd.replace(/[^a-zA-Z0-9]/g, '-');

/** Returns the conversation whose file was written last for this very process: its pid may have been another's before. */
function runtimeClaims({ info, environment }: Held, around: Around): Claim[] {
  if (typeof info.cwd !== 'string') return [];
  const base = folderOf(environment?.get('QWEN_RUNTIME_DIR'), info.cwd, join(around.home, '.qwen'));
  const folder = join(base, 'projects', slug(info.cwd), 'chats');
  const since = startOf(info, around) - START_SLACK_MS;
  const own = around.files.names(folder).flatMap((name): Claim[] => {
    const id = RUNTIME.exec(name)?.[1];
    const path = join(folder, name);
    if (id === undefined || (around.files.changedAt(path) ?? 0) < since) return [];
    const status = jsonObject(around.files.head(path, RUNTIME_LIMIT));
    const writtenAt = typeof status?.['started_at'] === 'number' ? status['started_at'] * 1000 : 0;
    const isOwn =
      status?.['schema_version'] === 1 &&
      status['pid'] === info.pid &&
      status['session_id'] === id &&
      status['hostname'] === hostname() &&
      writtenAt >= since;
    return isOwn ? [{ id, source: 'runtime-file', isCurrent: true, at: writtenAt }] : [];
  });
  const [newest, second] = own.toSorted((left, right) => (right.at ?? 0) - (left.at ?? 0));
  if (newest === undefined) return [];
  return second?.at === newest.at ? own : [newest];
}

function find(program: Program, id: string, { home, files }: Preflight): Place | null {
  if (!UUID.test(id)) return null;
  const projects = join(savedFolderOf(program, 'QWEN_RUNTIME_DIR', join(home, '.qwen')), 'projects');
  const transcriptIn = (project: string): string => join(projects, project, 'chats', `${id}.jsonl`);
  if (typeof program.cwd === 'string' && files.exists(transcriptIn(slug(program.cwd))))
    return placeAt(program.cwd, files);
  const project = files.names(projects).find((name) => files.exists(transcriptIn(name)));
  if (project === undefined) return null;
  return placeAt(cwdIn(transcriptIn(project), project, files) ?? '', files);
}

/** Returns the first directory that a transcript names and that its project's folder stands for, or null. */
function cwdIn(path: string, project: string, files: FileView): string | null {
  for (const line of (files.head(path, TRANSCRIPT_HEAD) ?? '').split('\n')) {
    const cwd = jsonObject(line)?.['cwd'];
    if (typeof cwd === 'string' && slug(cwd) === project) return cwd;
  }
  return null;
}
