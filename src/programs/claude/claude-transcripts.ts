/**
 * Claude Code's transcripts: what their folders are called, and what their two ends say. They are only read, and only
 * 64 KB from each end: lines can be many megabytes, the last one can be torn, and the format is not promised.
 */
import { basename, dirname } from 'node:path';
import { fileView, type FileView } from '../file-view.js';

/** What the ends of a transcript say. */
export interface Transcript {
  readonly path: string;
  readonly id: string;
  /** When it begins and ends, in ms since the epoch, by its own timestamps; null when none could be read. */
  readonly firstAt: number | null;
  readonly lastAt: number | null;
  /** The directories it names, first seen first. */
  readonly cwds: readonly string[];
  /** Whether it has messages of the main chain, so that it can be resumed. */
  readonly hasMessages: boolean;
  /** Whether a person wrote in it at a terminal: messages, and entrypoint cli at some time or none ever. */
  readonly isInteractive: boolean;
  /** What its user called it, or else the program did, or null; only what stands near its ends is seen. */
  readonly title: string | null;
  /** The conversation that it was branched from, or null. */
  readonly forkedFrom: string | null;
}

const END_LIMIT = 64 * 1024;
/** Longer project names are cut here and get a suffix that differs by build. */
const SLUG_LIMIT = 200;

/** Returns the name of the project folder of a directory: every UTF-16 unit that is no ASCII letter or digit becomes a dash. */
export const projectSlug = (directory: string): string => directory.replace(/[^a-zA-Z0-9]/g, '-');

/** Returns what tells whether a project folder can be the one of any of these directories. */
export function folderMatcher(directories: Iterable<string>): (folder: string) => boolean {
  const slugs = [...directories].map(projectSlug);
  const whole = new Set(slugs.filter((slug) => slug.length <= SLUG_LIMIT));
  const cut = slugs.filter((slug) => slug.length > SLUG_LIMIT).map((slug) => `${slug.slice(0, SLUG_LIMIT)}-`);
  return (folder) => whole.has(folder) || cut.some((start) => folder.startsWith(start));
}

/** Returns whether a project folder can be the one of a directory. */
export const isProjectFolderOf = (folder: string, directory: string): boolean => folderMatcher([directory])(folder);

/** Returns the name of the project folder that a transcript lies in. */
export const projectOf = (path: string): string => basename(dirname(path));

interface Line {
  readonly at: number | null;
  readonly isMessage: boolean;
  readonly cwd: string | null;
  readonly entrypoint: string | null;
  readonly isSidechain: boolean;
  readonly forkedFrom: string | null;
  readonly customTitle: string | null;
  readonly aiTitle: string | null;
}

/** Returns what a transcript says, or null when it is no regular file or can't be read. */
export function readTranscript(path: string, files: FileView = fileView()): Transcript | null {
  const ends = files.ends(path, END_LIMIT);
  if (ends === null) return null;
  const headLines = ends.head
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .split('\n');
  const isWhole = ends.size <= ends.head.length;
  const tornLine = isWhole ? undefined : headLines.pop();
  const head = headLines.flatMap(parseLine);
  if (head.length === 0 && tornLine !== undefined) head.push(parseTornLine(tornLine));
  const tail = ends.tail.toString('utf8').split('\n').flatMap(parseLine);

  const lines = [...head, ...tail];
  const times = lines.flatMap(({ at }) => at ?? []);
  const messages = lines.filter(({ isMessage }) => isMessage);
  const entrypoints = lines.flatMap(({ entrypoint }) => entrypoint ?? []);
  const isAtTerminal = entrypoints.length === 0 || entrypoints.includes('cli');
  // Between the two ends there may be messages that are not seen.
  const hasMessages = messages.length > 0 ? messages[0]?.isSidechain === false : ends.size > 2 * END_LIMIT;
  return {
    path,
    id: basename(path, '.jsonl'),
    firstAt: head.find(({ at }) => at !== null)?.at ?? null,
    lastAt: times.length === 0 ? null : Math.max(...times),
    cwds: [...new Set(lines.flatMap(({ cwd }) => cwd ?? []))],
    hasMessages,
    isInteractive: hasMessages && isAtTerminal,
    title:
      lines.findLast((line) => line.customTitle !== null)?.customTitle ??
      lines.findLast((line) => line.aiTitle !== null)?.aiTitle ??
      null,
    forkedFrom: head.find((line) => line.forkedFrom !== null)?.forkedFrom ?? null,
  };
}

function parseLine(text: string): Line[] {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return [];
  }
  if (typeof data !== 'object' || data === null) return [];
  const type = stringField(data, 'type');
  const fork: unknown = 'forkedFrom' in data ? data.forkedFrom : null;
  return [
    {
      at: parseTime(stringField(data, 'timestamp')),
      isMessage: type === 'user' || type === 'assistant',
      cwd: stringField(data, 'cwd'),
      entrypoint: stringField(data, 'entrypoint'),
      isSidechain: 'isSidechain' in data && data.isSidechain === true,
      forkedFrom: typeof fork === 'object' && fork !== null ? stringField(fork, 'sessionId') : null,
      customTitle: stringField(data, 'customTitle'),
      aiTitle: stringField(data, 'aiTitle'),
    },
  ];
}

/** Returns what can be told of a line that is longer than what is read: inside its texts quotes are escaped, so an unescaped `"name":"` is a field. */
function parseTornLine(text: string): Line {
  const field = (name: string): string | null => new RegExp(`[{,]"${name}":"([^"\\\\]*)"`).exec(text)?.[1] ?? null;
  return {
    at: parseTime(field('timestamp')),
    isMessage: /[{,]"type":"(user|assistant)"/.test(text),
    cwd: field('cwd'),
    entrypoint: field('entrypoint'),
    isSidechain: /[{,]"isSidechain":true/.test(text),
    forkedFrom: null,
    customTitle: null,
    aiTitle: null,
  };
}

function parseTime(text: string | null): number | null {
  const time = text === null ? Number.NaN : Date.parse(text);
  return Number.isNaN(time) ? null : time;
}

/** Returns a field of a parsed object when it is a string, else null. */
export function stringField(data: object, name: string): string | null {
  const value = (data as Readonly<Record<string, unknown>>)[name];
  return typeof value === 'string' ? value : null;
}
