/**
 * The manual page tmux-persist(1), made of the command tree and of reference.ts; it has no words of its own but those that join them.
 */
import { allCommands, type ArgumentModel, type CommandModel, type OptionModel } from './command-model.js';
import { EXIT } from './failures.js';
import { EXIT_MEANINGS, FILES, REVISED, TMUX_OPTIONS, VARIABLES, type Entry } from './reference.js';
import { bold, escaped, filled, italic, part, prose, section, tagged } from './roff.js';

const NAME = 'tmux-persist';

const DESCRIPTION = [
  'A small agent saves what is open in tmux within a second of every change: sessions, windows, panes, layouts, scrollback, programs and ' +
    'the conversations of coding agents. When the tmux server dies it finds out why, has systemd start the next one, and restores into it ' +
    'without a key pressed.',
  'What you close yourself stays closed. What lives is never touched. Nothing that was saved is ever run by a shell, expanded or typed.',
  'Start with `tmux-persist install --now`; then `tmux-persist status` says where you stand, and `tmux-persist doctor` what is missing.',
];

/** Returns the page as roff (man(7)) for this version; it is the same for every build of it. */
export function manPage(program: CommandModel, version: string): string {
  const groups = [...new Set(program.commands.map(({ group }) => group))];
  const blocks = [
    `.TH TMUX\\-PERSIST 1 "${REVISED}" "${escaped(NAME)} ${version}" "User Commands"`,
    // Words are neither stretched nor broken: names of options stay whole.
    '.nh\n.ad l',
    section('NAME'),
    filled(`${escaped(NAME)} \\- bring everything in tmux back after a crash, an OOM kill or a reboot`),
    section('SYNOPSIS'),
    filled(
      `${bold(NAME)} [${bold('-L')} ${italic('socket-name')} | ${bold('-S')} ${italic('socket-path')}] ${italic('command')} [${italic('options')}]`,
    ),
    section('DESCRIPTION'),
    paragraphs(DESCRIPTION),
    section('OPTIONS'),
    'Before the command, or behind it:',
    ...program.options.map(optionBlock),
    section('COMMANDS'),
    ...groups.flatMap((group) => [
      part(group.replace(/:$/, '')),
      ...program.commands
        .filter((command) => command.group === group)
        .flatMap(allCommands)
        .filter(({ commands }) => commands.length === 0)
        .flatMap(commandBlocks),
    ]),
    section('TMUX OPTIONS'),
    paragraphs([
      'Set in tmux.conf, as in `set -g @tmux-persist-scrollback 5000`; they are read live. `tmux-persist status` reports a bad value.',
    ]),
    ...TMUX_OPTIONS.map(({ name, standard, meaning }) =>
      tagged(`${bold(`@tmux-persist-${name}`)}${standard === '' ? '' : ` (${italic(standard)})`}`, `${meaning}.`),
    ),
    section('EXIT STATUS'),
    ...Object.entries(EXIT_MEANINGS).map(([key, meaning]) =>
      tagged(bold(String(EXIT[key as keyof typeof EXIT])), `${meaning}.`),
    ),
    section('ENVIRONMENT'),
    ...entries(VARIABLES),
    section('FILES'),
    ...entries(FILES),
    section('SEE ALSO'),
    filled(
      [
        ['tmux', '1'],
        ['systemctl', '1'],
        ['loginctl', '1'],
        ['busctl', '1'],
      ]
        .map(([page = '', number = '']) => `${bold(page)}(${number})`)
        .join(', '),
    ),
  ];
  return `${blocks.join('\n')}\n`;
}

const paragraphs = (texts: readonly string[]): string => texts.map(prose).join('\n.PP\n');

const entries = (list: readonly Entry[]): string[] =>
  list.map(({ name, meaning }) => tagged(bold(name), `${meaning}.`));

/** A command under its words, and indented below it what it takes, with examples. */
function commandBlocks({ path, arguments: words, options, summary, remarks, examples }: CommandModel): string[] {
  const taken = [
    ...words.map((word) => tagged(italic(word.name), `${sentence(word.summary)}${choices(word)}`)),
    ...options.filter(({ names }) => !names.includes('--help')).map(optionBlock),
  ];
  return [
    `.TP\n${filled([bold(path.join(' ')), ...words.map(argumentText)].join(' '))}`,
    prose([sentence(summary), ...remarks].join(' ')),
    '.RS',
    ...taken,
    `.PP\n${examples.length > 1 ? 'Examples:' : 'Example:'}`,
    ...examples.map(({ line, does }) => tagged(bold(line), sentence(does))),
    '.RE',
  ];
}

function optionBlock({ names, value, standard, summary }: OptionModel): string {
  const taken = value === null ? '' : ` ${italic(value.name)}`;
  const otherwise = standard === null ? '' : ` Without it: ${standard}.`;
  return tagged(`${names.map(bold).join(', ')}${taken}`, `${sentence(summary)}${otherwise}`);
}

function argumentText({ name, isRequired, isRepeated }: ArgumentModel): string {
  const word = `${italic(name)}${isRepeated ? '...' : ''}`;
  return isRequired ? word : `[${word}]`;
}

const choices = ({ words }: ArgumentModel): string =>
  words === null || typeof words === 'string' ? '' : ` One of ${words.map((word) => `\`${word}\``).join(', ')}.`;

/** The help's lines begin small and end open; a manual is made of sentences. */
const sentence = (line: string): string =>
  `${line.charAt(0).toUpperCase()}${line.slice(1)}${line.endsWith('.') ? '' : '.'}`;
