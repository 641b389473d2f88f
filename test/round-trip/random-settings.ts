/**
 * Random options, hooks, environment and paste buffers: what a user sets by hand in a running server, and would have to
 * set again. Ids are guesses: what tmux does not know is refused, and is not there.
 */
import { HOSTILE_TEXTS, INVALID_BYTES } from '../support/nasty-text.js';
import { plain, token, type Dice } from './dice.js';

/** How many sessions, windows and panes were asked for. */
export interface Counts {
  readonly sessions: number;
  readonly windows: number;
  readonly panes: number;
}

const SESSION_OPTIONS = [
  ...[
    'status off',
    'status 3',
    'base-index 4',
    'renumber-windows on',
    'history-limit 300',
    'visual-bell on',
    'mouse on',
  ],
  ...['default-size 90x20', 'detach-on-destroy off', 'prefix C-a', 'display-time 2000', 'word-separators " -_@"'],
  ...[
    "default-command 'exec sleep 1000'",
    "status-format[0] 'left #S'",
    "status-style 'bg=red,fg=#aabbcc'",
    'key-table root',
  ],
];
const WINDOW_OPTIONS = [
  ...['synchronize-panes on', 'monitor-activity on', 'monitor-bell off', 'monitor-silence 10', 'remain-on-exit on'],
  ...['main-pane-width 33', "main-pane-height '40%'", 'automatic-rename on', 'automatic-rename off', 'allow-rename on'],
  ...['aggressive-resize on', 'pane-base-index 2', 'mode-keys vi', 'pane-border-status top', 'window-size largest'],
  ...["window-style 'bg=blue'", "window-status-format '#I:#W'", "automatic-rename-format '#{pane_current_command}!'"],
];
const PANE_OPTIONS = ['remain-on-exit on', 'allow-rename on', 'synchronize-panes on', "window-style 'bg=green'"];
const HOOKS = ['pane-exited[3]', 'alert-bell', 'session-renamed[1]', 'session-window-changed', 'after-select-window'];
const WINDOW_HOOKS = ['window-pane-changed[2]', 'window-pane-changed'];
// It leaves a trace wherever it runs. Not for window-layout-changed, which every set-option causes (options_push_changes).
const TRACE = `'set-option -ga @hook-ran "x"'`;

/** Returns the lines that set things all over a server. */
export function randomSettings(dice: Dice, counts: Counts): string[] {
  const value = (): string => token(dice.chance(5) ? '' : dice.one(HOSTILE_TEXTS));
  const anyBytes = (): string => token(dice.chance(20) ? dice.one(INVALID_BYTES) : dice.one(HOSTILE_TEXTS));
  // A name may hold anything; with a blank or a quote in it tmux prints it such that nobody can read it back.
  const odd = (): string => `@odd ${dice.one(HOSTILE_TEXTS).replaceAll('\n', ' ').slice(0, 40)}`;
  const bare = (): string =>
    `@bare-${dice
      .one(HOSTILE_TEXTS)
      .replaceAll(/[\s[\]'"\\]/g, '')
      .slice(0, 40)}`;
  const own = (): string =>
    dice.chance(90) ? `@own-${String(dice.upTo(4))}` : plain(dice.chance(50) ? odd() : bare());
  const session = (): string => token(`$${String(dice.upTo(counts.sessions))}`);
  const window = (): string => `@${String(dice.upTo(counts.windows))}`;
  const pane = (): string => `%${String(dice.upTo(counts.panes))}`;
  const kinds: readonly (() => string)[] = [
    () => `set-option -t ${session()} ${own()} ${value()}`,
    () => `set-option -t ${session()} status-left ${value()}`,
    () => `set-option -t ${session()} ${dice.one(SESSION_OPTIONS)}`,
    () => `set-option -w -t ${window()} ${own()} ${value()}`,
    () => `set-option -w -t ${window()} pane-border-format ${value()}`,
    () => `set-option -w -t ${window()} ${dice.one(WINDOW_OPTIONS)}`,
    () => `set-option -p -t ${pane()} ${own()} ${value()}`,
    () => `set-option -p -t ${pane()} ${dice.one(PANE_OPTIONS)}`,
    () => `set-environment -t ${session()} ${dice.one(['ONE', 'TWO'])} ${value()}`,
    () => `set-environment -h -t ${session()} HIDDEN ${value()}`,
    () => `set-environment -r -t ${session()} REMOVED`,
    () => `set-buffer -b ${token(dice.one(HOSTILE_TEXTS))} ${anyBytes()}`,
    () => `set-buffer ${anyBytes()}`,
    () => `set-option ${dice.one(['-s', '-g', '-gw'])} @global-${String(dice.upTo(3))} ${value()}`,
  ];
  const hooks: readonly (() => string)[] = [
    () => `set-hook -t ${session()} ${dice.one(HOOKS)} ${TRACE}`,
    () => `set-hook -w -t ${window()} ${dice.one(WINDOW_HOOKS)} ${TRACE}`,
    () => `set-hook -p -t ${pane()} pane-mode-changed ${TRACE}`,
  ];
  return [
    ...Array.from({ length: dice.upTo(40) }, () => dice.one(kinds)()),
    ...Array.from({ length: dice.upTo(6) }, () => dice.one(hooks)()),
    ...(dice.chance(50) ? [`select-pane -m -t ${pane()}`] : []),
    ...(dice.chance(20) ? [`select-pane -d -t ${pane()}`] : []),
  ];
}
