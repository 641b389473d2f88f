/**
 * Commands as a person would type them, for display in a pane or a report. Nothing here is ever run: what runs is an argument vector.
 */
import { bytesFromText, type Text } from '../model/text.js';

/** Returns a text on one line: control characters and characters that turn the direction of text are shown as escapes. */
export function oneLine(text: Text): string {
  const raw = typeof text === 'string' ? text : new TextDecoder().decode(bytesFromText(text));

  return raw.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, (char) => {
    const code = char.charCodeAt(0).toString(16);
    return code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\u${code.padStart(4, '0')}`;
  });
}

/** Returns one word as a POSIX shell would need it, on one line. */
export function shellQuote(word: Text): string {
  const text = oneLine(word);
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** A line that fills a screen helps nobody; a saved system prompt can have megabytes. */
const COMMAND_LIMIT = 1500;

/** Returns the command that starts a program with some variables set, for display; PATH is left out, for the reader's shell has its own. */
export function displayCommand(argv: readonly Text[], env: Readonly<Record<string, Text>>): string {
  const assignments = Object.entries(env).flatMap(([name, value]) =>
    name === 'PATH' ? [] : `${name}=${shellQuote(value)}`,
  );
  const command = [...assignments, ...argv.map(shellQuote)].join(' ');
  return command.length > COMMAND_LIMIT ? `${command.slice(0, COMMAND_LIMIT)}…` : command;
}
