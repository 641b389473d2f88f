/**
 * Which programs of restored panes were not started yet, read from the panes themselves: what a launcher waits for says its command line,
 * and that it still waits its children. So whoever asks needs no agent.
 */
import { readFileSync } from 'node:fs';
import { HIGH_PRESSURE } from '../model/turns.js';
import type { ProgramsReport } from '../model/report.js';
import { oneLine } from '../model/shell-words.js';
import { waitingProgram } from './launcher.js';
import { MEMORY_PRESSURE, memoryPressure } from './memory-pressure.js';
import { procView } from './process-view.js';
import { holdingLauncher } from './waiting-launcher.js';

/** Returns what waits in these panes, by the pids of their first processes; a place is said as it is given. */
export function waitingPrograms(panes: readonly { readonly pid: number; readonly place: string }[]): ProgramsReport {
  const view = procView();
  const waits = panes.flatMap(({ pid, place }) => {
    if (!mayBeLauncher(pid)) return [];
    const launcher = holdingLauncher(pid, view);
    if (launcher === null || launcher.program !== null) return [];
    // One that has yet to show its scrollback waits for its turn as well.
    if (launcher.waiter === null && launcher.wait !== 'turn') return [];
    const name = waitingProgram(view.read(pid)?.argv ?? [])?.argv[0] ?? '';
    return [{ wait: launcher.wait, pane: place, program: oneLine(name).split('/').at(-1) ?? '' }];
  });
  const waiting = waits.filter(({ wait }) => wait === 'turn').length;
  return {
    waiting,
    held: waiting > 0 && memoryPressure(MEMORY_PRESSURE) > HIGH_PRESSURE,
    unseen: waits.filter(({ wait }) => wait === 'view').length,
    offered: waits.flatMap(({ wait, pane, program }) => (wait === 'enter' ? [{ pane, program }] : [])),
  };
}

/** Most panes run something else: a look at their command line is enough. */
function mayBeLauncher(pid: number): boolean {
  try {
    const words = readFileSync(`/proc/${String(pid)}/cmdline`, 'latin1');
    return words.startsWith('/bin/sh\0-c\0') && words.includes('\0tmux-persist\0');
  } catch {
    return false;
  }
}
