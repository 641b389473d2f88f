/**
 * A saved session as lines: its windows, and their panes below them. What is said of a pane is the caller's; everything else,
 * and that no line is longer than it must be, is decided here once for all that print sessions.
 */
import type { Candidate } from '../model/candidates.js';
import type { Pane, Session, Window } from '../model/manifest.js';
import { displayText, type Text } from '../model/text.js';
import { oneLine } from '../model/shell-words.js';
import { displayWidth, plural, styled } from './output.js';

/** A session to print; sessions of one scope share windows, and `notes` stand beside its name. */
export interface TreeSession extends Pick<Candidate, 'scope' | 'session' | 'windows'> {
  readonly notes: readonly string[];
}

const LINE_WIDTH = 80;

/** Returns a saved text as it may be shown: what would drive a terminal, or turn the direction of text, is escaped. */
export const shown = (text: Text): string => oneLine(displayText(text));

/** Returns parts two blanks apart; what does not fit into 80 columns goes on below, indented. */
export function flow(parts: readonly string[], indent: number): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    if (last !== undefined && displayWidth(last) + 2 + displayWidth(part) <= LINE_WIDTH)
      lines[lines.length - 1] = `${last}  ${part}`;
    else lines.push(last === undefined ? part : `${' '.repeat(indent)}${part}`);
  }
  return lines;
}

/**
 * Returns a printer of sessions. It remembers what it printed: a window that is linked into several sessions has its panes
 * under the first, and a note under the others.
 */
export function treePrinter(
  wordsOf: (pane: Pane, window: Window) => readonly string[],
): (session: TreeSession) => string[] {
  const places = new Map<string, { readonly window: Window; readonly place: string }>();
  return (item) => {
    const { session, windows, scope, notes } = item;
    const name = shown(session.name);
    const group = session.group === null ? [] : [`group ${shown(session.group)}`];
    const head = [styled('bold', name), plural(session.windows.length, 'window'), ...group, ...notes];
    const lines = flow(head, 4);
    for (const { index, windowId } of session.windows) {
      const window = windows.find((candidate) => candidate.id === windowId);
      if (window === undefined) continue;
      const title = `  ${String(index)}: ${shown(window.name)}${flagsOf(window, session)}`;
      const known = places.get(`${scope}/${windowId}`);
      // Ids of several servers may meet in one scope: the same window is one that looks the same too.
      if (known !== undefined && JSON.stringify(known.window) === JSON.stringify(window)) {
        lines.push(...flow([title, `same as ${known.place}`], 4));
        continue;
      }
      places.set(`${scope}/${windowId}`, { window, place: `${name}:${String(index)}` });
      lines.push(...flow([title, `${String(window.width)}x${String(window.height)}`], 4));
      for (const pane of window.panes) {
        const mark = pane.active && window.panes.length > 1 ? '*' : '';
        const [first = '', ...rest] = wordsOf(pane, window);
        lines.push(...flow([`    ${String(pane.index)}${mark}: ${first}`, ...rest], 8));
      }
    }
    return lines;
  };
}

/** The flags that tmux shows in its status line: current, last, zoomed, marked. */
function flagsOf(window: Window, session: Session): string {
  const flags = [
    window.id === session.activeWindow ? '*' : '',
    window.id === session.lastWindows[0] ? '-' : '',
    window.zoomed ? 'Z' : '',
    window.panes.some((pane) => pane.marked) ? 'M' : '',
  ];
  return flags.join('');
}

/** Returns a directory as its user writes it. */
export function directory(path: Text, home: string): string {
  const text = shown(path);
  const isBelow = home.length > 1 && (text === home || text.startsWith(`${home}/`));
  return isBelow ? `~${text.slice(home.length)}` : text;
}
