/**
 * What each command of src/cli/command-tree.ts does. A command's module is loaded when it runs, and gets here what it needs of the agent.
 */
import type { DescribedCommand } from './cli/described-command.js';
import { leafCommands } from './cli/described-command.js';
import { describeFailure, EXIT, exitCodeOf } from './cli/failures.js';
import type { HookAction } from './cli/hooks.js';
import type { Result } from './model/failure.js';
import type { Context } from './model/ports.js';

/** Every option that a command or the program has; each command sees those that it declares. */
export interface Options {
  readonly L?: string;
  readonly S?: string;
  readonly verbose?: boolean;
  readonly json?: boolean;
  readonly dryRun?: boolean;
  readonly once?: boolean;
  readonly closed?: boolean;
  readonly from?: string;
  readonly programs?: boolean;
  readonly tmuxp?: boolean;
  readonly script?: boolean;
  readonly standalone?: boolean;
  readonly now?: boolean;
  readonly serverUnit?: string;
  readonly purge?: boolean;
  readonly map?: string;
}

/** Runs a command with its arguments; returns the exit code. */
type Action = (words: readonly string[], options: Options) => Promise<number>;

const offline = () => import('./agent/offline.js');

/** Runs a command in its context, which may be created by those that write. */
async function inContext(
  options: Options,
  create: boolean,
  run: (context: Context) => Promise<number>,
): Promise<number> {
  const { L, S } = options;
  const { resolveContext } = await import('./cli/context.js');
  const socket = { ...(L === undefined ? {} : { socketName: L }), ...(S === undefined ? {} : { socketPath: S }) };
  const context = await resolveContext(socket, create);
  return context.ok ? run(context.value) : refuse(context);
}

function refuse(result: Result<never> & { ok: false }): number {
  process.stderr.write(`tmux-persist: ${describeFailure(result.error)}\n`);
  return exitCodeOf(result.error);
}

/** The actions, by the words of their command. */
export const ACTIONS: Readonly<Record<string, Action>> = {
  status: (_, options) =>
    inContext(options, false, async (context) =>
      (await import('./cli/status.js')).status(context, options.json ?? false),
    ),

  save: (_, options) =>
    inContext(options, true, async (context) => {
      const { save } = await import('./cli/save.js');
      return save(context, options.json ?? false, async () => (await offline()).saveOffline(context));
    }),

  restore: (names, options) =>
    inContext(options, options.dryRun !== true, async (context) => {
      const { restore } = await import('./cli/restore.js');
      const order = {
        from: options.from ?? null,
        closed: options.closed ?? false,
        dryRun: options.dryRun ?? false,
        noPrograms: options.programs === false,
      };
      return restore(context, { ...order, names, json: options.json ?? false }, async (onWaiting) =>
        (await offline()).restoreOffline(context, { ...order, names: names.length === 0 ? null : names }, onWaiting),
      );
    }),

  undo: (_, options) =>
    inContext(options, options.dryRun !== true, async (context) => {
      const { undo } = await import('./cli/undo.js');
      const how = { dryRun: options.dryRun ?? false, noPrograms: options.programs === false };
      return undo(
        context,
        { ...how, json: options.json ?? false },
        {
          save: async () => (await offline()).saveOffline(context, 'none'),
          restore: async (names, onWaiting) =>
            (await offline()).restoreOffline(context, { ...how, names, from: null, closed: false }, onWaiting),
        },
      );
    }),

  forget: ([name = ''], options) =>
    inContext(options, true, async (context) => {
      const { forget } = await import('./cli/forget.js');
      return forget(context, options.json ?? false, {
        save: async () => (await offline()).saveOffline(context, 'none'),
        forget: async () => (await offline()).forgetOffline(context, name),
      });
    }),

  history: (_, options) =>
    inContext(options, false, async (context) =>
      (await import('./cli/history.js')).history(context, options.json ?? false),
    ),

  show: ([id], options) =>
    inContext(options, false, async (context) =>
      (await import('./cli/show.js')).show(context, id ?? null, options.json ?? false),
    ),

  import: ([file = ''], options) =>
    inContext(options, options.dryRun !== true, async (context) => {
      const { importFile } = await import('./cli/import.js');
      const { dryRun = false, once = false, json = false } = options;
      const how = { dryRun, once, json };
      return importFile(context, file, how, {
        save: async () => (await offline()).saveOffline(context, 'none'),
        add: async (order) => (await import('./agent/imports.js')).importOffline(context, order),
      });
    }),

  export: (names, options) =>
    inContext(options, false, async (context) => {
      const { exportSessions } = await import('./cli/export.js');
      const format = options.tmuxp === true ? 'tmuxp' : options.script === true ? 'script' : null;
      return exportSessions(context, { names, from: options.from ?? null, closed: false }, format);
    }),

  doctor: (_, options) =>
    inContext(options, false, async (context) =>
      (await import('./cli/doctor.js')).doctor(context, options.json ?? false),
    ),

  hooks: async ([action, ...tools], options) => {
    const { hooks } = await import('./cli/hooks.js');
    // The tree takes no other word there.
    return hooks(action as HookAction, tools, options.json ?? false);
  },

  agent: (_, options) =>
    inContext(options, true, async (context) => {
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
        logLevel: options.verbose === true ? 'debug' : 'info',
        status: () => gatherStatus(context),
        describe: describeFailure,
      });
      // Anything still open must not hold up the end: a stopped tmux client, a socket of the bus.
      process.exit(ended.ok ? EXIT.done : refuse(ended));
    }),

  hook: async ([tool = '']) => {
    process.once('uncaughtException', () => process.exit(0));
    await import('./cli/hook.js').then(({ hook }) => hook(tool)).catch(() => undefined);
    // Whoever still writes to us is not waited for.
    process.exit(0);
  },
};

/** Gives every command its action; one that has none yet fails as a bug when it runs. */
export function attachActions(program: DescribedCommand): void {
  for (const [words, command] of leafCommands(program)) {
    command.action(async () => {
      const action = ACTIONS[words];
      if (action === undefined) throw new Error(`'${words}' has no action`);
      process.exitCode = await action(command.args, command.optsWithGlobals<Options>());
    });
  }
}
