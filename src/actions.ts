/**
 * What each command of src/cli/command-tree.ts does. A command's module is loaded when it runs, and gets here what it needs of the agent.
 */
import type { DescribedCommand } from './cli/described-command.js';
import { leafCommands } from './cli/described-command.js';
import { describeFailure, EXIT, exitCodeOf } from './cli/failures.js';
import type { Shell } from './cli/completion/completion.js';
import type { WordKind } from './cli/completion/words.js';
import type { HookAction } from './cli/hooks.js';
import type { RosterOptions } from './cli/roster-command.js';
import type { Result } from './model/failure.js';
import type { Context } from './model/ports.js';

/** Every option that a command or the program has; each command sees those that it declares. */
export interface Options {
  readonly L?: string;
  readonly S?: string;
  readonly verbose?: boolean;
  readonly json?: boolean;
  readonly all?: boolean;
  /** True without a value. */
  readonly format?: string | boolean;
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
  readonly enable?: boolean;
  readonly purge?: boolean;
  readonly map?: string;
  readonly timeout?: number;
  readonly output?: string;
}

/** Runs a command with its arguments; returns the exit code. */
type Action = (words: readonly string[], options: Options) => Promise<number>;

const offline = () => import('./agent/offline.js');

/** Runs a command in its context, which may be created by those that write. */
function inContext(options: Options, create: boolean, run: (context: Context) => Promise<number>): Promise<number> {
  return inPlace(options, { create, ignoresPane: false }, run);
}

/** The same for the socket that -L names, or the default one, whichever server's pane this is typed in; nothing is made there. */
function inSocket(options: Options, run: (context: Context) => Promise<number>): Promise<number> {
  return inPlace(options, { create: false, ignoresPane: true }, run);
}

async function inPlace(options: Options, place: Place, run: (context: Context) => Promise<number>): Promise<number> {
  const context = await contextOf(options, place);
  return context.ok ? run(context.value) : refuse(context);
}

interface Place {
  readonly create: boolean;
  readonly ignoresPane: boolean;
}

async function contextOf({ L, S }: Options, { create, ignoresPane }: Place): Promise<Result<Context>> {
  const { resolveContext } = await import('./cli/context.js');
  const socket = { ...(L === undefined ? {} : { socketName: L }), ...(S === undefined ? {} : { socketPath: S }) };
  return resolveContext({ ...socket, ignoresPane }, create);
}

function refuse(result: Result<never> & { ok: false }): number {
  process.stderr.write(`tmux-persist: ${describeFailure(result.error)}\n`);
  return exitCodeOf(result.error);
}

/** The actions, by the words of their command. */
export const ACTIONS: Readonly<Record<string, Action>> = {
  status: (_, options) =>
    options.all === true
      ? inSocket({}, async (context) => (await import('./cli/status-all.js')).statusAll(context, options.json ?? false))
      : inContext(options, false, async (context) => {
          const { format = false, json = false } = options;
          if (format === false) return (await import('./cli/status.js')).status(context, json);
          return (await import('./cli/status-format.js')).statusFormat(context, format === true ? '' : format);
        }),

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

  install: (_, options) =>
    inSocket(options, async (context) =>
      (await import('./cli/install.js')).install(
        context,
        {
          now: options.now ?? false,
          enable: options.enable !== false,
          serverUnit: options.serverUnit ?? null,
        },
        async (task) => (await import('./agent/take-over.js')).takeOver(context, task),
      ),
    ),

  uninstall: (_, options) =>
    inSocket(options, async (context) =>
      (await import('./cli/uninstall.js')).uninstall(context, options.purge ?? false),
    ),

  adopt: (_, options) => inContext(options, true, async (context) => (await import('./cli/adopt.js')).adopt(context)),

  units: async ([folder = '', node = '', bundle = '', tmux = '']) =>
    (await import('./cli/unit-staging.js')).stageUnits(folder, { node, bundle, tmux }),

  agent: (_, options) =>
    inContext(options, true, async (context) => {
      if (options.standalone !== true && context.units === null) {
        const detail = `no unit can be for the socket '${context.socketPath}'; run its agent with --standalone`;
        return refuse({ ok: false, error: { reason: 'bad-environment', detail } });
      }
      const [{ runAgent }, { gatherStatus }] = await Promise.all([
        import('./agent/run-agent.js'),
        import('./cli/gather-status.js'),
      ]);
      const ended = await runAgent(context, {
        standalone: options.standalone ?? false,
        serverUnit: options.serverUnit ?? null,
        logLevel: options.verbose === true ? 'debug' : 'info',
        status: () => gatherStatus(context),
        describe: describeFailure,
      });
      // Anything still open must not hold up the end: a stopped tmux client, a socket of the bus.
      process.exit(ended.ok ? EXIT.done : refuse(ended));
    }),

  'roster enroll': async (_, options) => (await import('./cli/roster-enroll.js')).rosterEnroll(rosterOptions(options)),

  'roster status': async (_, options) => (await import('./cli/roster-status.js')).rosterStatus(rosterOptions(options)),

  'roster remove': async (_, options) => (await import('./cli/roster-remove.js')).rosterRemove(rosterOptions(options)),

  'roster metrics': async (_, options) => {
    const { rosterMetrics } = await import('./cli/roster-metrics.js');
    return rosterMetrics({ ...rosterOptions(options), output: options.output ?? null });
  },

  'roster-report': (_, options) =>
    inSocket(options, async (context) => (await import('./cli/roster-report.js')).rosterReport(context)),

  // The tree takes no other words for these two.
  completion: async ([shell]) => (await import('./cli/completion/completion.js')).completion(shell as Shell),

  'completion-words': async ([kind], options) => {
    const { completionWords } = await import('./cli/completion/words.js');
    // Nobody wants to read of a failure in the middle of a line.
    const isOfSockets = kind === 'sockets';
    const context = await contextOf(isOfSockets ? {} : options, { create: false, ignoresPane: isOfSockets });
    return context.ok ? completionWords(context.value, kind as WordKind) : EXIT.done;
  },

  man: async () => {
    const [{ manPage }, tree, model, { VERSION }] = await Promise.all([
      import('./cli/man-page.js'),
      import('./cli/command-tree.js'),
      import('./cli/command-model.js'),
      import('./cli/version.js'),
    ]);
    process.stdout.write(manPage(model.commandModel(tree.commandTree()), VERSION));
    return EXIT.done;
  },

  hook: async ([tool = '']) => {
    process.once('uncaughtException', () => process.exit(0));
    await import('./cli/hook.js').then(({ hook }) => hook(tool)).catch(() => undefined);
    // Whoever still writes to us is not waited for.
    process.exit(0);
  },
};

/** The tree gives both a default. */
const rosterOptions = ({ map = '', timeout = 0, json = false }: Options): RosterOptions => ({
  map,
  timeoutMs: timeout * 1000,
  json,
});

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
