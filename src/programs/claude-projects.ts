/**
 * One look at the project folders of Claude Code: where transcripts lie and which changed. Everything is read at most
 * once a look, because panes that share a directory ask for the same files; so a look is made, used and dropped.
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CONVERSATION_ID } from './claude-argv.js';
import { readTranscript, type Transcript } from './claude-transcripts.js';

/** One look at project folders. */
export interface ClaudeProjects {
  /** Returns the paths of the project folders of a config directory whose names satisfy `matches`. */
  folders(configDir: string, matches: (name: string) => boolean): string[];
  /** Returns the transcript of a conversation with messages, or null: from a folder that `isLikely` where it can, else from any, because `/cd` and worktrees move it. */
  find(configDir: string, id: string, isLikely: (name: string) => boolean): Transcript | null;
  /** Returns the transcripts of a project folder whose files changed since a time in ms, at most `limit`, newest first. */
  changed(folder: string, since: number, limit: number): Transcript[];
}

/** Returns a new look. */
export function claudeProjects(): ClaudeProjects {
  const names = memoized((folder) => listFolder(folder));
  const read = memoized((path) => (changedAt(path) === null ? null : readTranscript(path)));
  const byChange = memoized((folder) =>
    names(folder)
      .filter((name) => name.endsWith('.jsonl') && CONVERSATION_ID.test(name.slice(0, -'.jsonl'.length)))
      .map((name) => ({ path: join(folder, name), at: changedAt(join(folder, name)) ?? -Infinity }))
      .sort((left, right) => right.at - left.at),
  );

  const folders: ClaudeProjects['folders'] = (configDir, matches) => {
    const projects = join(configDir, 'projects');
    return names(projects)
      .filter(matches)
      .map((name) => join(projects, name));
  };
  const findIn = (paths: readonly string[], id: string): Transcript | null => {
    for (const folder of paths) {
      const transcript = read(join(folder, `${id}.jsonl`));
      if (transcript?.isInteractive === true) return transcript;
    }
    return null;
  };
  return {
    folders,
    find(configDir, id, isLikely) {
      if (!CONVERSATION_ID.test(id)) return null;
      return (
        findIn(folders(configDir, isLikely), id) ??
        findIn(
          folders(configDir, () => true),
          id,
        )
      );
    },
    changed(folder, since, limit) {
      return byChange(folder)
        .filter(({ at }) => at >= since)
        .slice(0, limit)
        .flatMap(({ path }) => read(path) ?? []);
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

function listFolder(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

/** Returns when an inode changed, in ms, or null; unlike its mtime nobody can set it back. */
function changedAt(path: string): number | null {
  try {
    return statSync(path, { throwIfNoEntry: false })?.ctimeMs ?? null;
  } catch {
    return null;
  }
}
