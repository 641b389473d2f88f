/**
 * What /proc says of a tmux server's process.
 */
import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { TICK_MS } from '../programs/process-view.js';
import { processStartTime } from '../store/process-identity.js';

/** Returns how long ago a process started, in ms by the clock that counts from the boot: the wall clock may step. 0 when it is gone. */
export function processAgeMs(pid: number): number {
  const ticks = processStartTime(pid);
  return ticks === null ? 0 : Math.max(0, uptime() * 1000 - Number(ticks) * TICK_MS);
}

/** Returns whether a process lives and is a tmux server: tmux calls itself `tmux: server` (proc_pid_comm(5)). */
export function isTmuxServer(pid: number): boolean {
  try {
    return processStartTime(pid) !== null && readFileSync(`/proc/${String(pid)}/comm`, 'latin1').startsWith('tmux');
  } catch {
    return false;
  }
}

/** Returns whether a process is gone or about to be: it gives back its memory, and with it its command line, before it closes what it holds open (proc_pid_cmdline(5)). */
export function isEnding(pid: number): boolean {
  try {
    return readFileSync(`/proc/${String(pid)}/cmdline`, 'latin1') === '';
  } catch {
    return true;
  }
}
