/**
 * The layouts that tmux knows by name, as cells: what is saved has no names. The main pane gets half of the window.
 */
import { layoutChecksum } from './layout.js';

interface Box {
  readonly width: number;
  readonly height: number;
  readonly x: number;
  readonly y: number;
}

const SIZE = { width: 80, height: 24 };

const text = ({ width, height, x, y }: Box): string => `${width}x${height},${x},${y}`;

/** Returns the sizes of so many cells that fill a length, with a line between each two. */
function spread(length: number, count: number): number[] {
  const room = length - (count - 1);
  return Array.from({ length: count }, (_, at) => Math.floor(room / count) + (at < room % count ? 1 : 0));
}

/** Returns boxes of these sizes side by side, or one below the other. */
function placed(box: Box, sizes: readonly number[], isRow: boolean): Box[] {
  let passed = 0;
  return sizes.map((size) => {
    const at = passed;
    passed += size + 1;
    return isRow ? { ...box, width: size, x: box.x + at } : { ...box, height: size, y: box.y + at };
  });
}

const group = (box: Box, cells: readonly string[], isRow: boolean): string =>
  `${text(box)}${isRow ? '{' : '['}${cells.join(',')}${isRow ? '}' : ']'}`;

function even(box: Box, count: number, isRow: boolean): string {
  const sizes = spread(isRow ? box.width : box.height, count);
  return count === 1 ? text(box) : group(box, placed(box, sizes, isRow).map(text), isRow);
}

/** The main pane above or to the left, the others even beside it. */
function main(box: Box, count: number, isRow: boolean): string {
  const [first, rest] = placed(box, spread(isRow ? box.width : box.height, 2), isRow);
  if (first === undefined || rest === undefined || count === 1) return text(box);
  return group(box, [text(first), even(rest, count - 1, !isRow)], isRow);
}

const LAYOUTS: Readonly<Record<string, (box: Box, count: number) => string>> = {
  'even-horizontal': (box, count) => even(box, count, true),
  'even-vertical': (box, count) => even(box, count, false),
  'main-horizontal': (box, count) => main(box, count, false),
  'main-vertical': (box, count) => main(box, count, true),
};

/** Returns a layout of so many panes by its name, null for a name that is none of these; `tiled` is made by tmux itself. */
export function namedLayout(name: string, panes: number): string | null {
  const make = Object.hasOwn(LAYOUTS, name) ? LAYOUTS[name] : undefined;
  if (make === undefined) return null;
  // With a line between each two, so many panes need twice as much at least.
  const box = { width: Math.max(SIZE.width, panes * 4), height: Math.max(SIZE.height, panes * 2), x: 0, y: 0 };
  const cells = make(box, panes);
  return `${layoutChecksum(cells)},${cells}`;
}
