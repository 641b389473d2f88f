/**
 * The table of `make bench`: a figure of ours, what it is measured beside, and the ratio of both. Wall times on a busy machine mean
 * little alone; what stands beside them was measured in the same minute.
 */
import { columns } from '../../src/cli/output.js';

/** A line of the table: figure, ours, what stands beside it, ratio, what that is. */
export type Row = readonly [string, string, string, string, string];

/** Returns the line of a time beside another, both in ms. */
export const timeRow = (figure: string, ours: number, beside: number, is: string): Row => [
  figure,
  milliseconds(ours),
  milliseconds(beside),
  ratio(ours, beside),
  is,
];

/** Returns the line of a part of one core beside another, both in percent. */
export const loadRow = (figure: string, ours: number, beside: number | null, is: string): Row => [
  figure,
  `${ours.toFixed(2)} %`,
  beside === null ? '' : `${beside.toFixed(2)} %`,
  '',
  is,
];

/** Returns the line of memory beside another, both in MB. */
export const memoryRow = (figure: string, ours: number, beside: number, is: string): Row => [
  figure,
  `${ours.toFixed(1)} MB`,
  `${beside.toFixed(1)} MB`,
  ratio(ours, beside),
  is,
];

const milliseconds = (ms: number): string => (ms < 10_000 ? `${ms.toFixed(1)} ms` : `${(ms / 1000).toFixed(1)} s`);

const ratio = (ours: number, beside: number): string => {
  const times = ours / beside;
  return times > 0 && times < 0.1 ? `1/${(beside / ours).toFixed(0)}` : `${times.toFixed(2)} x`;
};

/** Returns the table as text. */
export const tableOf = (rows: readonly Row[]): string =>
  columns([['FIGURE', 'OURS', 'BESIDE', 'RATIO', 'WHICH IS'], ...rows])
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
