/**
 * What there is to know beside the commands: options in tmux.conf, exit codes, variables, files. The man page and the README say it from
 * here, and tests hold it against the code.
 */
import type { EXIT } from './failures.js';

/** When the manual was last revised, as it says itself; a date of the build would make every build another one. */
export const REVISED = '2026-11-23';

/** A tmux option of ours, without the prefix `@tmux-persist-`. */
export interface TmuxOption {
  readonly name: string;
  /** What holds where it is not set; empty for an empty list. */
  readonly standard: string;
  readonly meaning: string;
}

/** A name and what it is for. */
export interface Entry {
  readonly name: string;
  readonly meaning: string;
}

/** The options, in the order of the README. `code` is set as code by README and man page. */
export const TMUX_OPTIONS: readonly TmuxOption[] = [
  { name: 'scrollback', standard: '2000', meaning: 'lines kept of a pane; 0 keeps none' },
  {
    name: 'resume',
    standard: 'auto',
    meaning: '`auto` starts programs, `view` when their pane is first looked at, `offer` on Enter, `never`',
  },
  { name: 'resume-at-once', standard: '4', meaning: 'programs that may be starting at the same time' },
  { name: 'exclude', standard: '', meaning: "globs of sessions whose scrollback is not kept: `'scratch-*'`" },
  {
    name: 'programs',
    standard: '',
    meaning: "more programs, globs, or modes: `'mutt my-* ssh=auto claude=offer'`",
  },
  {
    name: 'environment',
    standard: '',
    meaning: "more variables that are kept: `'VIRTUAL_ENV'`; never those of a login, or that look like secrets",
  },
  { name: 'buffers', standard: 'on', meaning: '`off` keeps no paste buffers' },
  { name: 'history-days', standard: '30', meaning: 'days that earlier states are kept' },
  {
    name: 'after-kill-server',
    standard: 'nothing',
    meaning: '`restore` brings everything back after `kill-server` too',
  },
  {
    name: 'oom-protection',
    standard: 'on',
    meaning: '`off` leaves the oom_score_adj of the processes in panes as it is; what was raised stays so',
  },
];

/** What each exit code means. */
export const EXIT_MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  done: 'done',
  bug: 'a bug',
  usage: 'usage',
  noServer: 'no tmux server',
  nothingSaved: 'nothing saved to restore or to forget',
  inPart: 'done in part',
  state: 'state unreadable or unwritable',
  refused: 'refused (locked, foreign owner, another agent)',
  missing: 'tmux or systemd missing or too old',
};

/** The variables that change what the program does. */
export const VARIABLES: readonly Entry[] = [
  { name: 'TMUX_PERSIST_TMUX', meaning: 'the tmux program, by its path or its name; else the first `tmux` of PATH' },
  { name: 'XDG_STATE_HOME', meaning: 'where programs of this user keep their state; else `~/.local/state`' },
  { name: 'TMUX_TMPDIR', meaning: 'where the folder of tmux sockets is, as for tmux itself; else `/tmp`' },
  { name: 'TMUX', meaning: 'set by tmux inside of a pane: without -L and -S the server of that pane is meant' },
  { name: 'NO_COLOR', meaning: 'prints no colours, also on a terminal' },
];

/** The files, below the state folder where nothing else is said. */
export const FILES: readonly Entry[] = [
  {
    name: '$XDG_STATE_HOME/tmux-persist/HOST/SOCKET/',
    meaning: 'the state of one tmux server, readable by its user alone; what follows lies in it',
  },
  { name: 'manifest.json', meaning: 'the last good state' },
  { name: 'history/ID.json', meaning: 'earlier states' },
  { name: 'contents/SHA256.gz', meaning: 'scrollback and paste buffers' },
  { name: 'journal.json', meaning: 'deaths of the server, restores, refusals' },
  { name: '*.unreadable', meaning: 'a state that could not be read, set aside' },
];
