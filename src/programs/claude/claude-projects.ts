/**
 * The project folders of Claude Code: where transcripts lie, which are new and which went on. A look happens every few seconds and a
 * folder can hold ten thousand of them, so what did not change since the last look is not read again; nothing else is kept.
 */
import { join } from 'node:path';
import { CONVERSATION_ID } from './claude-argv.js';
import { readTranscript, type Transcript } from './claude-transcripts.js';
import { fileView, type FileView } from '../file-view.js';

/** Some transcripts of a folder. */
export interface Selection {
  readonly transcripts: readonly Transcript[];
  /** False when there were more than could be read. */
  readonly isComplete: boolean;
}

/** One look at project folders. */
export interface ClaudeProjects {
  /** Returns the paths of the project folders of a config directory whose names satisfy `matches`. */
  folders(configDir: string, matches: (name: string) => boolean): string[];
  /** Returns the path of a transcript with messages, or null: from a folder that `isLikely` where it can, else from any, because `/cd` and worktrees move it. */
  locate(configDir: string, id: string, isLikely: (name: string) => boolean): string | null;
  /** Returns a transcript, or null when there is none that can be read. */
  read(path: string): Transcript | null;
  /** Returns the transcripts of a project folder that were begun after a time in ms, and perhaps some older ones. */
  begunSince(folder: string, since: number): Selection;
  /** Returns the transcripts of a project folder whose files changed after a time in ms. */
  changedSince(folder: string, since: number): Selection;
}

/** A file server's clock may run behind ours; inode times only spare reading files, so a wide margin costs little. */
const CLOCK_MARGIN_MS = 3_600_000;
/** Reading one takes up to a millisecond. */
const SELECTION_LIMIT = 256;
/** What changed more recently may change again within one tick of the clock that inodes are stamped with. */
const SETTLED_AFTER_MS = 2000;
const REMEMBERED_LIMIT = 4096;

/** Of a folder they stand in order, the last to change first. */
interface Listed {
  readonly path: string;
  readonly changedAt: number;
  readonly bornAt: number | null;
}

/** What was read at some change of an inode, and holds until the next. */
class Remembered<T> {
  readonly #known = new Map<string, { readonly changedAt: number; readonly value: T }>();

  get(path: string, changedAt: number, now: number, read: () => T): T {
    const known = this.#known.get(path);
    if (known?.changedAt === changedAt) return known.value;
    const value = read();
    if (this.#known.size >= REMEMBERED_LIMIT) this.#known.clear();
    if (now - changedAt > SETTLED_AFTER_MS) this.#known.set(path, { changedAt, value });
    else this.#known.delete(path);
    return value;
  }
}

const transcripts = new Remembered<Transcript | null>();
const listings = new Remembered<readonly Listed[]>();

/** Returns a new look. */
export function claudeProjects(files: FileView = fileView(), now = Date.now()): ClaudeProjects {
  const read = memoized((path) => {
    const changedAt = files.changedAt(path);
    return changedAt === null ? null : transcripts.get(path, changedAt, now, () => readTranscript(path, files));
  });
  const list = (folder: string): readonly Listed[] => {
    const listed = files.names(folder).flatMap((name): Listed[] => {
      if (!name.endsWith('.jsonl') || !CONVERSATION_ID.test(name.slice(0, -'.jsonl'.length))) return [];
      const path = join(folder, name);
      return [{ path, changedAt: files.changedAt(path) ?? -Infinity, bornAt: files.bornAt(path) }];
    });
    return listed.sort((left, right) => right.changedAt - left.changedAt);
  };
  const listNow = memoized(list);
  const folderChangedAt = memoized((folder) => files.changedAt(folder));
  // A file that is new in a folder changes the folder's inode, but one that goes on does not.
  const listByFolder = memoized((folder) => {
    const changedAt = folderChangedAt(folder);
    return changedAt === null ? [] : listings.get(folder, changedAt, now, () => listNow(folder));
  });
  const select = (listed: readonly Listed[]): Selection => {
    return {
      transcripts: listed.slice(0, SELECTION_LIMIT).flatMap(({ path }) => read(path) ?? []),
      isComplete: listed.length <= SELECTION_LIMIT,
    };
  };
  const folders: ClaudeProjects['folders'] = (configDir, matches) => {
    const projects = join(configDir, 'projects');
    return files
      .names(projects)
      .filter(matches)
      .map((name) => join(projects, name));
  };
  const locateIn = (paths: readonly string[], id: string): string | null =>
    paths.map((folder) => join(folder, `${id}.jsonl`)).find((path) => read(path)?.hasMessages === true) ?? null;
  return {
    folders,
    read,
    locate(configDir, id, isLikely) {
      if (!CONVERSATION_ID.test(id)) return null;
      const likely = folders(configDir, isLikely);
      const others = (): string[] => folders(configDir, (name) => !isLikely(name));
      return locateIn(likely, id) ?? locateIn(others(), id);
    },
    begunSince(folder, since) {
      const earliest = since - CLOCK_MARGIN_MS;
      if ((folderChangedAt(folder) ?? -Infinity) < earliest) return { transcripts: [], isComplete: true };
      const isBegun = ({ changedAt, bornAt }: Listed): boolean =>
        changedAt >= earliest && (bornAt ?? Infinity) >= earliest;
      return select(listByFolder(folder).filter(isBegun));
    },
    changedSince(folder, since) {
      return select(listNow(folder).filter(({ changedAt }) => changedAt >= since - CLOCK_MARGIN_MS));
    },
  };
}

function memoized<T>(compute: (key: string) => T): (key: string) => T {
  const known = new Map<string, { readonly value: T }>();
  return (key) => {
    const entry = known.get(key) ?? { value: compute(key) };
    known.set(key, entry);
    return entry.value;
  };
}
