/**
 * A command that carries its examples and what else its user has to know: help, man page and README read the same words.
 */
import { Command } from 'commander';

/** A line to type, and what it does. */
export interface Example {
  readonly line: string;
  readonly does: string;
}

/** A commander command with examples and remarks; both stand behind the options in its help. */
export class DescribedCommand extends Command {
  readonly examples: Example[] = [];
  readonly remarks: string[] = [];

  constructor(name?: string) {
    super(name);
    this.addHelpText('after', () => this.#behindOptions());
  }

  override createCommand(name?: string): DescribedCommand {
    return new DescribedCommand(name);
  }

  /** Adds an example, as it is typed. */
  example(line: string, does: string): this {
    this.examples.push({ line, does });
    return this;
  }

  /** Adds a sentence that an option's own line has no room for. */
  remark(sentence: string): this {
    this.remarks.push(sentence);
    return this;
  }

  #behindOptions(): string {
    const lines = this.examples.flatMap(({ line, does }) => [`  ${line}`, `      ${does}`]);
    const title = this.examples.length > 1 ? 'Examples:' : 'Example:';
    return [
      ...this.remarks.map((sentence) => `\n${sentence}`),
      ...(lines.length === 0 ? [] : ['', title, ...lines]),
    ].join('\n');
  }
}

/** Returns the commands below one, as they are declared; hidden ones are none of the user's. */
export function shownCommands(command: DescribedCommand): DescribedCommand[] {
  const shown = command.createHelp().visibleCommands(command);
  return shown.filter((below) => below instanceof DescribedCommand);
}

/** Returns every command that does something, the hidden ones too, with its words: `roster enroll`. */
export function leafCommands(command: DescribedCommand, words: readonly string[] = []): [string, DescribedCommand][] {
  const below = command.commands.filter((each) => each instanceof DescribedCommand);
  if (below.length === 0) return [[words.join(' '), command]];
  return below.flatMap((each) => leafCommands(each, [...words, each.name()]));
}
