/**
 * The whole command line: names, arguments, options and examples. It is loaded without any command, and does nothing: src/actions.ts
 * says what each command does. The name in an argument's or option's brackets says what completes it: <session>, <id>, <file>, ...
 */
import { Argument, Option } from 'commander';
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
    .helpCommand('help [command]', 'print the help of a command')
    .configureHelp({ showGlobalOptions: true })
    .exitOverride();
  addDailyCommands(program.commandsGroup('Every day:'));
  addStateCommands(program.commandsGroup('Saved states:'));
  addSetupCommands(program.commandsGroup('Setting up:'));
  addRoster(program.commandsGroup('For the admin of a shared machine:'));
  addHidden(program);
  program.commandsGroup('Help:');
  return program;
}

function addDailyCommands(program: DescribedCommand): void {
  program
    .command('status')
    .description('say where you stand: agent, server, last save, last loss, problems')
    .addOption(json())
    .example('tmux-persist status', 'one screen: whether you are protected, and what needs you');

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
    .description('write the units of your own account: the server, the agent, their place on the bus')
    .option('--now', 'enable and start them as well, and save')
    .option('--server-unit <unit>', 'use this unit for the tmux server, which is there already')
    .example('tmux-persist install --now', 'from nothing to protected');

  program
    .command('uninstall')
    .description('remove what install wrote, and nothing else; sessions go on, and what was saved is kept')
    .option('--purge', 'remove what was saved as well')
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
    .example('tmux-persist agent --standalone', 'where there is no systemd: a container, a bare shell');
}

function addRoster(program: DescribedCommand): void {
  const roster = program.command('roster').description('look after every user of a shared machine; for root');
  const map = (): Option => new Option('--map <file>', 'lines web-user=system-user').default('/etc/ttyd-user-map');
  roster
    .command('enroll')
    .description('protect every user of the map: lingering, units, what their ancestor saved')
    .addOption(map())
    .addOption(json())
    .example('tmux-persist roster enroll', 'may be run again at any time');
  roster
    .command('status')
    .description('print a line a user: lingering, agent, sessions, last save, last loss, problems')
    .addOption(map())
    .addOption(json())
    .example('tmux-persist roster status', 'a table of all users');
  roster
    .command('remove')
    .description('undo what enroll did; sessions go on, and what was saved is kept')
    .addOption(map())
    .addOption(json())
    .example('tmux-persist roster remove', 'for all users of the map');
  roster
    .command('metrics')
    .description("print OpenMetrics for node_exporter's textfile collector")
    .addOption(map())
    .example('tmux-persist roster metrics > tmux_persist.prom', 'one family a figure, one sample a user');
}

/** What coding agents call by their settings; it takes any words, and is never in their way. */
function addHidden(program: DescribedCommand): void {
  program
    .command('hook', { hidden: true })
    .argument('[tool]')
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments();
}
