/**
 * GitHub Copilot CLI. Each session is a folder `~/.copilot/session-state/ID`, with a lock that names the process which has it open:
 * `inuse.PID.lock`. One process may have several open, and a killed one leaves its locks behind.
 */
import { join } from 'node:path';
import {
  argvClaims,
  type Claim,
  environmentClaims,
  hookClaims,
  identities,
  previousClaims,
  START_SLACK_MS,
  startOf,
  UUID,
} from './claims.js';
import { commandBy, type Marks } from '../command-line.js';
import type { Around, Family, Held } from '../family.js';
import { folderOf, placeAt, savedFolderOf } from './family-files.js';
import { flagTable, readFlags } from '../flags.js';
import type { ProcessInfo } from '../process-view.js';

const marks: Marks = {
  names: new Set(['copilot']),
  script: /\/copilot$|\/@github\/copilot\/(npm-loader|index)\.js$/,
};

const flags = flagTable(
  ['grant', 'none', '--allow-all --yolo --allow-all-tools --allow-all-paths --allow-all-urls --autopilot --no-sandbox'],
  ['grant', 'none', '--no-ask-user --enable-all-github-mcp-tools --bash-env'],
  ['grant', 'many', '--allow-tool --allow-url'],
  ['grant', 'one', '--add-dir --enable-mcp-server --add-github-mcp-tool --add-github-mcp-toolset'],
  ['keep', 'many', '--deny-tool --deny-url --available-tools --excluded-tools --secret-env-vars'],
  ['keep', 'one', '--model --agent --additional-mcp-config --disable-mcp-server --plugin-dir --log-dir --log-level'],
  ['keep', 'one', '--effort --reasoning-effort --context --stream --config-dir --max-ai-credits'],
  ['keep', 'one', '--max-autopilot-continues'],
  ['keep', 'none', '--banner --no-banner --disable-builtin-mcps --disallow-temp-dir --experimental --no-experimental'],
  ['keep', 'none', '--no-auto-update --no-bash-env --no-color --no-custom-instructions --no-mouse --no-remote'],
  ['keep', 'none', '--no-remote-export --plain-diff --screen-reader --sandbox --allow-all-mcp-server-instructions'],
  ['drop', 'optional', '--resume -r --worktree -w --mouse'],
  ['drop', 'one', '--session-id --name -n --interactive -i --attachment --mode --output-format -C'],
  ['drop', 'one', '--extension-sdk-path'],
  ['drop', 'none', '--continue --plan --fleet --remote --remote-export --enable-memory --enable-reasoning-summaries'],
  ['other', 'one', '--prompt -p --share'],
  ['other', 'optional', '--connect'],
  ['other', 'none', '--acp --server --ui-server --share-gist --silent -s --version -v --help -h'],
);

// The second row is another program of this name, which deploys containers.
const subcommands = new Set([
  ...'app completion help init login logout mcp plugin plugins instruction lsp skill update version workflow'.split(
    ' ',
  ),
  ...'env svc job task pipeline deploy secret storage docs run'.split(' '),
]);

const LOCK = /^inuse\.(\d+)\.lock$/;

/** GitHub Copilot CLI. */
export const copilot: Family = {
  kind: 'copilot',
  mode: 'auto',
  names: ['copilot'],
  variables: ['COPILOT_HOME'],
  flags,
  recognise: (argv, exe) => commandBy(marks, argv, exe),
  read(args) {
    const { kept, values, positionals, isOther } = readFlags(args, flags);
    const [command] = positionals;
    if (isOther || (typeof command === 'string' && subcommands.has(command))) return null;
    const id = ['--resume', '-r', '--session-id'].flatMap((name) => values.get(name) ?? [])[0];
    return { kept, startId: typeof id === 'string' && UUID.test(id) ? id : null, fork: false };
  },
  conversations: {
    validId: UUID,
    identify(held, around) {
      const locks = locksOf(held, around);
      return identities(held, around, UUID, (one) => [
        ...hookClaims('copilot', one, around),
        ...lockClaims(locks.get(one) ?? []),
        ...previousClaims(one, around),
        ...environmentClaims('COPILOT_AGENT_SESSION_ID', one, around, isOtherCopilot),
        ...argvClaims(one),
      ]);
    },
    find: (program, id, { home, files }) => {
      const folder = join(savedFolderOf(program, 'COPILOT_HOME', join(home, '.copilot')), 'session-state', id);
      const isThere = UUID.test(id) && files.exists(join(folder, 'events.jsonl'));
      return isThere ? placeAt(program.cwd, files) : null;
    },
    resume: (id, kept) => [`--resume=${id}`, ...kept],
    fork: null,
  },
};

const isOtherCopilot = (info: ProcessInfo): boolean => copilot.recognise(info.argv, info.exe) !== null;

interface Lock {
  readonly id: string;
  readonly at: number;
  /** Whether anything was said in it. */
  readonly isBegun: boolean;
}

/** Returns the locks of each process; what was locked before it started is a process's that had its pid before. */
function locksOf(held: readonly Held[], around: Around): Map<Held, Lock[]> {
  const { files } = around;
  const starts = held.map((one) => startOf(one.info, around) - START_SLACK_MS);
  const earliest = Math.min(...starts);
  const locks = new Map<Held, Lock[]>();
  for (const home of new Set(held.map((one) => homeOf(one, around)))) {
    const sessions = files.names(join(home, 'session-state')).filter((name) => UUID.test(name));
    // A lock that is made changes its folder.
    for (const id of sessions.filter((name) => changedAt(join(home, 'session-state', name), around) >= earliest)) {
      const folder = join(home, 'session-state', id);
      for (const name of files.names(folder)) {
        const pid = Number(LOCK.exec(name)?.[1]);
        const index = held.findIndex((one) => one.info.pid === pid && homeOf(one, around) === home);
        const [one, at] = [held[index], changedAt(join(folder, name), around)];
        if (one === undefined || at < (starts[index] ?? Infinity)) continue;
        locks.set(one, [...(locks.get(one) ?? []), { id, at, isBegun: files.exists(join(folder, 'events.jsonl')) }]);
      }
    }
  }
  return locks;
}

const homeOf = ({ environment, info }: Held, { home }: Around): string =>
  folderOf(environment?.get('COPILOT_HOME'), info.cwd, join(home, '.copilot'));

const changedAt = (path: string, { files }: Around): number => files.changedAt(path) ?? 0;

/** Of several open sessions nobody knows which one is shown: the newest that was begun is likely, and none is sure. */
function lockClaims(locks: readonly Lock[]): Claim[] {
  return locks
    .toSorted((left, right) => Number(right.isBegun) - Number(left.isBegun) || right.at - left.at)
    .map(({ id, at }) => ({ id, source: 'lock', isCurrent: true, at }));
}
