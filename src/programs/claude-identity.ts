/**
 * Which conversation a Claude process holds, and where it is to be resumed. The registry comes before the command line,
 * and either is exact only while nothing hints that the process has moved on: a doubt makes it ambiguous, never a guess.
 */
import { dirname } from 'node:path';
import type { Conversation } from '../model/manifest.js';
import { displayText, type Text } from '../model/text.js';
import type { ClaudeProcess } from './claude.js';
import type { ClaudeProjects } from './claude-projects.js';
import { isProjectFolderOf, projectOf, type Transcript } from './claude-transcripts.js';
import { configDirOf, type LiveConversation } from './live-conversations.js';

/** What identification needs to know beside the process itself. */
export interface Surroundings {
  readonly home: string;
  /** When the machine started, in ms since the epoch. */
  readonly bootMs: number;
  readonly now: number;
  readonly projects: ClaudeProjects;
  /** Returns the registry entries of living processes in a config directory. */
  readonly registry: (configDir: string) => readonly LiveConversation[];
  /** Returns the conversations that living processes began with --session-id in a config directory. */
  readonly begun: (configDir: string) => readonly LiveConversation[];
}

/** The conversation of a process, or null when it has none that could be resumed, and its directory. */
export interface ClaudeIdentity {
  readonly conversation: Conversation | null;
  readonly cwd: Text;
}

/** Linux reports times to user space in 1/100 s, whatever the kernel's own tick (proc(5), USER_HZ). */
const TICK_MS = 10;
/** The start of a process is known to about a second only: the boot time is rounded. */
const START_SLACK_MS = 2000;
/** A file server's clock may run behind ours; inode times only spare reading files, so a wide margin costs little. */
const CLOCK_MARGIN_MS = 3_600_000;
const TRANSCRIPT_LIMIT = 256;
const CANDIDATE_LIMIT = 8;

/** Returns the conversation of a Claude process. */
export function identifyClaude(
  process: ClaudeProcess,
  environment: ReadonlyMap<string, Text> | null,
  around: Surroundings,
): ClaudeIdentity {
  const { info, parsed } = process;
  const configDir = configDirOf(environment, info.cwd, around.home);
  const registry = around.registry(configDir);
  const holders = [...registry, ...around.begun(configDir)];
  const entry = registry.find(({ pid, startTime }) => pid === info.pid && startTime === info.startTime) ?? null;
  const processCwd = info.cwd === null ? null : displayText(info.cwd);
  const cwds = [entry?.cwd ?? null, processCwd].flatMap((cwd) => cwd ?? []);
  const projectName = environment?.get('CLAUDE_CODE_PROJECT_DIR_NAME');
  const isOwnFolder = (folder: string): boolean =>
    typeof projectName === 'string' ? folder === projectName : cwds.some((cwd) => isProjectFolderOf(folder, cwd));

  const transcriptOf = (id: string): Transcript | null => around.projects.find(configDir, id, isOwnFolder);
  const place = (transcript: Transcript | null): Text =>
    placeOf(transcript, entry?.cwd ?? null, info.cwd, typeof projectName === 'string') ?? around.home;
  const judge = (id: string, source: 'registry' | 'argv', doubt: boolean): ClaudeIdentity => {
    const transcript = transcriptOf(id);
    const folders = new Set(around.projects.folders(configDir, isOwnFolder));
    if (transcript !== null) folders.add(dirname(transcript.path));
    const candidates = successors({
      id,
      transcript,
      projects: around.projects,
      folders: [...folders],
      cwds: new Set([...cwds, ...(transcript?.cwds ?? [])]),
      since: startOf(info.startTime, entry?.startedAt ?? null, around) - START_SLACK_MS,
      countsActivity: source === 'argv',
      isExplained: (other, at) =>
        holders.some(
          (holder) =>
            holder.id === other &&
            holder.pid !== info.pid &&
            startOf(holder.startTime, holder.startedAt, around) <= at + START_SLACK_MS,
        ),
      now: around.now,
    });
    const confidence = doubt || candidates.length > 0 ? 'ambiguous' : 'exact';
    return { conversation: { id, source, confidence, candidates }, cwd: place(transcript) };
  };

  const argvId = parsed.sessionId ?? parsed.resume;
  if (entry !== null && !entry.isInteractive) return { conversation: null, cwd: place(null) };
  if (entry !== null) {
    const isUnwritten = argvId !== null && argvId !== entry.id && !parsed.fork && transcriptOf(entry.id) === null;
    const started = isUnwritten ? transcriptOf(argvId) : null;
    if (started === null) return judge(entry.id, 'registry', false);
    // Early versions give a resumed conversation a new id that exists only from the next prompt on.
    const conversation = { id: started.id, source: 'argv', confidence: 'ambiguous' as const, candidates: [entry.id] };
    return { conversation, cwd: place(started) };
  }
  // With --fork-session the id is the parent's; without the environment the process may be another user's.
  if (argvId !== null) return judge(argvId, 'argv', parsed.fork || environment === null);
  return { conversation: null, cwd: place(null) };
}

/** Returns when a process started, in ms since the epoch: the earlier of what the kernel and it itself say, because an early start only adds doubt. */
function startOf(startTime: string, startedAt: number | null, around: Surroundings): number {
  const ticks = around.bootMs + Number(startTime) * TICK_MS;
  // A container with an uptime of its own makes the kernel's figure lie in the future.
  const kernel = ticks > around.now + START_SLACK_MS ? null : ticks;
  if (kernel === null) return startedAt ?? -Infinity;
  return startedAt === null ? kernel : Math.min(kernel, startedAt);
}

interface Succession {
  readonly id: string;
  readonly transcript: Transcript | null;
  readonly projects: ClaudeProjects;
  readonly folders: readonly string[];
  readonly cwds: ReadonlySet<string>;
  readonly since: number;
  /** Whether an older conversation that went on meanwhile is a hint too: `/resume` leaves the command line as it was. */
  readonly countsActivity: boolean;
  /** Whether another living process accounts for a conversation at a time. */
  readonly isExplained: (id: string, at: number) => boolean;
  readonly now: number;
}

/** Returns the conversations that the process may have moved on to, newest first. */
function successors(question: Succession): string[] {
  const lastAt = question.transcript?.lastAt ?? -Infinity;
  const since = lastAt > question.now ? question.since : Math.max(question.since, lastAt);
  const changedSince = since - CLOCK_MARGIN_MS;
  const found = new Map<string, number>();
  for (const folder of question.folders) {
    for (const other of question.projects.changed(folder, changedSince, TRANSCRIPT_LIMIT)) {
      if (other.id === question.id || !other.isInteractive) continue;
      if (other.cwds.length > 0 && !other.cwds.some((cwd) => question.cwds.has(cwd))) continue;
      const at = evidenceAt(other, since, question);
      if (at !== null && !question.isExplained(other.id, at)) found.set(other.id, at);
    }
  }
  return [...found]
    .sort(([, left], [, right]) => right - left)
    .slice(0, CANDIDATE_LIMIT)
    .map(([id]) => id);
}

/** Returns when another conversation shows that the process may have moved to it, or null. */
function evidenceAt(other: Transcript, since: number, question: Succession): number | null {
  // Without a readable time its file alone, changed since, is the hint.
  if (other.firstAt === null) return (other.lastAt ?? Infinity) > since ? (other.lastAt ?? question.now) : null;
  if (other.firstAt > since) return other.firstAt;
  // `/branch` copies what was said so far, with its old times.
  const isBranch = other.forkedFrom === question.id;
  return (isBranch || question.countsActivity) && other.lastAt !== null && other.lastAt > since ? other.lastAt : null;
}

/** Returns the directory to resume in: the one whose project folder holds the transcript, because older versions look nowhere else. */
function placeOf(
  transcript: Transcript | null,
  entryCwd: string | null,
  processCwd: Text | null,
  hasName: boolean,
): Text | null {
  const here = entryCwd ?? processCwd;
  if (transcript === null || hasName) return here;
  const folder = projectOf(transcript);
  const own = [entryCwd, processCwd, ...transcript.cwds].find(
    (cwd) => cwd !== null && isProjectFolderOf(folder, displayText(cwd)),
  );
  return own ?? here;
}
