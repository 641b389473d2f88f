/**
 * The README's reference, made of the command tree and of what reference.ts says. Between two markers nothing is written by hand.
 */
import { allCommands, type ArgumentModel, type CommandModel, type OptionModel } from '../../src/cli/command-model.js';
import { EXIT } from '../../src/cli/failures.js';
import { EXIT_MEANINGS, TMUX_OPTIONS, VARIABLES } from '../../src/cli/reference.js';

/** Returns the README with its made parts made anew; a part that it has no markers for is an error. */
export function withReference(readme: string, program: CommandModel): string {
  const parts = { commands: commands(program), options: options(), variables: variables() };
  return Object.entries(parts).reduce((text, [name, part]) => {
    const [begin, end] = [`<!-- made by make docs: ${name} -->`, `<!-- end of ${name} -->`];
    const [from, to] = [text.indexOf(begin), text.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`the README has no place for its ${name}`);
    return `${text.slice(0, from + begin.length)}\n\n${part}\n\n${text.slice(to)}`;
  }, readme);
}

function commands(program: CommandModel): string {
  const leaves = allCommands(program).filter((command) => command.commands.length === 0 && command.path[0] !== 'help');
  const withoutJson = leaves.filter((command) => !command.options.some(isJson)).map(({ path }) => code(path.join(' ')));
  const groups = [...new Set(program.commands.map(({ group }) => group))];
  const rows = groups.flatMap((group) => {
    const names = program.commands.filter((command) => command.group === group).map(({ path }) => path[0]);
    const here = leaves.filter(({ path }) => names.includes(path[0]));
    return here.length === 0 ? [] : [[`**${group.replace(/:$/, '')}**`, '', ''], ...here.map(row)];
  });
  const codes = Object.entries(EXIT_MEANINGS).map(
    ([key, meaning]) => `${String(EXIT[key as keyof typeof EXIT])} ${meaning}`,
  );
  const [last, ...others] = withoutJson.reverse();
  return [
    'Sockets as in tmux: `-L NAME`, `-S PATH` before the command or behind it. What the options mean, and examples, are in',
    `\`tmux-persist help COMMAND\` and \`man tmux-persist\`. \`--json\` on all of them but ${others.reverse().join(', ')} and ${last ?? ''}.\n`,
    ...table(['command', 'does', 'with'], rows),
    `\nExit codes: ${codes.join(' · ')}.`,
  ].join('\n');
}

function row({ path, arguments: words, summary, options: own }: CommandModel): string[] {
  const called = ['tmux-persist', ...path, ...words.map(argumentText)].join(' ');
  const taken = own.filter((option) => !isJson(option) && !option.names.includes('--help')).map(optionText);
  return [code(called), summary, taken.join(' ')];
}

const options = (): string =>
  table(
    ['option', 'default', ''],
    TMUX_OPTIONS.map(({ name, standard, meaning }) => [code(`@tmux-persist-${name}`), standard, meaning]),
  ).join('\n');

const variables = (): string =>
  table(
    ['variable', ''],
    VARIABLES.map(({ name, meaning }) => [code(name), meaning]),
  ).join('\n');

const isJson = ({ names }: OptionModel): boolean => names.includes('--json');
const code = (text: string): string => `\`${text}\``;

const optionText = ({ names, value }: OptionModel): string =>
  code(`${names.join(', ')}${value === null ? '' : ` ${value.name.toUpperCase()}`}`);

function argumentText({ name, isRequired, isRepeated, words }: ArgumentModel): string {
  const fixed = typeof words === 'object' && words !== null && isRequired;
  const word = `${fixed ? words.join('|') : name.toUpperCase()}${isRepeated ? '...' : ''}`;
  return isRequired ? word : `[${word}]`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}
