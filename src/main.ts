#!/usr/bin/env node
/**
 * The command line. It knows the commands and nothing of what they do: a command's module is loaded when it runs.
 */
import { Argument, Command, CommanderError, Option } from 'commander';
import type { Context } from './model/ports.js';
import type { Result } from './model/failure.js';
import { describeFailure, EXIT, exitCodeOf } from './cli/failures.js';
import type { HookAction } from './cli/hooks.js';
import { VERSION } from './cli/version.js';

interface GlobalOptions {
  L?: string;
  S?: string;
  verbose?: boolean;
}

const program = new Command('tmux-persist')
  .description('Everything open in tmux comes back by itself: after a crash, an OOM kill or a reboot.')
  .version(VERSION, '-V, --version')
  .option('-L <socket-name>', 'the tmux server with this socket name, as in tmux -L')
  .option('-S <socket-path>', 'the tmux server with this socket, as in tmux -S')
  .option('--verbose', 'log more; print a stack trace for a bug')
  .configureHelp({ showGlobalOptions: true })
  .exitOverride();

/** Runs a command in its context and sets the exit code. */
function inContext(create: boolean, run: (context: Context) => Promise<number>): () => Promise<void> {
  return async () => {
    const { L, S } = program.opts<GlobalOptions>();
    const { resolveContext } = await import('./cli/context.js');
    const options = { ...(L === undefined ? {} : { socketName: L }), ...(S === undefined ? {} : { socketPath: S }) };
    const context = await resolveContext(options, create);
    process.exitCode = context.ok ? await run(context.value) : refuse(context);
  };
}

function refuse(result: Result<never> & { ok: false }): number {
  process.stderr.write(`tmux-persist: ${describeFailure(result.error)}\n`);
  return exitCodeOf(result.error);
}

const json = (): Option => new Option('--json', 'print JSON');

program
  .command('agent')
  .description('run the agent in the foreground; what the unit runs')
  .option('--standalone', 'without systemd and without a bus: start the tmux server, and notice its death, by itself')
  .action((options: { standalone?: boolean }) =>
    inContext(true, async (context) => {
      if (options.standalone !== true && !context.isDefaultSocket) {
        const detail = 'the units are for the default socket; for another one run the agent with --standalone';
        return refuse({ ok: false, error: { reason: 'bad-environment', detail } });
      }
      const [{ runAgent }, { gatherStatus }] = await Promise.all([
        import('./agent/run-agent.js'),
        import('./cli/gather-status.js'),
      ]);
      const ended = await runAgent(context, {
        standalone: options.standalone ?? false,
        logLevel: program.opts<GlobalOptions>().verbose === true ? 'debug' : 'info',
        status: () => gatherStatus(context),
        describe: describeFailure,
      });
      // Anything still open must not hold up the end: a stopped tmux client, a socket of the bus.
      process.exit(ended.ok ? EXIT.done : refuse(ended));
    })(),
  );

program
  .command('status')
  .description('say where you stand: agent, server, last save, last loss, problems')
  .addOption(json())
  .action((options: { json?: boolean }) =>
    inContext(false, async (context) => (await import('./cli/status.js')).status(context, options.json ?? false))(),
  );

program
  .command('doctor')
  .description('look at everything that is needed, and say what mends it')
  .addOption(json())
  .addHelpText(
    'after',
    '\nExit codes: 0 nothing failed (there may be warnings), 5 something does not work.\n\nExample:\n  tmux-persist doctor',
  )
  .action((options: { json?: boolean }) =>
    inContext(false, async (context) => (await import('./cli/doctor.js')).doctor(context, options.json ?? false))(),
  );

program
  .command('save')
  .description('save now')
  .addOption(json())
  .action((options: { json?: boolean }) =>
    inContext(true, async (context) => {
      const { save } = await import('./cli/save.js');
      return save(context, options.json ?? false, async () =>
        (await import('./agent/offline.js')).saveOffline(context),
      );
    })(),
  );

program
  .command('restore')
  .description('restore what is missing; what lives is left alone')
  .argument('[session...]', 'names of sessions; without one, all that was lost')
  .option('--from <id>', 'from an earlier state, see history')
  .option('--closed', 'what was closed as well')
  .option('--dry-run', 'only say what would be done')
  .option('--no-programs', 'start no program, offer them only')
  .addOption(json())
  .addHelpText('after', '\nExample:\n  tmux-persist restore --dry-run')
  .action(
    (
      names: string[],
      options: { from?: string; closed?: boolean; dryRun?: boolean; programs: boolean; json?: boolean },
    ) =>
      inContext(options.dryRun !== true, async (context) => {
        const { restore } = await import('./cli/restore.js');
        const order = {
          from: options.from ?? null,
          closed: options.closed ?? false,
          dryRun: options.dryRun ?? false,
          noPrograms: !options.programs,
        };
        return restore(context, { ...order, names, json: options.json ?? false }, async (onWaiting) =>
          (await import('./agent/offline.js')).restoreOffline(
            context,
            { ...order, names: names.length === 0 ? null : names },
            onWaiting,
          ),
        );
      })(),
  );

program
  .command('undo')
  .description('bring back what was closed last; again, what was closed before')
  .option('--dry-run', 'only say what would be done')
  .option('--no-programs', 'start no program, offer them only')
  .addOption(json())
  .action((options: { dryRun?: boolean; programs: boolean; json?: boolean }) =>
    inContext(options.dryRun !== true, async (context) => {
      const { undo } = await import('./cli/undo.js');
      const how = { dryRun: options.dryRun ?? false, noPrograms: !options.programs };
      return undo(
        context,
        { ...how, json: options.json ?? false },
        {
          save: async () => (await import('./agent/offline.js')).saveOffline(context, 'none'),
          restore: async (names, onWaiting) =>
            (await import('./agent/offline.js')).restoreOffline(
              context,
              { ...how, names, from: null, closed: false },
              onWaiting,
            ),
        },
      );
    })(),
  );

program
  .command('forget')
  .description('take a closed or lost session out of restoring; history keeps it')
  .argument('<session>', 'its name; what lives under it is left as it is')
  .addOption(json())
  .addHelpText('after', '\nA name that begins with - comes after --:\n  tmux-persist forget -- -name')
  .action((name: string, options: { json?: boolean }) =>
    inContext(true, async (context) => {
      const { forget } = await import('./cli/forget.js');
      return forget(context, options.json ?? false, {
        save: async () => (await import('./agent/offline.js')).saveOffline(context, 'none'),
        forget: async () => (await import('./agent/offline.js')).forgetOffline(context, name),
      });
    })(),
  );

program
  .command('history')
  .description('list the earlier states')
  .addOption(json())
  .action((options: { json?: boolean }) =>
    inContext(false, async (context) => (await import('./cli/history.js')).history(context, options.json ?? false))(),
  );

program
  .command('show')
  .description('print a saved state as a tree')
  .argument('[id]', 'an id of history; without one, the last state')
  .addOption(json())
  .action((id: string | undefined, options: { json?: boolean }) =>
    inContext(false, async (context) =>
      (await import('./cli/show.js')).show(context, id ?? null, options.json ?? false),
    )(),
  );

program
  .command('import')
  .description('take over sessions that another tool saved; nothing that lives or is saved is changed')
  .argument(
    '<file>',
    'a save file of tmux-resurrect, a workspace of tmuxp, or a table of name, directory, conversation',
  )
  .option('--dry-run', 'only say what would be imported')
  .addOption(json())
  .addHelpText('after', '\nExample:\n  tmux-persist import ~/.tmux/resurrect/last')
  .action((file: string, options: { dryRun?: boolean; json?: boolean }) =>
    inContext(options.dryRun !== true, async (context) => {
      const { importFile } = await import('./cli/import.js');
      const how = { dryRun: options.dryRun ?? false, json: options.json ?? false };
      return importFile(context, file, how, {
        save: async () => (await import('./agent/offline.js')).saveOffline(context, 'none'),
        add: async (order) => (await import('./agent/imports.js')).importOffline(context, order),
      });
    })(),
  );

program
  .command('export')
  .description('print saved sessions for another tool; programs stand in it as comments')
  .argument('[session...]', 'names of sessions; without one, all that a restore would bring back')
  .addOption(new Option('--tmuxp', 'as workspaces of tmuxp (YAML)').conflicts('script'))
  .option('--script', 'as a shell script of tmux commands')
  .option('--from <id>', 'from an earlier state, see history')
  .addHelpText('after', '\nExample:\n  tmux-persist export --tmuxp web > web.yaml')
  .action((names: string[], options: { tmuxp?: boolean; script?: boolean; from?: string }) =>
    inContext(false, async (context) => {
      const { exportSessions } = await import('./cli/export.js');
      const format = options.tmuxp === true ? 'tmuxp' : options.script === true ? 'script' : null;
      return exportSessions(context, { names, from: options.from ?? null, closed: false }, format);
    })(),
  );

program
  .command('hooks')
  .description('let agents say themselves which conversation they hold')
  .addArgument(new Argument('<action>', 'what to do in their settings').choices(['install', 'remove', 'status']))
  .addArgument(
    new Argument('[tool...]', 'without one, those that are found').choices([
      ...['claude', 'codex', 'gemini', 'copilot', 'cursor-agent'],
    ]),
  )
  .addOption(json())
  .addHelpText('after', '\nExample:\n  tmux-persist hooks install claude')
  .action(async (action: HookAction, tools: string[], options: { json?: boolean }) => {
    const { hooks } = await import('./cli/hooks.js');
    process.exitCode = await hooks(action, tools, options.json ?? false);
  });

program
  .command('hook', { hidden: true })
  .argument('[tool]')
  .helpOption(false)
  .allowUnknownOption()
  .allowExcessArguments()
  .action(async (tool?: string) => {
    process.once('uncaughtException', () => process.exit(0));
    await import('./cli/hook.js').then(({ hook }) => hook(tool ?? '')).catch(() => undefined);
    // Whoever still writes to us is not waited for.
    process.exit(0);
  });

/** Whoever reads us may leave early (`| head`); anything else that keeps a result from its reader is a failure. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  process.stderr.write(`tmux-persist: cannot write the result: ${error.message}\n`);
  process.exit(EXIT.state);
});
process.stderr.on('error', () => undefined);

program.parseAsync().catch((error: unknown) => {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage;
    return;
  }
  const verbose = program.opts<GlobalOptions>().verbose === true;
  const detail = error instanceof Error ? (verbose ? error.stack : error.message) : String(error);
  process.stderr.write(`tmux-persist: internal error: ${detail ?? ''}; run it with --verbose and report this\n`);
  process.exitCode = EXIT.bug;
});
