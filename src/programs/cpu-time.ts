/**
 * How much a process and all below it have computed. Only ever compared with itself: children that ended count where their parent waited
 * for them (proc_pid_stat(5), cutime).
 */
import { readProc } from './bounded-read.js';
import type { ProcessView } from './process-view.js';

const STAT_LIMIT = 4096;

/** More processes than this are busy in any case. */
const PROCESS_LIMIT = 256;

/** Returns the clock ticks that a process and its descendants have used so far, 0 when it is gone. */
export function treeTicks(pid: number, view: ProcessView, root = '/proc'): number {
  let ticks = 0;
  const queue = [pid];
  for (let at = 0; at < Math.min(queue.length, PROCESS_LIMIT); at += 1) {
    const next = queue[at] ?? 0;
    ticks += ticksOf(next, root);
    queue.push(...view.children(next));
  }
  return ticks;
}

/** Fields 14 to 17: user and system time, its own and its children's. They count from the last `)`. */
function ticksOf(pid: number, root: string): number {
  const line = readProc(`${root}/${String(pid)}/stat`, STAT_LIMIT)?.toString('latin1') ?? '';
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, field) => sum + (Number(field) || 0), 0);
}
