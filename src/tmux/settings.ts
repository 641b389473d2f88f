/**
 * Reads the server's settings that a restore or a capture depends on, and the `@` options of its user. What the user's tmux.conf
 * says stays with tmux.conf: nothing here is ever written back.
 */
import { ok, type Result } from '../model/failure.js';
import type { UserOptions } from '../model/manifest.js';
import type { ServerSettings } from '../model/snapshot.js';
import { displayText, type Text } from '../model/text.js';
import { hookQuestions, missingHooks } from './events.js';
import type { TmuxTarget } from './exec.js';
import { askFramed, type Question } from './framed.js';
import { parseOptions } from './listings.js';

const PREFIX = '@tmux-persist-';

/** What a caretaker wants to know of its server beside its state. */
export interface Upkeep {
  readonly pid: number;
  /** tmux's own `#{start_time}`, in seconds since the epoch. */
  readonly startTime: number;
  readonly settings: ServerSettings;
  readonly options: UserOptions;
  /** The commands that put our hooks back where they are missing. */
  readonly missingHooks: readonly string[];
}

/** The questions about the options of a whole server, whose answers `userOptionsOf` and `settingsOf` read. */
export const GLOBAL_QUESTIONS: readonly Question[] = ['-s', '-g', '-gw'].map((scope) => ({
  about: null,
  commands: [`show-options ${scope}`],
}));

const IDENTITY: Question = { about: null, commands: ['display-message -p "#{pid} #{start_time}"'] };

/** Returns the server's settings; what it does not answer has tmux's default. */
export async function readSettings(target: TmuxTarget): Promise<Result<ServerSettings>> {
  const answers = await askFramed(target, GLOBAL_QUESTIONS);
  return answers.ok ? ok(settingsOf(answers.value)) : answers;
}

/** Returns settings, `@` options and hooks in one call; `sessionIds` are those whose own hooks are looked at. */
export async function readUpkeep(target: TmuxTarget, sessionIds: readonly string[]): Promise<Result<Upkeep>> {
  const hooks = hookQuestions(sessionIds);
  const asked = await askFramed(target, [IDENTITY, ...GLOBAL_QUESTIONS, ...hooks]);
  if (!asked.ok) return asked;
  const [identity, ...answers] = asked.value;
  const [pid = 0, startTime = 0] = (identity ?? '').toString().split(' ').map(Number);
  const globals = answers.splice(0, GLOBAL_QUESTIONS.length);
  return ok({
    pid,
    startTime,
    settings: settingsOf(globals),
    options: userOptionsOf(globals),
    missingHooks: missingHooks(hooks, answers),
  });
}

/** Returns the `@` options of the answers to `GLOBAL_QUESTIONS`. */
export function userOptionsOf(answers: readonly (Buffer | null)[]): UserOptions {
  const [server, session, window] = answers.map((answer) =>
    Object.fromEntries(Object.entries(parse(answer)).filter(([name]) => name.startsWith('@'))),
  );
  return { server: server ?? {}, session: session ?? {}, window: window ?? {} };
}

/** Returns the settings in the answers to `GLOBAL_QUESTIONS`. */
export function settingsOf([, ofSessions = null, ofWindows = null]: readonly (Buffer | null)[]): ServerSettings {
  const values = new Map(
    Object.entries({ ...parse(ofSessions), ...parse(ofWindows) }).map(([name, value]) => [name, displayText(value)]),
  );
  const userOptions: Record<string, string> = {};
  for (const [name, value] of values) if (name.startsWith(PREFIX)) userOptions[name.slice(PREFIX.length)] = value;
  return {
    baseIndex: Number.parseInt(values.get('base-index') ?? '0', 10) || 0,
    windowSize: values.get('window-size') ?? 'latest',
    automaticRename: values.get('automatic-rename') !== 'off',
    remainOnExit: values.get('remain-on-exit') ?? 'off',
    destroyUnattached: values.get('destroy-unattached') ?? 'off',
    defaultShell: values.get('default-shell') ?? '/bin/sh',
    defaultCommand: values.get('default-command') ?? '',
    userOptions,
  };
}

const parse = (answer: Buffer | null): Record<string, Text> => parseOptions(answer ?? Buffer.alloc(0));
