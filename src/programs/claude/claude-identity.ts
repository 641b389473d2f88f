/**
 * Which conversation each Claude process holds. All processes are judged together: what one holds explains away a doubt about another,
 * and one conversation is sure in one of them only. A wrong conversation is worse than none, so every doubt makes it an offer.
 */
import { dirname, join } from 'node:path';
import type { Conversation } from '../../model/manifest.js';
import { claudeAgents, START_SLACK_MS, startOf, type ClaudeAgent } from './claude-agents.js';
import { claimOf, type Claim } from './claude-claims.js';
import { oneOwnerEach } from './claude-owners.js';
import { directoryOf } from './claude-place.js';
import { claudeProjects, type ClaudeProjects, type Selection } from './claude-projects.js';
import { succeed, successionStart, successors, type Succession, type Successor } from './claude-succession.js';
import { conversationsByTime } from './claude-times.js';
import type { Around, Held, Identity } from '../family.js';

/** State files of background agents are a few kilobytes. */
const JOB_LIMIT = 64 * 1024;

/** The sources that know what a process holds now, whatever it was started with. */
const CURRENT = ['hook', 'environ', 'registry'];

/** Returns the conversations of Claude processes, in their order. */
export function identifyClaude(held: readonly Held[], around: Around): readonly Identity[] {
  const projects = claudeProjects(around.files, around.now);
  const agents = claudeAgents(held, around);
  const all = [...agents.held, ...agents.others];
  const judge = new Judge(all, projects, around);
  const found = all.map((agent) => judge.conversationOf(agent));
  const unnamed = agents.held.filter((agent, index) => isInteractive(agent) && agent.isOwn && found[index] === null);
  const byTime = conversationsByTime(unnamed, {
    projects,
    bornAt: (path) => around.files.bornAt(path),
    isTaken: (configDir, id) => judge.isTaken(configDir, id),
  });
  const owned = oneOwnerEach(
    all.map((agent, index) => ({
      conversation: found[index] ?? byTime.get(agent) ?? parentOf(agent),
      configDir: agent.configDir,
      at: agent.record?.at ?? agent.entry?.updatedAt ?? agent.startedAt,
    })),
  );
  return agents.held.map((agent, index) => {
    const conversation = owned[index] ?? null;
    return { conversation, cwd: directoryOf(agent, conversation?.id ?? null, projects) ?? around.home };
  });
}

const isInteractive = ({ entry }: ClaudeAgent): boolean => entry?.isInteractive !== false;

const isSameDirectory = (agent: ClaudeAgent, other: ClaudeAgent): boolean =>
  [...other.cwds].some((cwd) => agent.cwds.has(cwd));

/** Returns what a process was branched from when its own conversation can't be told. */
function parentOf({ args, entry }: ClaudeAgent): Conversation | null {
  if (!args.fork || args.resume === null || entry !== null) return null;
  return { id: args.resume, source: 'argv', confidence: 'ambiguous', candidates: [] };
}

/** What followed a conversation. */
interface Later {
  readonly list: readonly Successor[];
  readonly isComplete: boolean;
}

const NOTHING_LATER: Later = { list: [], isComplete: true };

/** The claims of all processes, and what follows from each of them for the others. */
class Judge {
  readonly #agents: readonly ClaudeAgent[];
  readonly #projects: ClaudeProjects;
  readonly #around: Around;
  readonly #claims: ReadonlyMap<ClaudeAgent, Claim | null>;
  readonly #later = new Map<ClaudeAgent, Later>();
  readonly #background = new Map<string, ReadonlySet<string>>();

  constructor(agents: readonly ClaudeAgent[], projects: ClaudeProjects, around: Around) {
    this.#agents = agents;
    this.#projects = projects;
    this.#around = around;
    this.#claims = new Map(
      agents.map((agent) => [agent, isInteractive(agent) ? claimOf(agent, projects, around) : null]),
    );
  }

  /** Returns what is named for a process, or null when nothing is. */
  conversationOf(agent: ClaudeAgent): Conversation | null {
    const claim = this.#claims.get(agent) ?? null;
    if (claim === null) return null;
    const { list, isComplete } = this.#laterThan(agent);
    return succeed(claim, list, isComplete, () => this.#isAlone(agent));
  }

  /** Returns whether a conversation is named for any process, or is a background agent's. */
  isTaken(configDir: string, id: string): boolean {
    const isNamed = this.#agents.some((agent) => agent.configDir === configDir && this.#claims.get(agent)?.id === id);
    return isNamed || this.#isBackground(configDir, id);
  }

  #laterThan(agent: ClaudeAgent): Later {
    const claim = this.#claims.get(agent) ?? null;
    if (claim === null || claim.since === Infinity) return NOTHING_LATER;
    const known = this.#later.get(agent) ?? this.#findLater(agent, claim);
    this.#later.set(agent, known);
    return known;
  }

  #findLater(agent: ClaudeAgent, claim: Claim): Later {
    const projects = this.#projects;
    const countsActivity = agent.entry?.id !== claim.id || !agent.entry.followsResume;
    const path = projects.locate(agent.configDir, claim.id, agent.isOwnFolder);
    const folders = new Set(projects.folders(agent.configDir, agent.isOwnFolder));
    if (path !== null) folders.add(dirname(path));
    const select = (since: number): Selection => {
      const parts = [...folders].map((folder) =>
        countsActivity ? projects.changedSince(folder, since) : projects.begunSince(folder, since),
      );
      const isComplete = parts.every((part) => part.isComplete);
      return { transcripts: parts.flatMap(({ transcripts }) => transcripts), isComplete };
    };
    const transcript = path === null ? null : projects.read(path);
    const question: Succession = {
      ...{
        claim: { ...claim, since: claim.since - START_SLACK_MS },
        transcript,
        countsActivity,
        now: this.#around.now,
      },
      isShared: this.#mayBeShared(agent, claim),
      cwds: new Set([...agent.cwds, ...(transcript?.cwds ?? [])]),
      isExplained: (id, at) => this.#isExplained(agent, id, at),
      isHeld: (id) => this.#isExplained(agent, id, Infinity),
    };
    const others = select(successionStart(question));
    return { list: successors(question, others), isComplete: others.isComplete };
  }

  /** Returns whether another process may have written in the conversation: two may have exchanged theirs since they started. */
  #mayBeShared(agent: ClaudeAgent, { id, source }: Claim): boolean {
    if (source === 'argv' || source === 'title') return true;
    return this.#agents.some((other) => {
      if (other === agent || other.configDir !== agent.configDir) return false;
      const claim = this.#claims.get(other) ?? null;
      const isUnsure = claim === null || !CURRENT.includes(claim.source);
      return claim?.id === id || (isUnsure && !CURRENT.includes(source) && isSameDirectory(agent, other));
    });
  }

  /** Returns whether another process that was there at that time holds a conversation. */
  #isExplained(agent: ClaudeAgent, id: string, at: number): boolean {
    const isHeld = this.#agents.some((other) => {
      if (other === agent || other.configDir !== agent.configDir) return false;
      const claim = this.#claims.get(other) ?? null;
      const isBegun = other.args.sessionId === id;
      const holds = claim?.id === id && CURRENT.includes(claim.source);
      return (holds || isBegun) && other.startedAt <= at + START_SLACK_MS;
    });
    const isTold = this.#around.records.some(
      ({ tool, pid, startTime, sessionId }) =>
        tool === 'claude' &&
        sessionId === id &&
        pid !== agent.pid &&
        startOf(startTime, null, this.#around) <= at + START_SLACK_MS,
    );
    return isHeld || isTold || this.#around.heldAt(id, at) || this.#isBackground(agent.configDir, id);
  }

  /** Returns whether no other process of the same directory may have begun what followed. */
  #isAlone(agent: ClaudeAgent): boolean {
    return this.#agents.every((other) => {
      if (
        other === agent ||
        other.configDir !== agent.configDir ||
        !isSameDirectory(agent, other) ||
        !isInteractive(other)
      )
        return true;
      const claim = this.#claims.get(other) ?? null;
      const { list, isComplete } = this.#laterThan(other);
      return claim !== null && CURRENT.includes(claim.source) && list.length === 0 && isComplete;
    });
  }

  #isBackground(configDir: string, id: string): boolean {
    const known = this.#background.get(configDir) ?? this.#backgroundIn(configDir);
    this.#background.set(configDir, known);
    return known.has(id);
  }

  /** Returns the conversations of background agents: every id that the file of one names. */
  #backgroundIn(configDir: string): ReadonlySet<string> {
    const { files } = this.#around;
    const jobs = join(configDir, 'jobs');
    const texts = files.names(jobs).map((job) => files.head(join(jobs, job, 'state.json'), JOB_LIMIT) ?? '');
    return new Set(texts.flatMap((text) => text.match(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g) ?? []));
  }
}
