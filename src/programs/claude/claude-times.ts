/**
 * Conversations for processes that nothing names one of: by when each process started, when each transcript began and when it went on.
 * A transcript begins at its first prompt, so the order of starts proves nothing. What comes out is offered at most.
 */
import type { Conversation } from '../../model/manifest.js';
import { START_SLACK_MS, type ClaudeAgent } from './claude-agents.js';
import { assign } from './claude-assignment.js';
import type { ClaudeProjects } from './claude-projects.js';
import type { Transcript } from './claude-transcripts.js';

/** What is looked at. */
export interface Times {
  readonly projects: ClaudeProjects;
  /** Returns when an inode was made, in ms since the epoch, or null. */
  readonly bornAt: (path: string) => number | null;
  /** Returns whether a conversation of a config directory is somebody's already. */
  readonly isTaken: (configDir: string, id: string) => boolean;
}

/** A file that is older than what it holds was written as it came; one that is younger was copied. */
const BIRTH_SLACK_MS = 5000;
const CANDIDATE_LIMIT = 8;

/** Returns the conversation of each process by its times, null where none fits. */
export function conversationsByTime(
  agents: readonly ClaudeAgent[],
  times: Times,
): Map<ClaudeAgent, Conversation | null> {
  const found = new Map(agents.map((agent) => [agent, candidatesOf(agent, times)]));
  const { pairs, forced } = assign(new Map([...found].map(([agent, { paths }]) => [agent, paths])));
  return new Map(
    [...found].map(([agent, { paths, isComplete }]) => {
      const idOf = (path: string): string => times.projects.read(path)?.id ?? '';
      const path = pairs.get(agent) ?? paths[0];
      if (path === undefined) return [agent, null];
      const isForced = forced.has(agent) && isComplete;
      const candidates = paths.filter((other) => other !== path).slice(0, CANDIDATE_LIMIT);
      const confidence = isForced ? 'inferred' : 'ambiguous';
      return [agent, { id: idOf(path), source: 'time', confidence, candidates: candidates.map(idOf) }];
    }),
  );
}

/** Returns the paths of the transcripts that can be those of a process, the last to go on first. */
function candidatesOf(
  agent: ClaudeAgent,
  { projects, bornAt, isTaken }: Times,
): { readonly paths: readonly string[]; readonly isComplete: boolean } {
  const since = agent.startedAt - START_SLACK_MS;
  const continues = agent.args.continues || agent.args.fork;
  const selections = projects
    .folders(agent.configDir, agent.isOwnFolder)
    .map((folder) => (continues ? projects.changedSince(folder, since) : projects.begunSince(folder, since)));
  const fitting = selections
    .flatMap(({ transcripts }) => transcripts)
    .filter((transcript) => {
      const { firstAt, lastAt, cwds, isInteractive, id, path } = transcript;
      if (!isInteractive || firstAt === null || lastAt === null || lastAt < since) return false;
      if (!cwds.some((cwd) => agent.cwds.has(cwd)) || isTaken(agent.configDir, id)) return false;
      if (agent.args.fork) return isCopyOf(agent, transcript, projects);
      return agent.args.continues || birthOf(firstAt, bornAt(path)) >= since;
    });
  const newestFirst = fitting.sort((left, right) => (right.lastAt ?? 0) - (left.lastAt ?? 0));
  return {
    paths: newestFirst.map(({ path }) => path),
    isComplete: selections.every((selection) => selection.isComplete),
  };
}

const birthOf = (firstAt: number, bornAt: number | null): number =>
  bornAt !== null && bornAt <= firstAt + BIRTH_SLACK_MS ? Math.min(bornAt, firstAt) : firstAt;

/** A copy of a conversation begins with all that was said so far, with its old times. */
function isCopyOf(
  { args, configDir, isOwnFolder }: ClaudeAgent,
  transcript: Transcript,
  projects: ClaudeProjects,
): boolean {
  if (args.resume === null) return true;
  if (transcript.id === args.resume) return false;
  const path = projects.locate(configDir, args.resume, isOwnFolder);
  const parent = path === null ? null : projects.read(path);
  return transcript.forkedFrom === args.resume || transcript.firstAt === parent?.firstAt;
}
