/**
 * The programs that can come back in a set of panes. Panes are judged together, because one conversation belongs to
 * one pane, and what one process holds explains away a doubt about another.
 */
import { uptime } from 'node:os';
import type { Program } from '../model/manifest.js';
import type { Text } from '../model/text.js';
import { claudeCommand, findClaude, KEPT_VARIABLES, type ClaudeProcess } from './claude.js';
import { parseClaudeArguments, withoutSecrets } from './claude-argv.js';
import { identifyClaude, type Surroundings } from './claude-identity.js';
import { waitingProgram } from './launcher.js';
import { claudeProjects } from './claude-projects.js';
import { configDirOf, liveConversations, type LiveConversation } from './live-conversations.js';
import type { ProcessView } from './process-view.js';

interface Found {
  readonly paneId: string;
  readonly process: ClaudeProcess;
  readonly environment: ReadonlyMap<string, Text> | null;
  readonly configDir: string;
}

/** Returns the program of each pane, null where nothing is known that could come back; `bootMs` is when the machine started, in ms since the epoch. */
export function identifyPrograms(
  panes: readonly { readonly paneId: string; readonly pid: number }[],
  view: ProcessView,
  home: string,
  bootMs = Date.now() - uptime() * 1000,
): Map<string, Program | null> {
  const found = panes.flatMap(({ paneId, pid }): Found[] => {
    const seen = seenIn(pid, view);
    if (seen === null) return [];
    return [{ paneId, ...seen, configDir: configDirOf(seen.environment, seen.process.info.cwd, home) }];
  });
  const registries = new Map<string, readonly LiveConversation[]>();
  const registry = (configDir: string): readonly LiveConversation[] => {
    const entries = registries.get(configDir) ?? liveConversations(configDir, view);
    registries.set(configDir, entries);
    return entries;
  };
  const begun = (configDir: string): readonly LiveConversation[] => begunWithId(found, configDir);
  const around: Surroundings = { home, bootMs, now: Date.now(), projects: claudeProjects(), registry, begun };
  const programs = new Map<string, Program | null>(panes.map(({ paneId }) => [paneId, null]));
  for (const item of found) programs.set(item.paneId, programOf(item, around));
  return oneIdOnePane(programs);
}

/** Returns the Claude process of a pane, or the one that our launcher there is about to start. */
function seenIn(panePid: number, view: ProcessView): Pick<Found, 'process' | 'environment'> | null {
  const process = findClaude(panePid, view);
  if (process !== null) return { process, environment: view.environ(process.info.pid) };
  const info = view.read(panePid);
  const waiting = info === null ? null : waitingProgram(info.argv);
  if (info === null || waiting === null) return null;
  const command = claudeCommand(waiting.argv, null);
  if (command === null) return null;
  const parsed = parseClaudeArguments(command.args);
  return {
    process: { info: { ...info, argv: waiting.argv, exe: waiting.argv[0] ?? null, cwd: waiting.cwd }, command, parsed },
    environment: new Map([...(view.environ(panePid) ?? []), ...waiting.env]),
  };
}

/** Returns the conversations that the processes of these panes began with an id of their choice. */
function begunWithId(found: readonly Found[], configDir: string): LiveConversation[] {
  return found.flatMap((item): LiveConversation[] => {
    const { info, parsed } = item.process;
    if (parsed.sessionId === null || item.configDir !== configDir) return [];
    const { pid, startTime } = info;
    return [{ id: parsed.sessionId, pid, startTime, cwd: null, startedAt: null, isInteractive: true }];
  });
}

function programOf(item: Found, around: Surroundings): Program {
  const { info } = item.process;
  const { conversation, cwd } = identifyClaude(item.process, item.environment, around);
  const { argv, withheld } = withoutSecrets(info.argv);
  const isSure = conversation?.confidence === 'exact' && info.state !== 'T' && !withheld;
  return {
    kind: 'claude',
    exe: info.exe ?? info.argv[0] ?? '',
    argv: [...argv],
    cwd,
    env: keptEnvironment(item),
    mode: isSure ? 'auto' : 'offer',
    conversation,
  };
}

function keptEnvironment({ environment, configDir }: Found): Record<string, Text> {
  const kept: Record<string, Text> = {};
  for (const name of KEPT_VARIABLES) {
    const value = environment?.get(name);
    // A relative config directory means another one elsewhere.
    if (value !== undefined && value !== '')
      kept[name] = name === 'CLAUDE_CONFIG_DIR' && typeof value === 'string' ? configDir : value;
  }
  return kept;
}

/** Returns the programs with every conversation sure in at most one pane: the one that the registry names, else the first. */
function oneIdOnePane(programs: ReadonlyMap<string, Program | null>): Map<string, Program | null> {
  const owners = new Map<string, string>();
  for (const source of ['registry', 'argv']) {
    for (const [paneId, program] of programs) {
      const conversation = program?.conversation;
      if (conversation?.confidence !== 'exact' || conversation.source !== source) continue;
      if (!owners.has(conversation.id)) owners.set(conversation.id, paneId);
    }
  }
  const judged = new Map<string, Program | null>();
  for (const [paneId, program] of programs) {
    const conversation = program?.conversation;
    const isSecond = conversation?.confidence === 'exact' && owners.get(conversation.id) !== paneId;
    judged.set(
      paneId,
      program !== null && conversation && isSecond
        ? { ...program, mode: 'offer', conversation: { ...conversation, confidence: 'ambiguous' } }
        : program,
    );
  }
  return judged;
}
