/**
 * A table of sessions, one a line: name, directory, and the id of a conversation with Claude Code or nothing. What made it told
 * conversations by the newest transcript of a directory, so that they are guesses.
 */
import {
  knownNames,
  linesOf,
  nameProblem,
  textOfField,
  type Imported,
  type ImportedSession,
  type ImportProblem,
} from './import.js';

const CONVERSATION = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Returns what a table says; `file` is its bytes in latin1. */
export function parseTsv(file: string): Imported {
  const problems: ImportProblem[] = [];
  const sessions: ImportedSession[] = [];
  const known = knownNames();
  for (const { number: line, text } of linesOf(file)) {
    const fields = text.split('\t');
    const [name = '', directory = '', id = ''] = fields;
    const problem =
      fields.length < 2 || fields.length > 3
        ? 'it is not a name, a directory and a conversation with tabs between them'
        : (nameProblem(name) ?? directoryProblem(directory) ?? known.note(name, line));
    if (problem !== null) {
      problems.push({ line, message: problem });
      continue;
    }
    const isId = CONVERSATION.test(id);
    if (id !== '' && !isId) problems.push({ line, message: 'its conversation is no id; the session comes without it' });
    sessions.push(sessionOf(line, name, directory, isId ? `claude --resume ${id}` : ''));
  }
  return { sessions, members: [], lastSession: null, problems };
}

const directoryProblem = (directory: string): string | null =>
  directory.startsWith('/') && !directory.includes('\0') ? null : 'its directory is no absolute path';

const sessionOf = (line: number, name: string, directory: string, commandLine: string): ImportedSession => ({
  line,
  name: textOfField(name),
  windows: [
    {
      index: 0,
      name: '',
      automaticRename: true,
      layout: null,
      zoomed: false,
      active: true,
      last: false,
      panes: [
        {
          line,
          index: 0,
          title: '',
          currentPath: textOfField(directory),
          active: true,
          currentCommand: commandLine === '' ? '' : 'claude',
          commandLine,
          textName: null,
        },
      ],
    },
  ],
});
