/**
 * The command line as data: what the shells' completion and the manual need of the commander tree, and nothing else of commander.
 */
import type { Argument, Option } from 'commander';
import { shownCommands, type DescribedCommand, type Example } from './described-command.js';

/** What completes an argument or the value of an option: one of fixed words, or words of a kind; null where nothing can. */
export type Words = readonly string[] | 'sessions' | 'ids' | 'sockets' | 'files' | 'commands' | null;

/** An option as it is typed. */
export interface OptionModel {
  /** `-h`, `--help`. */
  readonly names: readonly string[];
  /** What stands in brackets behind it; null for a switch. */
  readonly value: { readonly name: string; readonly words: Words } | null;
  readonly standard: string | null;
  readonly summary: string;
}

/** An argument. */
export interface ArgumentModel {
  readonly name: string;
  readonly isRequired: boolean;
  readonly isRepeated: boolean;
  readonly words: Words;
  readonly summary: string;
}

/** A command; its `path` is empty for the program itself. */
export interface CommandModel {
  readonly path: readonly string[];
  readonly group: string;
  readonly summary: string;
  readonly options: readonly OptionModel[];
  readonly arguments: readonly ArgumentModel[];
  readonly commands: readonly CommandModel[];
  readonly examples: readonly Example[];
  readonly remarks: readonly string[];
}

const KINDS: Readonly<Record<string, Words>> = {
  session: 'sessions',
  id: 'ids',
  'socket-name': 'sockets',
  'socket-path': 'files',
  file: 'files',
  command: 'commands',
};

/** Returns a command and what is below it, as its help shows it. */
export function commandModel(command: DescribedCommand, path: readonly string[] = []): CommandModel {
  const help = command.createHelp();
  return {
    path,
    group: command.helpGroup(),
    summary: command.description(),
    options: help.visibleOptions(command).map(optionModel),
    arguments: command.registeredArguments.map(argumentModel),
    commands: shownCommands(command).map((below) => commandModel(below, [...path, below.name()])),
    examples: command.examples,
    remarks: command.remarks,
  };
}

/** Returns a command and all below it, the outermost first. */
export const allCommands = (command: CommandModel): CommandModel[] => [
  command,
  ...command.commands.flatMap(allCommands),
];

function optionModel(option: Option): OptionModel {
  const value = /[<[]([^\]>]+)[\]>]/.exec(option.flags)?.[1] ?? null;
  return {
    names: [option.short, option.long].filter((name) => name !== undefined),
    value: value === null ? null : { name: value, words: option.argChoices ?? KINDS[value] ?? null },
    standard: value !== null && option.defaultValue !== undefined ? String(option.defaultValue) : null,
    summary: option.description,
  };
}

function argumentModel(argument: Argument): ArgumentModel {
  const name = argument.name();
  return {
    name,
    isRequired: argument.required,
    isRepeated: argument.variadic,
    words: argument.argChoices ?? KINDS[name] ?? null,
    summary: argument.description,
  };
}
