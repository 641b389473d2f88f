/**
 * The table of `make bench`: a figure of ours beside its floor, and what the floor is.
 */
import { columns } from '../../src/cli/output.js';

/** A line of the table: figure, ours, floor, ratio, what the floor is. */
export type Row = readonly [string, string, string, string, string];

/** Returns the line of a time beside its floor, both in ms. */
export const timeRow = (figure: string, ours: number, floor: number, is: string): Row => [
  figure,
  `${ours.toFixed(1)} ms`,
  `${floor.toFixed(1)} ms`,
  `${(ours / floor).toFixed(2)} x`,
  is,
];

/** Returns the table as text. */
export const tableOf = (rows: readonly Row[]): string =>
  columns([['FIGURE', 'OURS', 'FLOOR', 'RATIO', 'FLOOR IS'], ...rows])
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
