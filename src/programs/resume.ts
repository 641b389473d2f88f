/**
 * What to do with a saved program when its pane comes back: start it, offer it, or say why not.
 * The saved record is not trusted: only what a family recognises is started, only with words that it keeps, and only when everything is there.
 */
import { posix } from 'node:path';
import type { Conversation, Program } from '../model/manifest.js';
import { modeFor, type ProgramChoice } from '../model/program-choices.js';
import { lowestMode } from '../model/resume-mode.js';
import type { Text } from '../model/text.js';
import { baseName } from './command-line.js';
import { familiesFor } from './families.js';
import type { Conversations, Family, Mode } from './family.js';
import type { FileView } from './file-view.js';
import { INHERITED_MARKERS } from './inherited-markers.js';
import { isAbsolute, locate, type Binary, type Paths } from './locate.js';
import type { Resumption } from './resumption.js';
import { oneLine } from '../model/shell-words.js';
import { displayCommand } from './display-command.js';

/** What the decision rests on beside the saved program. */
export interface ResumeContext extends Paths {
  /** The user's option; it can only lower what the program itself allows. */
  readonly policy: Mode;
  /** What the user chose for programs; for a saved one it can only lower what was saved. */
  readonly choices: readonly ProgramChoice[];
  readonly home: string;
  readonly files: FileView;
  /** The conversations that living processes hold, and those that are being started, as `conversationKey` names them. */
  readonly held: ReadonlySet<string>;
}

/** Returns what tells a conversation from all others: an id means something within its family only. */
export const conversationKey = (kind: string, id: string): string => `${kind} ${id}`;

/** What is decided before the words: everything that a program with and one without a conversation have in common. */
interface Prepared {
  readonly program: Program;
  readonly family: Family;
  readonly kept: readonly Text[];
  readonly mode: Mode;
  readonly binary: Binary | null;
  readonly env: Readonly<Record<string, Text>>;
  readonly context: ResumeContext;
  /** Returns the command for a person. */
  readonly line: (words: readonly Text[]) => string;
}

/** Returns what is to happen in the pane of a saved program. */
export function resumeProgram(program: Program, context: ResumeContext): Resumption {
  const families = familiesFor(context.choices);
  // Who would know it alive: a record can't make a program of one family another one's.
  const known = families.find((one) => one.recognise(program.argv, program.exe) !== null);
  const family = known?.kind === program.kind ? known : undefined;
  const command = family?.recognise(program.argv, program.exe) ?? null;
  const reading = command === null ? null : (family?.read(command.args) ?? null);
  const name = baseName(command?.script ?? program.argv[0] ?? '');
  const chosen = modeFor(context.choices, program.kind, name, program.mode);
  const mode = lowestMode(program.mode, context.policy, chosen);
  if (family === undefined || command === null || reading === null || mode === 'never')
    return shell(program, context, 'none', null);

  const names = ['PATH', ...family.variables];
  const env = Object.fromEntries(Object.entries(program.env).filter(([variable]) => names.includes(variable)));
  const binary = locate(program, family, command, context);
  const shown = binary?.shown ?? [family.names[0] ?? name];
  const line = (words: readonly Text[]): string => displayCommand([...shown, ...words], env);
  const prepared = { program, family, kept: reading.kept, mode, binary, env, context, line };
  return family.conversations === null ? startAgain(prepared) : resumeConversation(prepared, family.conversations);
}

/** A program without a conversation starts with the words it had. */
function startAgain(prepared: Prepared): Resumption {
  const { program, family, kept, mode, binary, context, line } = prepared;
  const what = family.kind === 'listed' ? baseName(program.argv[0] ?? '') : family.kind;
  if (binary === null)
    return shell(program, context, 'none', `${what} is not there any more; once it is back, run: ${line(kept)}`);
  if (!context.exists(program.cwd))
    return { ...run(prepared, 'offer', kept, `the directory ${oneLine(program.cwd)} is gone`), counts: 'none' };
  const reason = mode === 'offer' ? `${what} ran here` : null;
  return { ...run(prepared, mode, kept, reason), cwd: program.cwd, counts: 'none' };
}

function resumeConversation(prepared: Prepared, conversations: Conversations): Resumption {
  const { program, family, kept, mode, binary, context, line } = prepared;
  const { kind } = family;
  const conversation = program.conversation;
  const id = conversation !== null && conversations.validId.test(conversation.id) ? conversation.id : null;
  const words = id === null ? kept : conversations.resume(id, kept);
  if (binary === null)
    return shell(program, context, 'missing', `${kind} is not there any more; once it is back, run: ${line(words)}`);
  if (conversation === null || id === null)
    return run(prepared, 'offer', kept, `${kind} ran here without a conversation to resume; this starts it anew`);
  const place = conversations.find(program, id, { home: context.home, files: context.files });
  if (place === null) {
    const reason = `conversation ${id} is gone (never prompted, or expired); this starts ${kind} anew`;
    return { ...run(prepared, 'offer', kept, reason), counts: 'missing' };
  }
  if (place.cwd === null) return run(prepared, 'offer', words, `the directory ${oneLine(program.cwd)} is gone`);
  const cwd = place.cwd;
  if (context.held.has(conversationKey(kind, id))) {
    const reason = `conversation ${id} is open elsewhere`;
    const fork = conversations.fork?.(id, kept) ?? null;
    if (fork === null) return { ...shell(program, context, 'offered', `${reason}; resume with: ${line(words)}`), cwd };
    return { ...run(prepared, 'offer', fork, `${reason}; this opens a copy of it`), cwd };
  }
  if (conversation.confidence !== 'exact')
    return { ...run(prepared, 'offer', words, doubt(kind, conversation, conversations)), cwd };
  return { ...run(prepared, mode, words, mode === 'offer' ? `${kind} ran here` : null), cwd };
}

function doubt(kind: string, { id, candidates }: Conversation, { validId }: Conversations): string {
  const others = candidates.filter((other) => other !== id && validId.test(other));
  const more = others.length === 0 ? '' : ` It may have been ${others.join(' or ')} as well.`;
  return `${kind} ran here, perhaps in another conversation than this.${more}`;
}

function run(prepared: Prepared, mode: Mode, words: readonly Text[], reason: string | null): Resumption {
  const { program, binary, env, context } = prepared;
  const action = mode === 'never' ? 'shell' : mode;
  return {
    action,
    argv: [...(binary?.argv ?? []), ...words],
    env,
    unset: INHERITED_MARKERS,
    cwd: nearestFolder(program.cwd, context),
    notice: notice(reason),
    counts: action === 'offer' ? 'offered' : 'resumed',
  };
}

function shell(
  program: Program,
  context: ResumeContext,
  counts: Resumption['counts'],
  reason: string | null,
): Resumption {
  const cwd = nearestFolder(program.cwd, context);
  return { action: 'shell', argv: [], env: {}, unset: INHERITED_MARKERS, cwd, notice: notice(reason), counts };
}

const notice = (reason: string | null): string | null => (reason === null ? null : oneLine(`tmux-persist: ${reason}`));

/** Returns the saved directory, or the nearest one above it that exists; the home directory when none does. */
function nearestFolder(cwd: Text, context: ResumeContext): Text {
  if (context.exists(cwd)) return cwd;
  if (typeof cwd !== 'string' || !isAbsolute(cwd)) return context.home;
  for (let folder = posix.dirname(cwd); folder !== '/'; folder = posix.dirname(folder)) {
    if (context.exists(folder)) return folder;
  }
  return context.home;
}
