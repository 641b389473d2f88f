/**
 * Reads a file to be imported, and what lies beside it. It may be anybody's and hold anything: it is read whole, with a limit, and only
 * if it is a regular file.
 */
import { constants } from 'node:fs';
import { open, realpath, type FileHandle } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { fail, ok, type Result } from '../model/failure.js';
import type { Imported } from '../model/import.js';
import { isResurrect, parseResurrect } from '../model/import-resurrect.js';
import { tarFiles } from '../model/import-tar.js';
import { parseTmuxp } from '../model/import-tmuxp.js';
import { parseTsv } from '../model/import-tsv.js';
import type { ImportReport } from '../model/report.js';
import { errnoCode, errnoDetail } from '../store/errno.js';
import { readYaml } from './yaml-text.js';

const decompress = promisify(gunzip);
const MEGABYTE = 1024 * 1024;

/** A state of this size could not be saved. */
const FILE_LIMIT = 8 * MEGABYTE;
/** The archive of all scrollback, and what comes out of it. */
const ARCHIVE_LIMIT = 64 * MEGABYTE;
const TEXTS_LIMIT = 512 * MEGABYTE;

/** Why nothing of a file is imported. */
export interface ImportRefusal {
  readonly kind: 'missing' | 'unusable';
  readonly detail: string;
}

/** What a file says, and the text of its panes. */
export interface ImportFile {
  readonly format: ImportReport['format'];
  readonly imported: Imported;
  /** As latin1, by the name that it has in the file. */
  readonly texts: ReadonlyMap<string, string>;
}

/** Returns what a file says, told by its lines and its name; `-` is the standard input. Fails where it can't be read at all. */
export async function readImportFile(path: string, home: string): Promise<Result<ImportFile, ImportRefusal>> {
  const read = await (path === '-' ? readInput(FILE_LIMIT) : readBytes(path, FILE_LIMIT));
  if (!read.ok) return read;
  const file = read.value.toString('latin1');
  if (file.includes('\0')) return fail({ kind: 'unusable', detail: 'it is no text' });
  if (isResurrect(file)) {
    // Nothing lies beside the standard input.
    const { texts, problem } =
      path === '-' ? { texts: new Map<string, string>(), problem: null } : await readTexts(path);
    const imported = parseResurrect(file, home);
    const problems = problem === null ? imported.problems : [...imported.problems, { line: null, message: problem }];
    return ok({ format: 'resurrect', imported: { ...imported, problems }, texts });
  }
  if (!['.yaml', '.yml', '.json'].includes(extname(path)) && file.includes('\t'))
    return ok({ format: 'tsv', imported: parseTsv(file), texts: new Map() });
  const documents = readYaml(read.value.toString('utf8'));
  if (!documents.ok)
    return fail({ kind: 'unusable', detail: `line ${String(documents.error.line)}: ${documents.error.message}` });
  return ok({ format: 'tmuxp', imported: parseTmuxp(documents.value, home), texts: new Map() });
}

async function readBytes(path: string, limit: number): Promise<Result<Buffer, ImportRefusal>> {
  let handle: FileHandle | null = null;
  try {
    // O_NONBLOCK: opening a FIFO must not wait for a writer.
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = await handle.stat();
    if (!stats.isFile()) return fail({ kind: 'unusable', detail: 'it is not a regular file' });
    if (stats.size > limit) return tooLarge(limit);
    return ok(await handle.readFile());
  } catch (error) {
    const kind = errnoCode(error) === 'ENOENT' || errnoCode(error) === 'ENOTDIR' ? 'missing' : 'unusable';
    return fail({ kind, detail: errnoDetail(error) });
  } finally {
    await handle?.close();
  }
}

async function readInput(limit: number): Promise<Result<Buffer, ImportRefusal>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > limit) return tooLarge(limit);
      chunks.push(chunk);
    }
    return ok(Buffer.concat(chunks));
  } catch (error) {
    return fail({ kind: 'unusable', detail: errnoDetail(error) });
  }
}

const tooLarge = (limit: number): Result<Buffer, ImportRefusal> =>
  fail({ kind: 'unusable', detail: `it is larger than ${String(limit / MEGABYTE)} MB` });

/** The archive holds the text of the last save only: an older file beside it has none. */
async function readTexts(
  path: string,
): Promise<{ readonly texts: ReadonlyMap<string, string>; readonly problem: string | null }> {
  const none = { texts: new Map<string, string>(), problem: null };
  const real = await realpath(path).catch(() => path);
  const last = await realpath(join(dirname(real), 'last')).catch(() => real);
  if (last !== real) return none;
  const archive = join(dirname(real), 'pane_contents.tar.gz');
  const packed = await readBytes(archive, ARCHIVE_LIMIT);
  if (!packed.ok && packed.error.kind === 'missing') return none;
  const unreadable = (detail: string) => ({
    ...none,
    problem: `the text of its panes is left out: pane_contents.tar.gz: ${detail}`,
  });
  if (!packed.ok) return unreadable(packed.error.detail);
  const bytes = await decompress(packed.value, { maxOutputLength: TEXTS_LIMIT }).catch(() => null);
  const files = bytes === null ? null : tarFiles(bytes);
  if (files === null) return unreadable('it is damaged');
  const texts = new Map<string, string>();
  for (const [name, body] of files) {
    const [, pane] = /(?:^|\/)pane_contents\/pane-([^/]*)$/.exec(name) ?? [];
    if (pane !== undefined) texts.set(pane, Buffer.from(body).toString('latin1'));
  }
  return { texts, problem: null };
}
