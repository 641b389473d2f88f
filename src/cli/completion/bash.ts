/**
 * The completion script for bash: a constant head, and a function that knows every command.
 */
import { allCommands, type CommandModel, type Words } from '../command-model.js';
import { shellQuote } from '../../model/shell-words.js';
import head from './head.bash';

/** Returns the script. */
export function bashCompletion(program: CommandModel): string {
  const cases = allCommands(program).map((command) => {
    const options = command.path.length === 0 ? program.options : [...command.options, ...program.options];
    const values = options.flatMap(({ names, value }) =>
      value === null ? [] : names.flatMap((name) => [name, kindOf(value.words, program)]),
    );
    return [
      `    ${shellQuote(command.path.join(' '))})`,
      `      commands=(${list(command.commands.map(({ path }) => path.at(-1) ?? ''))})`,
      `      options=(${list([...new Set(options.flatMap(({ names }) => names))])})`,
      `      values=(${list(values)})`,
      `      arguments=(${list(command.arguments.map(({ words }) => kindOf(words, program)))})`,
      `      repeated=${command.arguments.at(-1)?.isRepeated === true ? 'yes' : ''}`,
      '      ;;',
    ].join('\n');
  });
  const knows = ['_tmux_persist_knows() {', '  case $1 in', ...cases, '  esac', '}'].join('\n');
  return `${head}\n# _tmux_persist_knows PATH: what may stand behind these words.\n${knows}\n`;
}

const list = (words: readonly string[]): string => words.map(shellQuote).join(' ');

/** Fixed words stand behind a =, so that no kind is ever one of them. */
function kindOf(words: Words, program: CommandModel): string {
  if (words === null) return '';
  if (words === 'commands') return `=${program.commands.map(({ path }) => path.join(' ')).join(' ')}`;
  return typeof words === 'string' ? words : `=${words.join(' ')}`;
}
