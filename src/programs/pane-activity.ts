/**
 * A cheap signature of what can change in a pane without tmux telling: which program is in its foreground, and where.
 * Three reads a pane, because it is taken of every pane every few seconds; it is only ever compared.
 */
import { readlinkSync } from 'node:fs';
import { readProc } from './bounded-read.js';
import { parseStat } from './process-view.js';

/** Enough to tell two command lines apart. */
const CMDLINE_LIMIT = 4096;

/** Returns a text that differs when the foreground process group, its directory or its command line differ; empty when the pane's process is gone. */
export function paneActivity(panePid: number, root = '/proc'): string {
  const bytes = readProc(`${root}/${panePid.toString()}/stat`, CMDLINE_LIMIT);
  const stat = bytes === null ? null : parseStat(bytes.toString('latin1'));
  if (stat === null) return '';
  const foreground = (stat.tpgid > 0 ? stat.tpgid : panePid).toString();
  let cwd = '';
  try {
    // latin1 keeps every byte apart, also of names that are not UTF-8.
    cwd = readlinkSync(`${root}/${foreground}/cwd`, 'latin1');
  } catch {
    // The leader of a pipeline may have ended, or belong to another user.
  }
  const cmdline = readProc(`${root}/${foreground}/cmdline`, CMDLINE_LIMIT)?.toString('latin1') ?? '';
  return [foreground, cwd, cmdline].join('\0');
}
