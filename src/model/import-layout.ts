/**
 * Layouts out of files that anybody may have written. Only one that is whole, true to its checksum and possible is passed on: tmux 3.3a
 * crashes on some that are none.
 */
import type { UsableLayout } from './import.js';
import { layoutChecksum, layoutFor } from './layout.js';

/** No tmux prints longer ones, and none makes larger windows (WINDOW_MAXIMUM). */
const LONGEST = 8192;
const LARGEST = 10_000;

interface Cell {
  readonly width: number;
  readonly height: number;
  readonly panes: UsableLayout['panes'];
  readonly end: number;
}

/** Returns a layout as it may be given to tmux, or null when it is none for so many panes. */
export function usableLayout(layout: string, panes: number): UsableLayout | null {
  if (layout.length > LONGEST) return null;
  const cells = layoutFor(layout, '3.2');
  const [, sum, body = ''] = /^([0-9a-f]{4}),(.*)$/.exec(cells) ?? [];
  if (sum === undefined || layoutChecksum(body) !== sum) return null;
  const root = cellAt(body, 0);
  if (root?.end !== body.length || root.panes.length !== panes) return null;
  return { layout: cells, width: root.width, height: root.height, panes: root.panes };
}

/** Returns the cell that begins at a place of a layout, or null. A number behind a place is a pane's, unless an `x` makes it a width. */
function cellAt(text: string, at: number): Cell | null {
  const head = /(\d{1,5})x(\d{1,5}),\d{1,5},\d{1,5}(?:,\d{1,10}(?![\dx]))?/y;
  head.lastIndex = at;
  const [found, first, second] = head.exec(text) ?? [];
  if (found === undefined) return null;
  const [width, height] = [Number(first), Number(second)];
  if (Math.min(width, height) < 1 || Math.max(width, height) > LARGEST) return null;
  const end = at + found.length;
  const open = text[end];
  if (open !== '{' && open !== '[') return { width, height, panes: [{ width, height }], end };
  const children = childrenAt(text, end + 1, open === '{' ? '}' : ']');
  if (children === null || !fits({ width, height }, children.cells, open === '{')) return null;
  return { width, height, panes: children.cells.flatMap((cell) => cell.panes), end: children.end };
}

function childrenAt(
  text: string,
  at: number,
  close: string,
): { readonly cells: readonly Cell[]; readonly end: number } | null {
  const cells: Cell[] = [];
  for (let next = at; ; next++) {
    const cell = cellAt(text, next);
    if (cell === null) return null;
    cells.push(cell);
    next = cell.end;
    if (text[next] === close) return { cells, end: next + 1 };
    if (text[next] !== ',') return null;
  }
}

/** As layout-custom.c, layout_check: children fill their cell, with a line between each two. */
function fits(
  { width, height }: { readonly width: number; readonly height: number },
  children: readonly Cell[],
  isRow: boolean,
): boolean {
  const lines = children.length - 1;
  const sum = (size: (cell: Cell) => number): number => children.reduce((all, cell) => all + size(cell), lines);
  return isRow
    ? children.every((cell) => cell.height === height) && sum((cell) => cell.width) === width
    : children.every((cell) => cell.width === width) && sum((cell) => cell.height) === height;
}
