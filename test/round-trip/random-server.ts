/**
 * A random server as lines of one sourced file: sessions, windows, panes, then many changes to them, then settings.
 * Ids in a fresh server are predictable; what tmux refuses is simply not there. Only panes cost time: they are counted.
 */
import { HOSTILE_TEXTS } from '../support/nasty-text.js';
import { Dice, plain, token } from './dice.js';
import { randomConfig } from './random-config.js';
import { randomPlaces, type Place } from './random-places.js';
import { randomSettings } from './random-settings.js';

/** A server that is still to be built. */
export interface RandomServer {
  readonly config: string;
  readonly lines: readonly string[];
  readonly places: readonly Place[];
}

/** What a pane that shall end runs; it is known by these words. */
export const ENDING = 'exit 3 # it ends';

const LAYOUTS = ['even-horizontal', 'even-vertical', 'main-horizontal', 'main-vertical', 'tiled'];
// An idle program, the same one through a shell, a long command, and the user's shell.
const COMMANDS = ['sleep 1000', "'exec sleep 1000'", `sh -c 'exec "$0" 1000' sleep`, ''];

/** Returns the server of a seed; its directories are made in `folder`. */
export function randomServer(seed: number, folder: string): RandomServer {
  const dice = new Dice(seed);
  const config = randomConfig(dice);
  const places = randomPlaces(dice, folder);
  const isManual = config.includes('setw -g window-size manual');
  const { lines, counts } = structure(dice, places);
  const all = [
    ...lines,
    ...changes(dice, counts, places),
    ...randomSettings(dice, counts),
    ...endings(dice, counts.panes),
  ];
  // tmux 3.3 to 3.6 crash at a new window under a global window-size manual (resize.c, clients_calculate_size).
  const guarded = isManual ? ['setw -g window-size latest', ...all, 'setw -g window-size manual'] : all;
  return { config: config.join('\n'), lines: guarded, places };
}

interface Made {
  sessions: number;
  windows: number;
  panes: number;
  /** `@window "$session"` of each link of a window. */
  readonly links: Set<string>;
}

const name = (dice: Dice): string => dice.one(HOSTILE_TEXTS);
const from = (dice: Dice, places: readonly Place[]): string =>
  dice.chance(70) ? `-c ${plain(dice.one(places).path)}` : '';

/** Sessions of windows at indexes with gaps, each split as often as its share of the panes allows. */
function structure(dice: Dice, places: readonly Place[]): { lines: string[]; counts: Made } {
  const counts: Made = { sessions: 0, windows: 0, panes: 0, links: new Set() };
  const lines: string[] = [];
  const budget = dice.chance(10) ? 60 : dice.between(2, 26);
  const sessions = dice.between(1, 20, 3);
  for (let at = 0; at < sessions; at++) {
    const size = dice.chance(85) ? `-x ${String(dice.between(10, 220))} -y ${String(dice.between(3, 60))}` : '';
    const called = dice.chance(30) ? plain(`${name(dice)}${String(at)}`) : `s${String(at)}`;
    const named = dice.chance(40) ? `-n ${plain(name(dice))}` : '';
    lines.push(`new-session -d -s ${called} ${named} ${size} ${from(dice, places)} ${dice.one(COMMANDS)}`);
    counts.sessions++;
    split(dice, places, counts, lines, budget);
    const windows = dice.between(0, 9, 3);
    let index = 0;
    for (let more = 0; more < windows && counts.panes < budget; more++) {
      index += dice.between(8, 12);
      const label = dice.chance(50) ? `-n ${plain(name(dice))}` : '';
      const target = token(`$${String(at)}:${String(index)}`);
      lines.push(
        `new-window ${dice.chance(70) ? '-d' : ''} -t ${target} ${label} ${from(dice, places)} ${dice.one(COMMANDS)}`,
      );
      split(dice, places, counts, lines, budget);
    }
  }
  return { lines, counts };
}

/** Splits the window that was made last. */
function split(dice: Dice, places: readonly Place[], counts: Made, lines: string[], budget: number): void {
  const window = `@${String(counts.windows++)}`;
  counts.links.add(`${window} ${token(`$${String(counts.sessions - 1)}`)}`);
  counts.panes++;
  const more = dice.between(0, 7, 2);
  for (let at = 0; at < more && counts.panes < budget; at++) {
    if (dice.chance(60)) lines.push(`select-layout -t ${window} ${dice.chance(60) ? 'tiled' : dice.one(LAYOUTS)}`);
    const how = dice.one([
      '-h',
      '-v',
      '-bh',
      '-bv',
      '-fh',
      '-fv',
      '-d',
      `-h -l ${String(dice.between(2, 40))}`,
      "-v -l '30%'",
    ]);
    lines.push(`split-window ${how} -t ${window} ${from(dice, places)} ${dice.one(COMMANDS)}`);
    counts.panes++;
  }
}

/**
 * Changes to what was made, in any order. No window comes into one session twice: tmux 3.3a hangs when it numbers such windows
 * anew (session.c, session_renumber_windows). So windows of even ids are linked, those of odd ids moved, and groups, whose
 * members move-window -r would number apart, come last.
 */
function changes(dice: Dice, counts: Made, places: readonly Place[]): string[] {
  const session = (): string => token(`$${String(dice.upTo(counts.sessions))}`);
  const at = (): string => token(`$${String(dice.upTo(counts.sessions))}:${String(dice.upTo(60))}`);
  const window = (): string => `@${String(dice.upTo(counts.windows))}`;
  const even = (): string => `@${String(2 * dice.upTo(Math.ceil(counts.windows / 2)))}`;
  const odd = (): string => `@${String(1 + 2 * dice.upTo(Math.ceil(counts.windows / 2)))}`;
  const pane = (): string => `%${String(dice.upTo(counts.panes))}`;
  const link = (): string => {
    const [source, target] = [even(), session()];
    if (counts.links.has(`${source} ${target}`)) return `select-window -t ${source}`;
    counts.links.add(`${source} ${target}`);
    return `link-window ${dice.chance(50) ? '-d' : ''} -s ${source} -t ${target}`;
  };
  const harmless: readonly (() => string)[] = [
    () => `select-layout -t ${window()} ${dice.one(LAYOUTS)}`,
    () => `resize-pane -t ${pane()} -x ${String(dice.between(1, 60))} -y ${String(dice.between(1, 20))}`,
    () => `resize-pane -t ${pane()} ${dice.one(['-L', '-R', '-U', '-D'])} ${String(dice.between(1, 9))}`,
    () => `select-pane -t ${pane()}`,
    () => `select-window -t ${at()}`,
    () => `select-window -t ${window()}`,
    () => `last-window -t ${session()}`,
    () => `swap-pane -s ${pane()} -t ${pane()}`,
    () => `rotate-window -t ${window()}`,
    () => `kill-pane -t %${String(1 + dice.upTo(counts.panes))}`,
    () => `rename-window -t ${window()} -- ${plain(name(dice))}`,
    () => `rename-session -t ${session()} -- ${plain(name(dice))}`,
    () => `select-pane -t ${pane()} -T ${plain(name(dice))}`,
    () => `resize-window -t ${window()} -x ${String(dice.between(10, 200))} -y ${String(dice.between(3, 60))}`,
    () => `resize-pane -Z -t ${pane()}`,
    () => `resize-pane -Z -t ${pane()}`,
  ];
  const moves: readonly (() => string)[] = [
    link,
    link,
    () => `unlink-window -t ${at()}`,
    () => `move-window -d -s ${odd()} -t ${at()}`,
    () => `move-window -r -t ${session()}`,
    () => `swap-window -d -s ${odd()} -t ${odd()}`,
    () => `join-pane ${dice.one(['-h', '-v', '-d'])} -s ${pane()} -t ${pane()}`,
    () => `break-pane -d -s ${pane()} -n ${plain(name(dice))}`,
  ];
  const join = (): string => `new-session -d -t ${session()} -s g${String(counts.sessions++)} ${from(dice, places)}`;
  const first = Array.from({ length: dice.upTo(60) }, () => dice.one([...harmless, ...moves])());
  const groups = Array.from({ length: dice.between(0, 4, 2) }, join);
  return [...first, ...groups, ...Array.from({ length: dice.upTo(20) }, () => dice.one(harmless)())];
}

/** Panes whose program ends and that stay, dead. */
const endings = (dice: Dice, panes: number): string[] =>
  dice.chance(30)
    ? Array.from({ length: dice.between(1, 2) }, () => `%${String(dice.upTo(panes))}`).flatMap((pane) => [
        `set-option -p -t ${pane} remain-on-exit on`,
        `respawn-pane -k -t ${pane} ${token(ENDING)}`,
      ])
    : [];
