/**
 * The whole command line: names, arguments, options and examples. It is loaded without any command, and does nothing: src/actions.ts
 * says what each command does. The name in an argument's or option's brackets says what completes it: <session>, <id>, <file>, ...
 */
import { Argument, InvalidArgumentError, Option } from 'commander';
import { DescribedCommand } from './described-command.js';
import { VERSION } from './version.js';

const json = (): Option => new Option('--json', 'print JSON');
const dryRun = (): Option => new Option('--dry-run', 'only say what would be done');
const noPrograms = (): Option => new Option('--no-programs', 'start no program, offer them only');
const from = (): Option => new Option('--from <id>', 'from an earlier state, see history');

/** Returns the program with all its commands, none of which has an action. */
export function commandTree(): DescribedCommand {
  const program = new DescribedCommand('tmux-persist')
    .description('Everything open in tmux comes back by itself: after a crash, an OOM kill or a reboot.')
    .version(VERSION, '-V, --version', 'print the version')
    .option('-L <socket-name>', 'the tmux server with this socket name, as in tmux -L')
    .option('-S <socket-path>', 'the tmux server with this socket, as in tmux -S')
    .option('--verbose', 'log more; print a stack trace for a bug')
    .helpOption('-h, --help', 'print help')
    .configureHelp({ showGlobalOptions: true })
    .exitOverride();
  addDailyCommands(program.commandsGroup('Every day:'));
  addStateCommands(program.commandsGroup('Saved states:'));
  addSetupCommands(program.commandsGroup('Setting up:'));
  addRoster(program.commandsGroup('For the admin of a shared machine:'));
  addHidden(program);
  program.addHelpCommand(
    program.createCommand('help').argument('[command]').description('print the help of a command').helpGroup('Help:'),
  );
  return program;
}

function addDailyCommands(program: DescribedCommand): void {
  program
    .command('status')
    .description('say where you stand: agent, server, last save, last loss, problems')
    .option('--all', 'a line for each tmux server of yours')
    .addOption(
      new Option('--format [format]', 'one line for the status line of tmux, in a few milliseconds').conflicts([
        'all',
        'json',
      ]),
    )
    .addOption(json())
    .remark(
      'A format is text with {text}, {state}, {age}, {sessions}, {problems}; without one it is {text}: saved 3s ago.',
    )
    .example('tmux-persist status', 'one screen: whether you are protected, and what needs you')
    .example("set -g status-right '#(~/.local/bin/tmux-persist status --format)'", 'in tmux.conf');

  program
    .command('save')
    .description('save now; with an agent nobody has to')
    .addOption(json())
    .example('tmux-persist save', 'saves what is open on the default server');

  program
    .command('restore')
    .description('restore what is missing; what lives is left alone')
    .argument('[session...]', 'names of sessions; without one, all that was lost')
    .addOption(from())
    .option('--closed', 'what was closed as well')
    .addOption(dryRun())
    .addOption(noPrograms())
    .addOption(json())
    .example('tmux-persist restore --dry-run', 'prints what would come back')
    .example('tmux-persist restore web', 'brings back one session, also one that was closed');

  program
    .command('undo')
    .description('bring back what was closed last: one session, or all of a kill-server; again, what was closed before')
    .addOption(dryRun())
    .addOption(noPrograms())
    .addOption(json())
    .example('tmux-persist undo', 'brings back the session that was closed last');

  program
    .command('forget')
    .description('take a closed or lost session out of restoring; history keeps it')
    .argument('<session>', 'its name; what lives under it is left as it is')
    .addOption(json())
    .remark('A name that begins with - comes after --.')
    .example('tmux-persist forget web', 'leaves web out of every restore to come')
    .example('tmux-persist forget -- -name', 'the same for a session whose name begins with -');
}

function addStateCommands(program: DescribedCommand): void {
  program
    .command('history')
    .description('list the earlier states')
    .addOption(json())
    .example('tmux-persist history', 'one line a state, the newest first');

  program
    .command('show')
    .description('print a saved state as a tree')
    .argument('[id]', 'an id of history; without one, the last state')
    .addOption(json())
    .example('tmux-persist show', 'the last state: sessions, windows, panes, programs');

  program
    .command('import')
    .description('take over sessions that another tool saved; nothing that lives or is saved is changed')
    .argument(
      '<file>',
      'a save file of tmux-resurrect, a workspace of tmuxp, or a table of name, directory, conversation',
    )
    .option('--dry-run', 'only say what would be imported')
    .option('--once', 'leave out what an earlier import added, whatever became of it since')
    .addOption(json())
    .remark('The file - is the standard input.')
    .example('tmux-persist import ~/.tmux/resurrect/last', "adds what tmux-resurrect saved last; 'restore' brings it");

  program
    .command('export')
    .description('print saved sessions for another tool; programs stand in it as comments')
    .argument('[session...]', 'names of sessions; without one, all that a restore would bring back')
    .addOption(new Option('--tmuxp', 'as workspaces of tmuxp (YAML)').conflicts('script'))
    .option('--script', 'as a shell script of tmux commands')
    .addOption(from())
    .example('tmux-persist export --tmuxp web > web.yaml', 'one session as a workspace that tmuxp loads')
    .example('tmux-persist export --script > sessions.sh', 'all of them as a script that needs nothing but tmux');
}

function addSetupCommands(program: DescribedCommand): void {
  program
    .command('doctor')
    .description('look at everything that is needed, and say what mends it')
    .addOption(json())
    .remark('Exit codes: 0 nothing failed (there may be warnings), 5 something does not work.')
    .example('tmux-persist doctor', 'one line a precondition; it changes nothing');

  program
    .command('install')
    .description('write the units of your own account and have them start by themselves')
    .option('--now', 'start them as well, save, and say where you stand; again after an upgrade')
    .option('--server-unit <unit>', 'the tmux server runs in this unit of your own; remembered by later installs')
    .option('--no-enable', 'write the files only')
    .remark('With -L NAME it is for that server as well: units, saved state and bus name of its own.')
    .example('tmux-persist install --now', 'from nothing to protected')
    .example('tmux-persist -L work install --now', 'the same for the servers of tmux -L work');

  program
    .command('uninstall')
    .description('remove what install wrote, and nothing else; sessions go on, and what was saved is kept')
    .option('--purge', 'remove what was saved on this host as well')
    .remark('With -L NAME only the units of that server are turned off.')
    .example('tmux-persist uninstall', 'leaves your sessions and their saved states as they are');

  program
    .command('adopt')
    .description("move a live server out of a login's cgroup into the one of your user manager")
    .example('tmux-persist adopt', 'the end of the login no longer ends the server');

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
    .example('tmux-persist hooks install claude', "adds our entry to Claude Code's settings")
    .example('tmux-persist hooks status', 'says how each agent stands');

  program
    .command('completion')
    .description('print the completion for a shell')
    .addArgument(new Argument('<shell>', 'which shell').choices(['bash', 'zsh', 'fish']))
    .example('eval "$(tmux-persist completion bash)"', 'in ~/.bashrc');

  program
    .command('agent')
    .description('run the agent in the foreground; what the unit runs')
    .option('--standalone', 'without systemd and without a bus: start the tmux server, and notice its death, by itself')
    .option('--server-unit <unit>', 'the unit that runs the tmux server, where it is not ours')
    .example('tmux-persist agent --standalone', 'where there is no systemd: a container, a bare shell');
}

function addRoster(program: DescribedCommand): void {
  const roster = program
    .command('roster')
    .description('look after every user of a shared machine; for root')
    .helpCommand(false);
  const add = (name: string, description: string): DescribedCommand =>
    roster
      .command(name)
      .description(description)
      .addOption(new Option('--map <file>', 'lines web-user=system-user').default('/etc/ttyd-user-map'))
      .addOption(
        new Option('--timeout <seconds>', 'how long one step of one user may take').default(60).argParser(seconds),
      );
  const exitCodes = 'Exit codes: 0 all users, 5 some of them or not all lines of the map.';
  add('enroll', 'protect every user of the map: lingering, units, and the sessions of /var/lib/tmux-persist/USER.tsv')
    .addOption(json())
    .remark(`What is right already is left as it is. ${exitCodes}`)
    .example('tmux-persist roster enroll', 'may be run again at any time');
  add('status', 'print a line a user: lingering, agent, sessions, last save, last loss, problems')
    .addOption(json())
    .remark('Exit codes: 0 everybody is protected, 5 somebody is not.')
    .example('tmux-persist roster status', 'a table of all users');
  add('remove', 'undo what enroll did; sessions go on, and what was saved is kept')
    .addOption(json())
    .remark(exitCodes)
    .example('tmux-persist roster remove', 'for all users of the map');
  add('metrics', "print OpenMetrics for node_exporter's textfile collector")
    .option('--output <file>', 'write them into this file, whole or not at all')
    .example(
      'tmux-persist roster metrics --output /var/lib/prometheus/node-exporter/tmux_persist.prom',
      'in a timer, once a minute',
    );
}

function seconds(word: string): number {
  const value = Number(word);
  if (value >= 1 && value <= 3600) return value;
  throw new InvalidArgumentError('It is a number from 1 to 3600.');
}

/** What other programs call: the hooks of coding agents, the completion of shells, root for a user, and whoever packs or installs the manual. */
function addHidden(program: DescribedCommand): void {
  // It takes any words, and is never in an agent's way.
  program
    .command('hook', { hidden: true })
    .argument('[tool]')
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments();
  program
    .command('completion-words', { hidden: true })
    .addArgument(new Argument('<kind>').choices(['sessions', 'ids', 'sockets']));
  program.command('man', { hidden: true });
  // What roster asks of a user, run as that user.
  program.command('roster-report', { hidden: true });
  // What a packager's `make install` writes its units with.
  program
    .command('units', { hidden: true })
    .argument('<folder>')
    .argument('<node>')
    .argument('<bundle>')
    .argument('<tmux>');
}
