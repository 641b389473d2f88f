/**
 * Codex. While it runs it holds the file of its conversation open, the rollout, once that has a first item; sub-agents have rollouts of their
 * own in the same process. Rollouts are `$CODEX_HOME/sessions/YYYY/MM/DD/rollout-TIME-ID.jsonl`.
 */
import { join } from 'node:path';
import type { Program } from '../../model/manifest.js';
import type { Text } from '../../model/text.js';
import {
  argvClaims,
  descendants,
  environmentClaims,
  type Claim,
  hookClaims,
  identities,
  previousClaims,
  UUID,
} from './claims.js';
import { commandBy, type Marks } from '../command-line.js';
import type { Around, Family, Held, Identity, Place, Preflight } from '../family.js';
import { firstLine, jsonObject, objectOr, placeAt, savedFolderOf } from './family-files.js';
import type { FileView } from '../file-view.js';
import { flagTable, readFlags } from '../flags.js';
import type { ProcessInfo } from '../process-view.js';

const marks: Marks = {
  // The binaries of a release are named after their platform. Under other names it is a helper of its own, as its sandbox.
  names: new Set(['codex', 'codex-x86_64-unknown-linux-musl', 'codex-aarch64-unknown-linux-musl']),
  script: /\/codex$|\/@openai\/codex\/bin\/codex\.js$/,
};

const flags = flagTable(
  ['grant', 'none', '--dangerously-bypass-approvals-and-sandbox --yolo --full-auto --not-so-yolo'],
  ['grant', 'none', '--dangerously-bypass-hook-trust'],
  ['grant', 'one', '--sandbox -s --ask-for-approval -a --config -c --add-dir'],
  ['keep', 'none', '--oss --search --no-alt-screen'],
  ['keep', 'one', '--model -m --local-provider --profile -p --enable --disable'],
  // It is started in the session's own directory.
  ['drop', 'one', '--cd -C'],
  ['drop', 'many', '--image -i'],
  ['drop', 'none', '--last --all --include-non-interactive'],
  ['other', 'one', '--remote'],
  ['other', 'none', '--version -V --help -h'],
);

const subcommands = new Set([
  ...['exec', 'e', 'review', 'login', 'logout', 'mcp', 'mcp-server', 'app-server', 'app', 'completion', 'sandbox'],
  ...['debug', 'execpolicy', 'apply', 'a', 'cloud', 'cloud-tasks', 'responses-api-proxy', 'stdio-to-uds', 'features'],
  ...['update', 'plugin', 'proto', 'archive', 'delete', 'unarchive', 'exec-server', 'remote-control', 'help'],
]);

const ROLLOUT = /^rollout-[\dT-]+-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.jsonl(\.\w+)?$/;
/** The first line holds the instructions of the model too. */
const META_LIMIT = 256 * 1024;

interface Meta {
  readonly cwd: string | null;
  readonly isSubagent: boolean;
}

/** Codex. */
export const codex: Family = {
  kind: 'codex',
  mode: 'auto',
  names: ['codex'],
  variables: ['CODEX_HOME'],
  flags,
  recognise: (argv, exe) => commandBy(marks, argv, exe),
  read(args) {
    const { kept, positionals, isOther } = readFlags(args, flags);
    const [command, id] = positionals;
    if (isOther || (typeof command === 'string' && subcommands.has(command))) return null;
    const isNamed = (command === 'resume' || command === 'fork') && typeof id === 'string' && UUID.test(id);
    return { kept, startId: isNamed ? id : null, fork: command === 'fork' };
  },
  conversations: {
    validId: UUID,
    identify,
    find,
    resume: (id, kept) => ['resume', id, ...kept],
    fork: (id, kept) => ['fork', id, ...kept],
  },
};

/** The server that newer versions run for themselves is a part of them; any other Codex below one speaks for itself. */
function isOtherCodex(info: ProcessInfo): boolean {
  const command = codex.recognise(info.argv, info.exe);
  return command !== null && command.args[0] !== 'app-server';
}

interface Rollout {
  readonly id: string;
  readonly name: string;
  readonly meta: Meta | null;
}

function identify(held: readonly Held[], around: Around): readonly Identity[] {
  const rollouts = new Map(held.map((one) => [one, openRollouts(one, around)]));
  const claimsOf = (one: Held): Claim[] => [
    ...hookClaims('codex', one, around),
    // A rollout whose beginning can't be read may be a sub-agent's.
    ...(rollouts.get(one) ?? []).map(({ id, meta }) => ({
      ...{ id, source: 'open-file', isCurrent: meta !== null, at: null },
    })),
    ...previousClaims(one, around),
    ...environmentClaims('CODEX_THREAD_ID', one, around, isOtherCodex),
    ...argvClaims(one),
  ];
  const cwdOf = (one: Held, id: string | null): Text | null =>
    rollouts.get(one)?.find((rollout) => rollout.id === id)?.meta?.cwd ?? null;
  return identities(held, around, UUID, claimsOf, cwdOf);
}

/** Returns the main rollouts that a process, or a server of its own, holds open, the newest first. */
function openRollouts({ info }: Held, around: Around): Rollout[] {
  const below = descendants(info.pid, around, isOtherCodex);
  const servers = below.filter((child) => codex.recognise(child.argv, child.exe) !== null);
  const paths = [info, ...servers].flatMap(({ pid }) => [...around.view.openFiles(pid).values()]);
  const rollouts = [...new Set(paths)].flatMap((path): Rollout[] => {
    const [, name = ''] = /^\/.*\/sessions\/\d{4}\/\d\d\/\d\d\/([^/]+)$/.exec(path) ?? [];
    const id = ROLLOUT.exec(name)?.[1];
    if (id === undefined) return [];
    const meta = readMeta(path, id, around.files);
    return meta?.isSubagent === true ? [] : [{ id, name, meta }];
  });
  return rollouts.toSorted((left, right) => (left.name < right.name ? 1 : -1));
}

/** Returns what the first line of a rollout says of its session, or null when it does not speak of this one. */
function readMeta(path: string, id: string, files: FileView): Meta | null {
  const record = jsonObject(firstLine(path, META_LIMIT, files));
  const payload = objectOr(record?.['payload']);
  if (record?.['type'] !== 'session_meta' || payload?.['id'] !== id) return null;
  const { cwd, source, thread_source: kind } = payload;
  const isSpawned = kind === 'subagent' || objectOr(source)?.['subagent'] !== undefined;
  return { cwd: typeof cwd === 'string' && cwd.startsWith('/') ? cwd : null, isSubagent: isSpawned };
}

function find(program: Program, id: string, { home, files }: Preflight): Place | null {
  if (!UUID.test(id)) return null;
  const path = findRollout(savedFolderOf(program, 'CODEX_HOME', join(home, '.codex')), id, files);
  if (path === null) return null;
  const meta = readMeta(path, id, files);
  if (meta?.isSubagent === true) return null;
  return placeAt(meta?.cwd ?? program.cwd, files);
}

/** Returns the path of a rollout, searched from the newest day back, or null. */
function findRollout(codexHome: string, id: string, files: Preflight['files']): string | null {
  const sessions = join(codexHome, 'sessions');
  const within = (folder: string, form: RegExp): string[] =>
    files
      .names(folder)
      .filter((name) => form.test(name))
      .toSorted()
      .reverse()
      .map((name) => join(folder, name));
  for (const year of within(sessions, /^\d{4}$/))
    for (const month of within(year, /^\d\d$/))
      for (const day of within(month, /^\d\d$/)) {
        const name = files.names(day).find((candidate) => ROLLOUT.exec(candidate)?.[1] === id);
        if (name !== undefined) return join(day, name);
      }
  return null;
}
