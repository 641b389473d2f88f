/**
 * The program: the command line and its actions put together, and what happens to an error that nobody expected.
 */
import { CommanderError } from 'commander';
import { attachActions, type Options } from './actions.js';
import { commandTree } from './cli/command-tree.js';
import { EXIT } from './cli/failures.js';

/** Whoever reads us may leave early (`| head`); anything else that keeps a result from its reader is a failure. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  process.stderr.write(`tmux-persist: cannot write the result: ${error.message}\n`);
  process.exit(EXIT.state);
});
process.stderr.on('error', () => undefined);

const program = commandTree();
attachActions(program);
program.parseAsync().catch((error: unknown) => {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage;
    return;
  }
  const verbose = program.opts<Options>().verbose === true;
  const detail = error instanceof Error ? (verbose ? error.stack : error.message) : String(error);
  process.stderr.write(`tmux-persist: internal error: ${detail ?? ''}; run it with --verbose and report this\n`);
  process.exitCode = EXIT.bug;
});
