/**
 * The start command of a restored pane: one constant shell text, with all data in its positional parameters, so that
 * no saved byte is ever parsed by a shell. It shows the old scrollback, runs the program, and becomes the user's shell.
 */
import { RERUN_MARKER, RERUN_SHELL } from '../model/rerun.js';
import { bytesFromText, textFromBytes, type Text } from '../model/text.js';
import type { Resumption } from './resumption.js';
import { oneLine } from '../model/shell-words.js';
import { displayCommand } from './display-command.js';

/** What a restored pane starts with. */
export interface Launch {
  /** The user's shell: tmux's default-shell. */
  readonly shell: string;
  /** tmux's default-command; empty for a login shell. */
  readonly defaultCommand: string;
  /** A gzip-compressed scrollback to show first. */
  readonly contentsPath: string | null;
  /** One more line to show. */
  readonly notice: string | null;
  readonly resumption: Resumption | null;
  /** What runs in place of the shell, and whose end is the end of the pane; empty for none. The notice is for the shell that is there when it can't be run. */
  readonly argv: readonly Text[];
  /** For a pane that was dead: it ends at once, with this status. */
  readonly death: Death | null;
}

/** How a dead pane comes back. */
export interface Death {
  readonly status: number;
  /** Seconds since the epoch. Later the user has respawned the pane, and gets a shell. */
  readonly until: number;
}

const MARKER = 'tmux-persist';
const SHELL = '/bin/sh';

/** What a launcher waits for: its turn, to be looked at, or Enter. */
export type Wait = 'turn' | 'view' | 'enter';

const WAITS: Readonly<Record<Resumption['action'], Wait | null>> = {
  auto: 'turn',
  view: 'view',
  offer: 'enter',
  shell: null,
};

const PROMPTS: Readonly<Record<Wait, string>> = {
  turn: 'tmux-persist: waiting for its turn (Enter: now, another key: shell)',
  view: 'tmux-persist: Enter starts it, as does a look at this pane; another key gives a shell',
  enter: 'tmux-persist: Enter starts it, another key gives a shell',
};

/** The words of the process that a waiting launcher reads the key with, and the signal that tells it to go on without one. */
export const WAITER: readonly string[] = ['dd', 'bs=64', 'count=1'];
export const RELEASE = 'SIGUSR2';

/** The signal that tells it to give the shell, as any key but Enter does. */
export const DECLINE = 'SIGTERM';

// One line without single quotes, so that it survives every quoting of tmux. Names begin with tp_, because
// assigning to a name that the environment holds would change what the user's shell inherits.
// - `trap : INT QUIT`: a key pressed before the shell is there must not close the pane; exec resets it.
// - `set -m`: the program gets a foreground process group of its own, which makes it the pane's current command.
// - The subshell keeps the program's variables from the user's shell.
// - tp_again: a program that stops itself would be lost behind the shell, so it is continued. No loop, for bash leaves
//   one when a job stops in it. The exit trap is for bash, which ends with a job that dies of SIGINT, status 130.
// - ESC [ 0 m and SI end colours and line drawing that the scrollback may have left on.
// - The line that waits is cut at the margin (ESC [ ? 7 l) and has no end, so that one erasure takes it away.
// - What was typed before the question was asked is no answer to it, and is read away.
// - Every way to wait is the same: dd reads one key, and a signal that ends it (12, on every Linux that Node runs on) says go. So a
//   pane that nobody releases is an offer. -isig: Ctrl-C and Ctrl-Z are other keys; what follows such a key, the rest of an escape
//   sequence or of a paste, is read until a tenth of a second is silent, and reaches no shell.
const SNIPPET = [
  'trap : INT QUIT;',
  'tp_end() { trap - EXIT; set +m; if [ -n "$tp_modes" ]; then stty "$tp_modes" 2>/dev/null; fi;',
  'if [ "$tp_status" -ne 0 ] && [ $(($(date +%s) - tp_start)) -lt 10 ]; then',
  'printf "%s\\n" "tmux-persist: it ended at once (status $tp_status); to start it by hand: $tp_retry"; fi;',
  'if ! [ -x "$tp_shell" ]; then tp_shell=/bin/sh; fi;',
  'if [ -n "$tp_command" ]; then exec "$tp_shell" -c "$tp_command"; fi; exec "$tp_shell" -l; };',
  'tp_again() { tp_status=$?; if [ "$tp_status" -gt 128 ] && kill -0 %% 2>/dev/null; then',
  'tp_status=130; fg >/dev/null; tp_again; fi; };',
  'tp_shell=$1; tp_command=$2; tp_contents=$3; tp_notice=$4; tp_wait=$5; tp_cwd=$6; tp_retry=$7; tp_prompt=$8; tp_count=$9; shift 9;',
  'while [ "$tp_count" -gt 0 ]; do unset "$1"; shift; tp_count=$((tp_count - 1)); done;',
  'if [ -n "$tp_contents" ]; then gzip -dc -- "$tp_contents" 2>/dev/null; printf "\\033[0m\\017"; fi;',
  'if [ -n "$tp_notice" ]; then printf "%s\\n" "$tp_notice"; fi;',
  'tp_moved=0; if [ -n "$tp_cwd" ]; then cd -- "$tp_cwd" 2>/dev/null || tp_moved=1; unset OLDPWD; fi;',
  'tp_status=0; tp_modes=; tp_start=0;',
  'if [ $# -le 1 ]; then tp_end; fi;',
  'if [ "$tp_moved" = 1 ]; then printf "%s\\n" "tmux-persist: the directory is gone; to start it by hand: $tp_retry"; tp_end; fi;',
  'tp_modes=$(stty -g 2>/dev/null);',
  'stty -icanon -echo -isig -ixon min 0 time 0 2>/dev/null && dd bs=4096 count=16 >/dev/null 2>&1; stty min 1 time 0 2>/dev/null;',
  'printf "\\033[?7l%s\\033[?7h" "$tp_prompt";',
  '{ tp_key=$(dd bs=64 count=1; printf "=%s" $?); } 2>/dev/null; printf "\\r\\033[K";',
  'case $tp_key in "$(printf "\\n=0")" | "$(printf "\\r=0")" | =140) ;; *)',
  'stty min 0 time 1 2>/dev/null && dd bs=4096 count=16 >/dev/null 2>&1;',
  'if [ "$tp_wait" = turn ]; then printf "%s\\n" "tmux-persist: not started; to start it by hand: $tp_retry"; fi; tp_end;; esac;',
  'tp_start=$(date +%s); if [ -n "$tp_modes" ]; then stty "$tp_modes" 2>/dev/null; fi; set -m;',
  'tp_status=130; trap tp_end EXIT;',
  '( tp_count=$1; shift; while [ "$tp_count" -gt 0 ]; do export "$1"; shift; tp_count=$((tp_count - 1)); done; exec "$@" );',
  'tp_again; tp_end',
].join(' ');

// The short ways for panes without a recognised program: tmux reads and logs every byte of them for every pane.
const CONTENTS = 'trap : INT QUIT; if [ -n "$3" ]; then gzip -dc -- "$3" 2>/dev/null; printf "\\033[0m\\017"; fi;';
const TO_SHELL = [
  'if [ -n "$4" ]; then printf "%s\\n" "$4"; fi; [ -x "$1" ] || set -- /bin/sh "$2";',
  'if [ -n "$2" ]; then exec "$1" -c "$2"; fi; exec "$1" -l',
].join(' ');
const SHELL_SNIPPET = `${CONTENTS} ${TO_SHELL}`;
const DEAD_SNIPPET = `${CONTENTS} if [ "$(date +%s)" -lt "$5" ]; then exit "$6"; fi; ${TO_SHELL}`;
// Of a program that can't be run dash ends in its exit trap, and bash goes on under execfail, where it has dropped its traps.
const RERUN_SNIPPET = [
  `${CONTENTS} tp_1=$1; tp_2=$2; tp_4=$4; shift 4; tp_end() { set -- "$tp_1" "$tp_2" "" "$tp_4"; ${TO_SHELL}; };`,
  'trap tp_end EXIT; shopt -s execfail 2>/dev/null; exec "$@"; tp_end',
].join(' ');

const variableName = /^[A-Za-z_]\w*$/;

/** Returns the argument vector for tmux's respawn-pane; with more than one argument tmux runs it without a shell of its own (tmux(1), 3.0 and later). */
export function launchArguments(launch: Launch): Text[] {
  const { resumption } = launch;
  const wait = resumption === null || resumption.argv.length === 0 ? null : WAITS[resumption.action];
  const unset = (resumption?.unset ?? []).filter((name) => variableName.test(name));
  const env = wait === null ? [] : Object.entries(resumption?.env ?? {}).filter(([name]) => variableName.test(name));
  const command = wait === null ? '' : displayCommand(resumption?.argv ?? [], Object.fromEntries(env));
  const notices = [
    resumption?.notice ?? null,
    wait === 'view' || wait === 'enter' ? `tmux-persist: ${command}` : null,
    launch.notice,
  ].flatMap((notice) => (notice === null ? [] : oneLine(notice)));
  const data = [launch.shell, launch.defaultCommand, launch.contentsPath ?? '', notices.join('\n')];
  if (resumption === null) {
    const { argv, death } = launch;
    if (argv.length > 0) return [...RERUN_SHELL, RERUN_SNIPPET, RERUN_MARKER, ...data, ...argv];
    if (death === null) return [SHELL, '-c', SHELL_SNIPPET, MARKER, ...data];
    return [SHELL, '-c', DEAD_SNIPPET, MARKER, ...data, String(death.until), String(death.status)];
  }
  return [
    ...[SHELL, '-c', SNIPPET, MARKER],
    ...data,
    wait ?? '',
    resumption.cwd,
    command,
    wait === null ? '' : PROMPTS[wait],
    ...[String(unset.length), ...unset],
    String(env.length),
    ...env.map(([name, value]) => assignment(name, value)),
    ...(wait === null ? [] : resumption.argv),
  ];
}

/** Returns whether a pane's start command is ours, of this version or another: it says nothing of what the user ran. */
export function isLauncher(startCommand: readonly Text[]): boolean {
  return startCommand[0] === SHELL && startCommand[1] === '-c' && startCommand[3] === MARKER;
}

/** What a launcher waits to run. */
export interface WaitingProgram {
  readonly wait: Wait;
  readonly argv: readonly Text[];
  readonly env: ReadonlyMap<string, Text>;
  readonly cwd: Text | null;
}

/**
 * Returns the program in the arguments of a launcher, or null; until it runs, its pane shows no other sign of it. The arguments stay
 * while it runs. Their places are the same in every version: who waits was perhaps made by an earlier one.
 */
export function waitingProgram(startCommand: readonly Text[]): WaitingProgram | null {
  if (!isLauncher(startCommand)) return null;
  const data = startCommand.slice(4);
  const wait = Object.values(WAITS).find((word) => word !== null && word === data[4]) ?? null;
  const [cwd, unsetCount] = [data[5], Number(data[8])];
  const rest = data.slice(9 + unsetCount);
  const envCount = Number(rest[0]);
  const argv = rest.slice(1 + envCount);
  if (wait === null || argv.length === 0) return null;
  const env = new Map<string, Text>();
  for (const entry of rest.slice(1, 1 + envCount)) {
    const bytes = Buffer.from(bytesFromText(entry));
    const equals = bytes.indexOf('=');
    env.set(bytes.toString('latin1', 0, equals), textFromBytes(bytes.subarray(equals + 1)));
  }
  return { wait, argv, env, cwd: cwd === undefined || cwd === '' ? null : cwd };
}

function assignment(name: string, value: Text): Text {
  if (typeof value === 'string') return `${name}=${value}`;
  return textFromBytes(Buffer.concat([Buffer.from(`${name}=`), bytesFromText(value)]));
}
