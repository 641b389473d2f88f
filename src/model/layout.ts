/**
 * The two ways in which tmux writes a window's layout: a checksum and cells, and since 3.8 JSON, which no tmux before that reads.
 * Each is handed back as it is where the server reads it; only the newer one is ever put into the words of the older.
 */
import { isAtLeast } from './tmux-version.js';

const CELLS = /^[0-9a-f]{4},\d/;
const JSON_LAYOUT = /^\{"V":\d/;

/**
 * Returns the layout to give to a server of this version: `tiled` for what it could not read. tmux 3.3a crashes on a string that
 * is no layout (layout-custom.c, layout_parse), and none prints a layout of more than 8 KB.
 */
export function layoutFor(layout: string, version: string): string {
  // Floating panes stand in angle brackets, which tmux 3.7 prints and does not read.
  if (CELLS.test(layout)) return layout.includes('<') ? 'tiled' : layout;
  if (JSON_LAYOUT.test(layout) && isAtLeast(version, 3, 8)) return layout;
  const cells = cellsOfJson(layout);
  return cells === null ? 'tiled' : `${layoutChecksum(cells)},${cells}`;
}

/** Returns the cells of a layout without its checksum, and without the numbers and marks of panes, which are another server's own. */
export const layoutCells = (layout: string): string =>
  cellsOfJson(layout) ??
  (JSON_LAYOUT.test(layout)
    ? layout.replace(/,"(?:I|a|l|i)":(?:"%\d+"|true|\d+)/g, '')
    : layout.replace(/^[0-9a-f]{4},/, '').replace(/(\d+x\d+,\d+,\d+),\d+(?![\dx])/g, '$1'));

/** Returns which cells a layout has in which, whatever their sizes: what is left of it in a window of another size. */
export const layoutTree = (layout: string): string =>
  layoutCells(layout)
    .replace(/,"[whxy]":\d+/g, '')
    .replace(/\d+x\d+,\d+,\d+/g, 'pane');

/** Returns a JSON layout as cells, null for one with floating panes, which the older way has no room for, and for what is none. */
function cellsOfJson(layout: string): string | null {
  if (!JSON_LAYOUT.test(layout)) return null;
  try {
    return cellText((JSON.parse(layout) as { readonly L?: unknown }).L);
  } catch {
    return null;
  }
}

/** The brackets of cells side by side, and of cells one below the other (layout-custom.c, layout_append). */
const BRACKETS: Readonly<Record<string, readonly [string, string]>> = { h: ['{', '}'], v: ['[', ']'] };

function cellText(cell: unknown): string | null {
  if (typeof cell !== 'object' || cell === null || 'z' in cell) return null;
  const { t, w, h, x, y, c } = cell as Readonly<Record<string, unknown>>;
  if (![w, h, x, y].every((size) => Number.isSafeInteger(size) && Number(size) >= 0)) return null;
  const own = `${String(w)}x${String(h)},${String(x)},${String(y)}`;
  if (t === 'p') return own;
  const brackets = BRACKETS[String(t)];
  if (brackets === undefined || !Array.isArray(c) || c.length === 0) return null;
  const inner = c.map(cellText);
  return inner.includes(null) ? null : `${own}${brackets[0]}${inner.join(',')}${brackets[1]}`;
}

/** Returns the checksum of cells, as layout-custom.c, layout_checksum: each character is added to the sum turned right by one of its 16 bits. */
export function layoutChecksum(cells: string): string {
  let sum = 0;
  for (const char of cells) sum = (((sum >> 1) | ((sum & 1) << 15)) + char.charCodeAt(0)) & 0xffff;
  return sum.toString(16).padStart(4, '0');
}
