/**
 * What to do with a saved program when its pane comes back: start it, offer it, or say why not.
 * The saved record is not trusted: only Claude is started, only with flags on the list, and only when everything is there.
 */
import { join, posix } from 'node:path';
import type { Program } from '../model/manifest.js';
import { bytesFromText, displayText, type Text } from '../model/text.js';
import { baseName, claudeCommand, KEPT_VARIABLES, type ClaudeCommand } from './claude.js';
import { CONVERSATION_ID, parseClaudeArguments } from './claude-argv.js';
import { claudeProjects } from './claude-projects.js';
import { isProjectFolderOf, projectOf, projectSlug, type Transcript } from './claude-transcripts.js';
import { configDirOfProgram } from './live-conversations.js';
import type { Resumption } from './resumption.js';
import { displayCommand, oneLine } from './shell-quote.js';

/** What the decision rests on beside the saved program. */
export interface ResumeContext {
  /** The user's option; it can only lower what the program itself allows. `view` counts as `offer`. */
  readonly policy: Program['mode'];
  readonly home: string;
  readonly exists: (path: Text) => boolean;
  readonly isExecutable: (path: Text) => boolean;
  /** The conversations that living processes hold, and those that are being started: see live-conversations.ts. */
  readonly liveIds: ReadonlySet<string>;
  /** Returns a transcript from wherever it lies; the real one when absent. */
  readonly findTranscript?: (configDir: string, id: string) => Transcript | null;
}

/** What an agent leaves in the environment of its children. A conversation that inherits it may save no transcript or report to the wrong parent. */
export const INHERITED_MARKERS: readonly string[] = [
  'CLAUDECODE',
  'CLAUDE_CODE_CHILD_SESSION',
  'CLAUDE_CODE_SESSION_ID',
  'CLAUDE_CODE_ENTRYPOINT',
  'CLAUDE_CODE_EXECPATH',
  'CLAUDE_CODE_SSE_PORT',
  'CLAUDE_CODE_BRIDGE_SESSION_ID',
  'CLAUDE_CODE_MESSAGING_SOCKET',
  'CLAUDE_CODE_MESSAGING_TOKEN',
  'CLAUDE_PID',
  'CLAUDE_EFFORT',
  'CLAUDE_ENV_FILE',
  'CLAUDE_JOB_DIR',
  'AI_AGENT',
  'CODEX_THREAD_ID',
  'GEMINI_CLI',
  'GEMINI_SESSION_ID',
  'COPILOT_AGENT_SESSION_ID',
];

/** Returns what is to happen in the pane of a saved program. */
export function resumeProgram(program: Program, context: ResumeContext): Resumption {
  const base = { unset: INHERITED_MARKERS, cwd: nearestFolder(program.cwd, context) };
  const shell = (counts: Resumption['counts'], notice: string | null): Resumption => ({
    action: 'shell',
    argv: [],
    env: {},
    ...base,
    notice: notice === null ? null : oneLine(`tmux-persist: ${notice}`),
    counts,
  });

  const command = program.kind === 'claude' ? claudeCommand(program.argv, program.exe) : null;
  if (command === null || context.policy === 'never' || program.mode === 'never') return shell('none', null);
  const env = keptVariables(program);
  const parsed = parseClaudeArguments(command.args);
  const id = program.conversation?.id ?? null;
  const resumeFlags: readonly Text[] = id === null || !CONVERSATION_ID.test(id) ? [] : ['--resume', id];
  const binary = locate(program, command, context);
  const line = (extra: readonly Text[]): string => {
    return displayCommand([...(binary?.shown ?? ['claude']), ...extra, ...parsed.kept], env);
  };

  if (binary === null) {
    return shell('missing', `claude is not there any more; once it is back, run: ${line(resumeFlags)}`);
  }
  if (id === null || resumeFlags.length === 0) {
    return shell('offered', `claude ran here without a conversation to resume; start it anew with: ${line([])}`);
  }
  const place = findPlace(program, id, context);
  if (place === null) {
    return shell('missing', `conversation ${id} is gone (never prompted, or expired); start anew with: ${line([])}`);
  }
  if (place.cwd === null) {
    return shell('offered', `the directory ${oneLine(program.cwd)} is gone; resume with: ${line(resumeFlags)}`);
  }
  const cwd = place.cwd;
  if (context.liveIds.has(id)) {
    const fork = line([...resumeFlags, '--fork-session']);
    return { ...shell('offered', `conversation ${id} is open elsewhere; for a copy of it run: ${fork}`), cwd };
  }
  if (program.conversation?.confidence !== 'exact') {
    const others = program.conversation?.candidates.filter((other) => CONVERSATION_ID.test(other)) ?? [];
    const more = others.length === 0 ? '' : ` (or ${others.join(', ')})`;
    return {
      ...shell('offered', `claude ran here, perhaps in another conversation: ${line(resumeFlags)}${more}`),
      cwd,
    };
  }
  if (program.mode !== 'auto' || context.policy !== 'auto') {
    return { ...shell('offered', `resume the conversation with: ${line(resumeFlags)}`), cwd };
  }
  const argv = [...binary.argv, ...resumeFlags, ...parsed.kept];
  return { action: 'start', argv, env, ...base, cwd, notice: null, counts: 'resumed' };
}

function keptVariables(program: Program): Record<string, Text> {
  return Object.fromEntries(Object.entries(program.env).filter(([name]) => KEPT_VARIABLES.includes(name)));
}

interface Binary {
  /** What runs: an absolute path, or an interpreter and a script. */
  readonly argv: readonly Text[];
  /** What a person would type. */
  readonly shown: readonly Text[];
}

/** Returns the program that ran, as it can be started now, or null: where it was called by path, else by its name in the saved PATH, else the executable itself. */
function locate(program: Program, command: ClaudeCommand, context: ResumeContext): Binary | null {
  const [called = ''] = program.argv;
  const exe = isAbsolute(program.exe) && context.isExecutable(program.exe) ? program.exe : null;
  // A wrapped script was called by the name of its wrapper, which is what the PATH holds.
  const isCalledClaude = command.interpreter === null || command.interpreter !== called;
  if (isCalledClaude) {
    // Called by its version it is what updates leave behind: the name finds the one of now.
    const isVersion = /^\d/.test(baseName(called));
    if (!isVersion && isAbsolute(called) && context.isExecutable(called)) return { argv: [called], shown: [called] };
    const name = isVersion ? 'claude' : baseName(called);
    const found = searchPath(name, program, context);
    if (found !== null) return { argv: [found], shown: [name] };
  }
  if (command.interpreter === null || command.script === null) {
    // Only a build that is its own executable can be started by it: an interpreter's says nothing of the script.
    return exe !== null && claudeCommand([exe], exe) !== null ? { argv: [exe], shown: [exe] } : null;
  }
  const script = isAbsolute(command.script) ? command.script : resolveIn(program.cwd, command.script);
  const interpreter =
    (isAbsolute(command.interpreter) && context.isExecutable(command.interpreter) ? command.interpreter : null) ??
    searchPath(baseName(command.interpreter), program, context) ??
    exe;
  if (interpreter === null || script === null || !context.exists(script)) return null;
  // A wrapper may have run any script under Claude's name; only one that is known by its own is started.
  if (claudeCommand([interpreter, script], null) === null) return null;
  return { argv: [interpreter, script], shown: [interpreter, script] };
}

function searchPath(name: string, program: Program, context: ResumeContext): string | null {
  const path = program.env['PATH'];
  if (typeof path !== 'string') return null;
  // Relative entries would find whatever lies in the directory of the pane.
  const folders = path.split(':').filter((folder) => folder.startsWith('/'));
  return folders.map((folder) => posix.join(folder, name)).find((candidate) => context.isExecutable(candidate)) ?? null;
}

/** Returns where a conversation is to be resumed, with a null directory when that one is gone; null when the conversation is. */
function findPlace(program: Program, id: string, context: ResumeContext): { readonly cwd: Text | null } | null {
  const configDir = configDirOfProgram(program, context.home);
  const name = program.env['CLAUDE_CODE_PROJECT_DIR_NAME'];
  const folder = typeof name === 'string' ? name : projectSlug(displayText(program.cwd));
  const cwd = isAbsolute(program.cwd) && context.exists(program.cwd) ? program.cwd : null;
  if (context.exists(join(configDir, 'projects', folder, `${id}.jsonl`))) return { cwd };
  const find =
    context.findTranscript ?? ((config: string, wanted: string) => claudeProjects().find(config, wanted, () => true));
  const transcript = find(configDir, id);
  if (transcript === null) return null;
  const moved = transcript.cwds.find(
    (other) => isProjectFolderOf(projectOf(transcript), other) && context.exists(other),
  );
  return { cwd: moved ?? cwd };
}

/** Returns the saved directory, or the nearest one above it that exists; the home directory when none does. */
function nearestFolder(cwd: Text, context: ResumeContext): Text {
  if (context.exists(cwd)) return cwd;
  if (typeof cwd !== 'string' || !isAbsolute(cwd)) return context.home;
  for (let folder = posix.dirname(cwd); folder !== '/'; folder = posix.dirname(folder)) {
    if (context.exists(folder)) return folder;
  }
  return context.home;
}

const isAbsolute = (path: Text): boolean => bytesFromText(path)[0] === 0x2f;

const resolveIn = (cwd: Text, path: Text): string | null =>
  typeof cwd === 'string' && typeof path === 'string' ? posix.resolve(cwd, path) : null;
