/**
 * What a server is told beside its structure: options, hooks, environments and the list of its paste buffers. One call asks for all
 * of it; the answer is complete or a failure (R2), and what vanished meanwhile is simply not in it.
 */
import { ok, type Result } from '../model/failure.js';
import type { UserOptions } from '../model/manifest.js';
import type { Snapshot } from '../model/snapshot.js';
import type { Text } from '../model/text.js';
import { encoded, quote } from './codec.js';
import { parseBufferRow, type BufferRow } from './buffers.js';
import { HOOK_INDEX } from './events.js';
import type { TmuxTarget } from './exec.js';
import { askFramed, type Question } from './framed.js';
import { parseEnvironment, parseOptions } from './listings.js';
import { GLOBAL_QUESTIONS, userOptionsOf } from './settings.js';
import { KEEP_OPTION } from './step-lines.js';

type Options = Readonly<Record<string, Text>>;

/** The details of a server; what is not in a map was gone when they were read. */
export interface Details {
  readonly sessions: ReadonlyMap<string, { readonly options: Options; readonly environment: Options }>;
  readonly windows: ReadonlyMap<string, Options>;
  readonly panes: ReadonlyMap<string, Options>;
  /** The `@` options of the server. */
  readonly options: UserOptions;
  /** The global environment. */
  readonly environment: Options;
  /** The paste buffers, newest first. */
  readonly buffers: readonly BufferRow[];
}

/** Returns the details of a server as it is in `snapshot`; `keeps` says which variables are taken. */
export async function readDetails(
  target: TmuxTarget,
  snapshot: Snapshot,
  keeps: (variable: string, value: Text) => boolean,
): Promise<Result<Details>> {
  const sessions = snapshot.sessions.map(({ id }) => id);
  const windows = snapshot.windows.map(({ id }) => id);
  const panes = snapshot.windows.flatMap((window) => window.panes.map(({ id }) => id));
  const questions: readonly Question[] = [
    ...GLOBAL_QUESTIONS,
    { about: null, commands: ['show-environment -gs'] },
    { about: null, commands: [`list-buffers -F ${quote(BUFFER_ROW)}`] },
    ...sessions.map((id) => ({ about: id, commands: [`show-options -H -t ${quote(id)}`] })),
    ...sessions.map((id) => ({ about: id, commands: [`show-environment -s -t ${quote(id)}`] })),
    ...windows.map((id) => ({ about: id, commands: [`show-options -wH -t ${quote(id)}`] })),
    ...panes.map((id) => ({ about: id, commands: [`show-options -pH -t ${quote(id)}`] })),
  ];
  const asked = await askFramed(target, questions);
  if (!asked.ok) return asked;
  const answers = [...asked.value];
  const next = (count: number): (Buffer | null)[] => answers.splice(0, count);
  const options = userOptionsOf(next(GLOBAL_QUESTIONS.length));
  const [environment = null, buffers = null] = next(2);
  const sessionOptions = present(sessions, next(sessions.length));
  const environments = present(sessions, next(sessions.length));
  const own = (found: ReadonlyMap<string, Buffer>): Map<string, Options> =>
    new Map([...found].map(([id, answer]) => [id, withoutOurs(parse(answer))]));
  return ok({
    sessions: new Map(
      [...own(sessionOptions)].map(([id, found]) => [
        id,
        { options: found, environment: variables(environments.get(id) ?? null, keeps) },
      ]),
    ),
    windows: own(present(windows, next(windows.length))),
    panes: own(present(panes, next(panes.length))),
    options,
    environment: variables(environment, keeps),
    buffers: (buffers ?? Buffer.alloc(0)).toString('latin1').split('\n').flatMap(parseBufferRow),
  });
}

const BUFFER_ROW = `#{buffer_size}\t#{buffer_created}\t${encoded('#{buffer_name}')}`;

const parse = (answer: Buffer | null): Record<string, Text> => parseOptions(answer ?? Buffer.alloc(0));

const variables = (answer: Buffer | null, keeps: (variable: string, value: Text) => boolean): Options =>
  Object.fromEntries(
    Object.entries(parseEnvironment(answer ?? Buffer.alloc(0))).filter(([name, value]) => keeps(name, value)),
  );

const present = (ids: readonly string[], answers: readonly (Buffer | null)[]): Map<string, Buffer> =>
  new Map(ids.flatMap((id, at): [string, Buffer][] => (answers[at] == null ? [] : [[id, answers[at]]])));

/** Returns the options without what we set ourselves; an array that holds nothing else is the user's empty one. */
function withoutOurs(options: Options): Options {
  const ours = `[${String(HOOK_INDEX)}]`;
  const isKept = options[KEEP_OPTION] !== undefined;
  const names = Object.keys(options);
  return Object.fromEntries(
    Object.entries(options).flatMap(([name, value]): [string, Text][] => {
      if (name === KEEP_OPTION || (isKept && name === 'destroy-unattached')) return [];
      if (!name.endsWith(ours)) return [[name, value]];
      const array = name.slice(0, -ours.length);
      return names.some((other) => other !== name && other.startsWith(`${array}[`)) ? [] : [[array, '']];
    }),
  );
}
