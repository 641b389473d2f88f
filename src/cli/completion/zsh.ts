/**
 * The completion script for zsh: a constant head, and a function a command that calls _arguments.
 */
import { allCommands, type ArgumentModel, type CommandModel, type OptionModel, type Words } from '../command-model.js';
import head from './head.zsh';

/** Returns the script; it works as an autoloaded file of fpath, and when it is sourced. */
export function zshCompletion(program: CommandModel): string {
  const functions = allCommands(program).map((command) => functionOf(command, program));
  const last =
    'if [ "$funcstack[1]" = _tmux-persist ]; then\n  _tmux-persist "$@"\nelse\n  compdef _tmux-persist tmux-persist\nfi';
  return `${head}\n${functions.join('\n\n')}\n\n${last}\n`;
}

const functionName = (path: readonly string[]): string => `_tmux-persist_at_${path.join('_')}`;

function functionOf(command: CommandModel, program: CommandModel): string {
  const options = command.path.length === 0 ? program.options : [...command.options, ...program.options];
  const seen = new Set<string>();
  const specs = options.flatMap((option) => {
    const isNew = option.names.every((name) => !seen.has(name));
    for (const name of option.names) seen.add(name);
    return isNew ? optionSpecs(option, program) : [];
  });
  if (command.commands.length === 0) {
    const words = command.arguments.map((argument, at) => argumentSpec(argument, at, program));
    return `${functionName(command.path)}() {\n${call('_arguments -S', [...specs, ...words])}\n}`;
  }
  const below = command.commands.map(({ path, summary }) => single(`${path.at(-1) ?? ''}:${summary}`)).join(' ');
  const cases = command.commands.map(({ path }) => `        ${path.at(-1) ?? ''}) ${functionName(path)} ;;`);
  return [
    `${functionName(command.path)}() {`,
    call('_arguments -C -S', [...specs, single('1: :->command'), single('*:: :->arguments')]),
    '  case $state in',
    `    command) _tmux-persist_commands ${below} ;;`,
    '    arguments)',
    '      case $words[1] in',
    ...cases,
    '      esac ;;',
    '  esac',
    '}',
  ].join('\n');
}

const call = (start: string, words: readonly string[]): string => `  ${[start, ...words].join(' \\\n    ')}`;

function optionSpecs({ names, value, summary }: OptionModel, program: CommandModel): string[] {
  const others = names.length > 1 ? `(${names.join(' ')})` : '';
  const explained = `[${summary.replace(/[\\[\]]/g, '\\$&')}]`;
  const taken = value === null ? '' : `:${value.name}:${actionOf(value.words, program)}`;
  return names.map((name) => {
    const attached = value === null ? '' : name.startsWith('--') ? '=' : '+';
    return single(`${others}${name}${attached}${explained}${taken}`);
  });
}

function argumentSpec(
  { name, isRequired, isRepeated, words }: ArgumentModel,
  at: number,
  program: CommandModel,
): string {
  const where = isRepeated ? '*' : String(at + 1);
  return single(`${where}${isRequired || isRepeated ? '' : ':'}:${name}:${actionOf(words, program)}`);
}

function actionOf(words: Words, program: CommandModel): string {
  if (words === null) return ' ';
  if (words === 'files') return '_files';
  if (words === 'commands') return `(${program.commands.map(({ path }) => path.join(' ')).join(' ')})`;
  return typeof words === 'string' ? `_tmux-persist_${words}` : `(${words.join(' ')})`;
}

const single = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
