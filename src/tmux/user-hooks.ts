/**
 * The user's global hooks: read, taken out for the moments of a restore, and put back as they were. Hooks of events run
 * after the batch that caused them (notify.c), so they come back in a later one.
 */
import type { Aside, Hook } from '../model/aside.js';
import { textFromBytes } from '../model/text.js';
import { quote } from './codec.js';
import { HOOK_INDEX } from './events.js';
import type { Question } from './framed.js';
import { undoubled } from './listings.js';

const OURS = `[${String(HOOK_INDEX)}]`;

/** Hooks of windows and panes are listed with -w alone since tmux 3.2 (options-table.c). */
export const HOOK_QUESTIONS: readonly Question[] = ['-g', '-gw'].map((scope) => ({
  about: null,
  commands: [`show-hooks ${scope}`],
}));

/** Returns the entries of the global hook arrays that are not our own; tmux prints a hook's commands as they are read again (options.c, cmd_list_print). */
export const userHooksOf = ([ofSessions, ofWindows]: readonly (Buffer | null)[]): Hook[] => [
  ...entriesOf('session', ofSessions ?? null),
  ...entriesOf('window', ofWindows ?? null),
];

function entriesOf(table: Hook['table'], answer: Buffer | null): Hook[] {
  // Byte for byte: what is not UTF-8 goes back as it came.
  const lines = undoubled(answer?.toString('latin1') ?? '').split('\n');
  return lines.flatMap((line) => {
    const [, name = '', command = ''] = /^([a-z-]+\[[\w-]+\]) (.+)$/s.exec(line) ?? [];
    if (name === '' || name.endsWith(OURS)) return [];
    return [{ table, name, command: textFromBytes(Buffer.from(command, 'latin1')) }];
  });
}

const flag = (table: Hook['table']): string => (table === 'window' ? '-gw' : '-g');

/** Returns the commands that take it out of the server. */
export const setAsideLines = ({ hooks, manualSize, windows }: Aside): string[] => [
  ...hooks.map(({ table, name }) => `set-hook ${flag(table)}u ${quote(name)}`),
  ...windows.map((id) => `set-option -w -t ${quote(id)} window-size manual`),
  // tmux 3.3 to 3.6 follow a null pointer at every new window while it is manual (resize.c, clients_calculate_size).
  ...(manualSize ? ['set-option -gw window-size latest'] : []),
];

/** Returns the commands that put it back. */
export const putBackLines = ({ hooks, manualSize, windows }: Aside): string[] => [
  ...hooks.map(({ table, name, command }) => `set-hook ${flag(table)} ${quote(name)} ${quote(command)}`),
  ...(manualSize ? ['set-option -gw window-size manual'] : []),
  ...windows.map((id) => `set-option -wu -t ${quote(id)} window-size`),
];
