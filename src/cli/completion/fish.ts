/**
 * The completion script for fish: a constant head, and a line for each command, option and argument.
 */
import { allCommands, type CommandModel, type Words } from '../command-model.js';
import head from './head.fish';

/** Returns the script. */
export function fishCompletion(program: CommandModel): string {
  const all = allCommands(program);
  const valued = all.flatMap(({ options }) => options.flatMap(({ names, value }) => (value === null ? [] : names)));
  return [
    head.trimEnd(),
    `set -g __tmux_persist_paths ${all
      .slice(1)
      .map(({ path }) => single(path.join(' ')))
      .join(' ')}`,
    `set -g __tmux_persist_valued ${[...new Set(valued)].join(' ')}`,
    ...all.flatMap((command) => linesOf(command, program)),
    '',
  ].join('\n');
}

function linesOf({ path, commands, options, arguments: words }: CommandModel, program: CommandModel): string[] {
  // The program's own options may stand behind every command.
  const here = path.length === 0 ? '' : ` -n ${single(`__tmux_persist_in ${quoted(path)}`)}`;
  const own = path.length === 0 ? options : options.filter(({ names }) => !names.includes('--help'));
  return [
    ...commands.map(
      (below) =>
        `complete -c tmux-persist -n ${single(`__tmux_persist_in ${quoted(path)} 0`)} -a ${single(below.path.at(-1) ?? '')} -d ${single(below.summary)}`,
    ),
    ...own.map(({ names, value, summary }) => {
      const flags = names.map((name) => (name.startsWith('--') ? ` -l ${name.slice(2)}` : ` -s ${name.slice(1)}`));
      return `complete -c tmux-persist${here}${flags.join('')}${value === null ? '' : ` -r${filled(value.words, program)}`} -d ${single(summary)}`;
    }),
    ...words.flatMap((word, at) => {
      if (word.words === null) return [];
      const when = single(`__tmux_persist_in ${quoted(path)} ${String(at)}${word.isRepeated ? '+' : ''}`);
      return `complete -c tmux-persist -n ${when}${filled(word.words, program)}`;
    }),
  ];
}

function filled(words: Words, program: CommandModel): string {
  if (words === null) return '';
  if (words === 'files') return ' -F';
  if (words === 'commands') return ` -a ${single(program.commands.map(({ path }) => path.join(' ')).join(' '))}`;
  if (typeof words !== 'string') return ` -a ${single(words.join(' '))}`;
  return `${words === 'ids' ? ' -k' : ''} -a ${single(`(__tmux_persist_saved ${words})`)}`;
}

const quoted = (path: readonly string[]): string => `"${path.join(' ')}"`;

/** In single quotes fish knows \' and \\ alone. */
const single = (text: string): string => `'${text.replace(/['\\]/g, '\\$&')}'`;
