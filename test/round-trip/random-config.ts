/**
 * A random tmux.conf: what a user may have set and must not bend what comes back. Each line stands in some of the cases.
 */
import type { Dice } from './dice.js';

const CHOICES: readonly (readonly string[])[] = [
  ['set -g base-index 1', 'set -g base-index 7'],
  ['setw -g pane-base-index 1', 'setw -g pane-base-index 3'],
  ['set -g renumber-windows on'],
  ["set -g default-command 'exec sleep 1000'", "set -g default-command 'exec sh'"],
  ['set -g default-size 132x43', 'set -g default-size 20x5'],
  [
    'setw -g window-size largest',
    'setw -g window-size smallest',
    'setw -g window-size latest',
    'setw -g window-size manual',
  ],
  ['setw -g aggressive-resize on'],
  ['setw -g automatic-rename off'],
  ['setw -g allow-rename on'],
  ['set -g status 2', 'set -g status off', 'set -g status-position top'],
  ['setw -g pane-border-status top', 'setw -g pane-border-status bottom'],
  ['set -s exit-empty off'],
  ['set -g detach-on-destroy off', 'set -g detach-on-destroy no-detached'],
  ["set -g status-right '#(echo busy) #{pane_title}'", "set -g status-left '#(date) #S'"],
  ['setw -g remain-on-exit on'],
  ['set -g history-limit 50'],
  ['setw -g synchronize-panes on'],
  ['setw -g monitor-activity on', 'setw -g monitor-silence 5'],
  ["set -g update-environment 'LANG TERM'", "set -g update-environment ''"],
  ["set -g @theme 'dark $(touch CANARY) #(touch CANARY)'"],
  ['set -g set-titles on'],
  ['setw -g main-pane-width 30'],
];

/** What makes the variables of these tests ones that are saved. */
const VARIABLES = "set -g @tmux-persist-environment 'ONE TWO HIDDEN REMOVED'";

/** Returns the lines of a tmux.conf. */
export const randomConfig = (dice: Dice): string[] => [
  VARIABLES,
  ...CHOICES.flatMap((lines) => (dice.chance(25) ? dice.one(lines) : [])),
];
