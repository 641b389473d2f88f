/**
 * Commands as a person would type them, for display in a pane or a report. Nothing here is ever run: what runs is an argument vector.
 */
import { shellQuote } from '../model/shell-words.js';
import type { Text } from '../model/text.js';

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
