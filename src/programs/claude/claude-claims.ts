/**
 * What says which conversation a Claude process holds, in order of trust: our hook, the environment of what it runs, the registry, the
 * previous snapshot, the command line. The first that speaks counts; one that another contradicts is never sure.
 */
import type { Conversation } from '../../model/manifest.js';
import { START_SLACK_MS, startOf, type ClaudeAgent } from './claude-agents.js';
import { newestChildWord } from './claude-children.js';
import type { ClaudeProjects } from './claude-projects.js';
import type { Transcript } from './claude-transcripts.js';
import type { Around } from '../family.js';

/** What a source says. */
export interface Claim {
  readonly id: string;
  readonly source: 'hook' | 'environ' | 'registry' | 'previous' | 'argv' | 'title';
  /** From when on, in ms since the epoch, another conversation may have followed; Infinity when the source would know of it. */
  readonly since: number;
  /** How sure it is at best. */
  readonly atBest: Conversation['confidence'];
  /** Others that something speaks for. */
  readonly rivals: readonly string[];
}

/** The sources that were seen while the process ran: what it was started with came before them. */
const SEEN = ['hook', 'environ', 'registry', 'previous'];

/** Returns what the most trusted source says of a process, or null when none does. */
export function claimOf(agent: ClaudeAgent, projects: ClaudeProjects, around: Around): Claim | null {
  const transcriptOf = (id: string): Transcript | null => {
    const path = projects.locate(agent.configDir, id, agent.isOwnFolder);
    return path === null ? null : projects.read(path);
  };
  const wentOnAfter = (id: string, time: number): boolean => (transcriptOf(id)?.lastAt ?? -Infinity) > time;
  const { args, entry, record } = agent;
  const registered = entry?.id ?? null;
  const before = agent.isWaiting ? null : around.previous(agent.pid, agent.startTime);
  const previous = before !== null && SEEN.includes(before.source) ? before : null;
  const since = agent.startedAt;

  if (record !== null) {
    const { sessionId: id, at, ended } = record;
    // A hook can fail once; the registry follows at the next prompt then. What another process has taken over goes on there.
    const isElsewhere = around.records.some(
      (one) => one.tool === 'claude' && one.pid !== agent.pid && one.sessionId === registered,
    );
    const isMissed =
      registered !== null && registered !== id && !isElsewhere && wentOnAfter(registered, at + START_SLACK_MS);
    // What it runs since then was told another one.
    const word = agent.isWaiting ? null : newestChildWord(agent.pid, around.view);
    const isLater = word !== null && word.id !== id && startOf(word.startTime, null, around) > at + START_SLACK_MS;
    const rivals = [...new Set([...(isMissed ? [registered] : []), ...(isLater ? [word.id] : [])])];
    const atBest = rivals.length > 0 ? 'ambiguous' : 'exact';
    return { id, source: 'hook', since: ended ? at : Infinity, atBest, rivals };
  }

  // What is not the registry's may have been seen before or after what it says now.
  const remembered = previous !== null && previous.source !== 'registry' ? previous.id : null;
  const word = agent.isWaiting ? null : newestChildWord(agent.pid, around.view);
  if (word !== null) {
    const told = startOf(word.startTime, null, around);
    const rivals = [registered, remembered].filter((id): id is string => id !== null && id !== word.id);
    if (!rivals.some((id) => wentOnAfter(id, told)))
      return { id: word.id, source: 'environ', since: told, atBest: rivals.length > 0 ? 'inferred' : 'exact', rivals };
  }

  if (entry !== null) {
    const { id } = entry;
    const last = (other: string): number => transcriptOf(other)?.lastAt ?? -Infinity;
    if (previous !== null && remembered !== null && remembered !== id && !(last(id) > last(remembered))) {
      const atBest = previous.confidence === 'ambiguous' ? 'ambiguous' : 'inferred';
      return { id: remembered, source: 'previous', since, atBest, rivals: [id] };
    }
    const started = args.sessionId ?? args.resume;
    // Early versions give a resumed conversation a new id that exists only from the next prompt on.
    if (started !== null && started !== id && !args.fork && transcriptOf(id) === null && transcriptOf(started) !== null)
      return { id: started, source: 'argv', since, atBest: 'ambiguous', rivals: [id] };
    const isParent = args.fork && args.sessionId === null && args.resume === id;
    return { id, source: 'registry', since, atBest: isParent ? 'ambiguous' : 'exact', rivals: [] };
  }

  if (previous !== null) {
    const { id, confidence: atBest, candidates: rivals } = previous;
    return { id, source: 'previous', since, atBest, rivals };
  }
  return argvClaim(agent, projects);
}

function argvClaim(agent: ClaudeAgent, projects: ClaudeProjects): Claim | null {
  const { args, isOwn, isWaiting } = agent;
  // What a launcher holds back can't have moved on.
  const since = isWaiting ? Infinity : agent.startedAt;
  const atBest = isOwn ? 'exact' : 'ambiguous';
  if (args.sessionId !== null) return { id: args.sessionId, source: 'argv', since, atBest, rivals: [] };
  // With --fork-session the id is the parent's.
  if (args.fork) return null;
  if (args.resume !== null) return { id: args.resume, source: 'argv', since, atBest, rivals: [] };
  const id = args.title === null ? null : titled(args.title, agent, projects);
  // Another may have been called so when it started.
  return id === null ? null : { id, source: 'title', since, atBest: 'inferred', rivals: [] };
}

/** Returns the only conversation of the project that has exactly this title, or null. */
function titled(title: string, agent: ClaudeAgent, projects: ClaudeProjects): string | null {
  const folders = projects
    .folders(agent.configDir, agent.isOwnFolder)
    .map((path) => projects.begunSince(path, -Infinity));
  if (!folders.every(({ isComplete }) => isComplete)) return null;
  const found = folders.flatMap(({ transcripts }) => transcripts).filter((transcript) => transcript.title === title);
  const [only] = found;
  return found.length === 1 && only !== undefined && (only.firstAt ?? 0) <= agent.startedAt ? only.id : null;
}
