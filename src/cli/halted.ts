/** Whether a process stands still: such a one lives, and does nothing. */
import { readFileSync } from 'node:fs';

/** Returns whether a signal or a debugger holds a process up (proc_pid_stat(5), field 3). */
export function isHalted(pid: number | null): boolean {
  try {
    const stat = pid === null ? '' : readFileSync(`/proc/${String(pid)}/stat`, 'latin1');
    return /^[tT]/.test(stat.slice(stat.lastIndexOf(')') + 2));
  } catch {
    return false;
  }
}
