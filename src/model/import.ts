/**
 * What a file of another program says of sessions, whatever its format. The parsers (import-*.ts) are pure: a line that can't be used is
 * a problem with its number, and never stops the rest. All of it is data; nothing here is run or expanded.
 */
import { textFromBytes, type Text } from './text.js';
import { TEMPORARY_PREFIX } from './unsettled.js';

/** Something that could not be imported; the line is null where it is about the whole file. */
export interface ImportProblem {
  readonly line: number | null;
  readonly message: string;
}

/** One pane. */
export interface ImportedPane {
  readonly line: number;
  readonly index: number;
  readonly title: Text;
  readonly currentPath: Text;
  readonly active: boolean;
  readonly currentCommand: Text;
  /** What ran in it, as one line whose words can't be told apart for sure; empty for a shell. */
  readonly commandLine: string;
  /** What its saved text is called, as bytes in latin1; null where the format has none. */
  readonly textName: string | null;
}

/** One window. */
export interface ImportedWindow {
  readonly index: number;
  readonly name: Text;
  readonly automaticRename: boolean;
  /** Null where tmux is to arrange the panes. */
  readonly layout: UsableLayout | null;
  readonly zoomed: boolean;
  readonly active: boolean;
  /** Whether it was the one before the active one. */
  readonly last: boolean;
  readonly panes: readonly ImportedPane[];
}

/** A layout that every tmux takes, and the sizes in it. */
export interface UsableLayout {
  readonly layout: string;
  readonly width: number;
  readonly height: number;
  readonly panes: readonly { readonly width: number; readonly height: number }[];
}

/** One session. */
export interface ImportedSession {
  readonly line: number;
  readonly name: Text;
  readonly windows: readonly ImportedWindow[];
}

/** A session that shows the windows of another one of the file. */
export interface ImportedMember {
  readonly line: number;
  readonly name: Text;
  readonly of: Text;
  /** Indexes of its windows; null where the file names none. */
  readonly active: number | null;
  readonly last: number | null;
}

/** What a file says. */
export interface Imported {
  readonly sessions: readonly ImportedSession[];
  readonly members: readonly ImportedMember[];
  readonly lastSession: Text | null;
  readonly problems: readonly ImportProblem[];
}

/** Returns the lines of a file read as latin1, with their numbers; empty ones are left out. */
export function linesOf(file: string): { readonly number: number; readonly text: string }[] {
  const text = file.startsWith('\u00ef\u00bb\u00bf') ? file.slice(3) : file;
  const lines = text.split(/^[^\n]*\r\n/.test(text) ? /\r?\n/ : '\n');
  return lines.map((line, at) => ({ number: at + 1, text: line })).filter((line) => line.text !== '');
}

/** Returns the text that bytes in latin1 stand for. */
export const textOfField = (field: string): Text => textFromBytes(Uint8Array.from(field, (char) => char.charCodeAt(0)));

/** Returns why these bytes can't be the name of a session, or null. */
export function nameProblem(name: string): string | null {
  if (name === '') return 'it names no session';
  if (name.startsWith(TEMPORARY_PREFIX)) return 'its session has a name that only an unfinished restore uses';
  return /[\u0000-\u001f\u007f]/.test(name) ? 'its session has a control character in its name' : null;
}

/** Returns a whole number that tmux could have written as an index, or null. */
export const indexOf = (field: string | undefined): number | null =>
  field !== undefined && /^\d{1,9}$/.test(field) ? Number(field) : null;

/** Returns a record of names; `note` returns why a name can't be used once more, or null: the first one of a name is imported. */
export function knownNames(): { readonly note: (name: string, line: number) => string | null } {
  const lines = new Map<string, number>();
  return {
    note(name, line) {
      const earlier = lines.get(name);
      if (earlier === undefined) lines.set(name, line);
      return earlier === undefined ? null : `its session stands in line ${String(earlier)} already`;
    },
  };
}
