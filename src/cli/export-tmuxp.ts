/**
 * Saved sessions as workspaces of tmuxp, one document each. Texts that tmux would expand are doubled, as everywhere; tmuxp itself
 * expands `~` and variables in directories, for which it has no escape.
 */
import type { Candidate } from '../model/candidates.js';
import type { YamlPath } from '../model/import-tmuxp.js';
import { bytesFromText, type Text } from '../model/text.js';
import { literalFormat, unstoredName } from '../tmux/codec.js';
import { exportedWindows, portableLayout, ranThere } from './export-words.js';
import { writeYaml } from './yaml-text.js';

/** Returns the text of all sessions. */
export const exportTmuxp = (sessions: readonly Candidate[]): string => sessions.map(workspace).join('---\n');

function workspace(candidate: Candidate): string {
  const { session } = candidate;
  const comments: (readonly [YamlPath, string])[] = [];
  const windows = exportedWindows(candidate).map(({ index, window }, at) => ({
    ...(window.automaticRename ? {} : { window_name: written(window.name) }),
    window_index: index,
    layout: portableLayout(window),
    ...(window.id === session.activeWindow ? { focus: true } : {}),
    panes: window.panes.map((pane, position) => {
      const ran = ranThere(pane);
      if (ran !== null) comments.push([['windows', at, 'panes', position], ran]);
      return {
        ...directory(pane.currentPath),
        ...(pane.id === window.activePane && window.panes.length > 1 ? { focus: true } : {}),
        shell_command: [],
      };
    }),
  }));
  return writeYaml(
    { session_name: written(unstoredName(session.name)), ...directory(session.path), windows },
    comments,
  );
}

const directory = (path: Text) => (path === '' ? {} : { start_directory: written(path) });

/** YAML has no bytes that are not UTF-8. */
const written = (text: Text): string => new TextDecoder().decode(bytesFromText(literalFormat(text)));
