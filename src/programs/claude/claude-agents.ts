/**
 * What is known of Claude's processes before anything is judged: their own words, and where their files lie. Beside those in panes stand
 * the others that the registry names: what they hold is nobody else's.
 */
import { displayText, type Text } from '../../model/text.js';
import { CONVERSATION_ID, parseClaudeArguments, type ClaudeArguments } from './claude-argv.js';
import { folderMatcher } from './claude-transcripts.js';
import type { Around, Held } from '../family.js';
import type { HookRecord } from '../hooks/hook-records.js';
import { configDirOf, liveConversations, type LiveConversation } from './live-conversations.js';
import { TICK_MS } from '../process-view.js';

/** One living process. */
export interface ClaudeAgent {
  readonly pid: number;
  readonly startTime: string;
  /** When it started at the earliest, in ms since the epoch. */
  readonly startedAt: number;
  readonly configDir: string;
  readonly args: ClaudeArguments;
  /** Whether its environment could be read; else it may be another user's, and its files elsewhere. */
  readonly isOwn: boolean;
  /** Whether a launcher still holds it back. */
  readonly isWaiting: boolean;
  readonly cwd: Text | null;
  /** The directories that its transcripts may name. */
  readonly cwds: ReadonlySet<string>;
  /** Returns whether a project folder of this name can be its own. */
  readonly isOwnFolder: (name: string) => boolean;
  /** Whether the project folder has a name of its user's choice. */
  readonly hasFolderName: boolean;
  readonly entry: LiveConversation | null;
  readonly record: HookRecord | null;
}

/** All of one look. */
export interface ClaudeAgents {
  /** In the order of the processes that were asked for. */
  readonly held: readonly ClaudeAgent[];
  /** Those of the same config directories that were not asked for. */
  readonly others: readonly ClaudeAgent[];
}

/** The start of a process is known to about a second only: the boot time is rounded. */
export const START_SLACK_MS = 2000;

/** Returns Claude's living processes. */
export function claudeAgents(held: readonly Held[], around: Around): ClaudeAgents {
  const registries = new Map<string, readonly LiveConversation[]>();
  const registry = (configDir: string): readonly LiveConversation[] => {
    const entries = registries.get(configDir) ?? liveConversations(configDir, around.view, around.files);
    registries.set(configDir, entries);
    return entries;
  };
  const agents = held.map((one) => heldAgent(one, registry, around));
  const pids = new Set(agents.map(({ pid }) => pid));
  const others = [...registries].flatMap(([configDir, entries]) =>
    entries.filter(({ pid }) => !pids.has(pid)).map((entry) => otherAgent(entry, configDir, around)),
  );
  return { held: agents, others };
}

function heldAgent(
  { info, command, environment }: Held,
  registry: (configDir: string) => readonly LiveConversation[],
  around: Around,
): ClaudeAgent {
  const { pid, startTime, cwd } = info;
  const isSame = (other: { readonly pid: number; readonly startTime: string }): boolean =>
    other.pid === pid && other.startTime === startTime;
  const configDir = configDirOf(environment, cwd, around.home);
  const entry = registry(configDir).find(isSame) ?? null;
  const record = recordOf(isSame, around);
  // The kernel's directory has no symbolic links, but that of the shell may be the one that transcripts name.
  const logical = environment?.get('PWD');
  const cwds = [record?.cwd, entry?.cwd, cwd === null ? null : displayText(cwd), logical];
  const folderName = environment?.get('CLAUDE_CODE_PROJECT_DIR_NAME');
  return {
    ...{ pid, startTime, configDir, cwd, entry, record },
    startedAt: startOf(startTime, entry?.startedAt ?? null, around),
    args: parseClaudeArguments(command.args),
    isOwn: environment !== null,
    isWaiting: around.view.read(pid)?.argv !== info.argv,
    ...directories(cwds, typeof folderName === 'string' && folderName !== '' ? folderName : null),
  };
}

/** Returns the newest hook record of a process that its hooks told of, or null. */
function recordOf(isSame: (record: HookRecord) => boolean, { records }: Around): HookRecord | null {
  const own = records.filter(
    (record) => record.tool === 'claude' && isSame(record) && CONVERSATION_ID.test(record.sessionId),
  );
  return own.toSorted((left, right) => right.at - left.at)[0] ?? null;
}

function otherAgent(entry: LiveConversation, configDir: string, around: Around): ClaudeAgent {
  const { pid, startTime, cwd } = entry;
  return {
    ...{ pid, startTime, configDir, cwd, entry, isOwn: true, isWaiting: false },
    record: recordOf((record) => record.pid === pid && record.startTime === startTime, around),
    startedAt: startOf(startTime, entry.startedAt, around),
    args: parseClaudeArguments([]),
    ...directories([cwd], null),
  };
}

function directories(
  candidates: readonly unknown[],
  folderName: string | null,
): Pick<ClaudeAgent, 'cwds' | 'isOwnFolder' | 'hasFolderName'> {
  const cwds = new Set(candidates.filter((cwd): cwd is string => typeof cwd === 'string' && cwd.startsWith('/')));
  const isFolderOfCwds = folderMatcher(cwds);
  return {
    cwds,
    isOwnFolder: (name) => name === folderName || isFolderOfCwds(name),
    hasFolderName: folderName !== null,
  };
}

/** Returns when a process started, in ms since the epoch: the earlier of what the kernel and it itself say, because an early start only adds doubt. */
export function startOf(startTime: string, startedAt: number | null, around: Pick<Around, 'bootMs' | 'now'>): number {
  const ticks = around.bootMs + Number(startTime) * TICK_MS;
  // A container with an uptime of its own makes the kernel's figure lie in the future.
  const kernel = ticks > around.now + START_SLACK_MS ? null : ticks;
  if (kernel === null) return startedAt ?? -Infinity;
  return startedAt === null ? kernel : Math.min(kernel, startedAt);
}
