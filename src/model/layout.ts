/**
 * The two ways in which tmux writes a window's layout: a checksum and cells, and since 3.8 JSON. Both are handed back as they are;
 * nobody here makes one.
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
  return JSON_LAYOUT.test(layout) && isAtLeast(version, 3, 8) ? layout : 'tiled';
}

/** Returns the cells of a layout without its checksum, and without the numbers and marks of panes, which are another server's own. */
export const layoutCells = (layout: string): string =>
  JSON_LAYOUT.test(layout)
    ? layout.replace(/,"(?:I|a|l|i)":(?:"%\d+"|true|\d+)/g, '')
    : layout.replace(/^[0-9a-f]{4},/, '').replace(/(\d+x\d+,\d+,\d+),\d+/g, '$1');

/** Returns which cells a layout has in which, whatever their sizes: what is left of it in a window of another size. */
export const layoutTree = (layout: string): string =>
  layoutCells(layout)
    .replace(/,"[whxy]":\d+/g, '')
    .replace(/\d+x\d+,\d+,\d+/g, 'pane');
