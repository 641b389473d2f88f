/**
 * How much a process and all below it have computed, and how long they were ready to and had to wait for a core: on a busy machine a
 * program that works hard computes little. Only ever compared with itself, for threads that end take their waiting with them.
 */
import { readdirSync } from 'node:fs';
import { readProc } from './bounded-read.js';
import { TICK_MS, type ProcessView } from './process-view.js';

const STAT_LIMIT = 4096;

/** More processes, or threads of one, than this are busy in any case. */
const TASK_LIMIT = 256;

/** What a tree of processes wanted of the machine's cores since it began, in ms. */
export interface CpuDemand {
  /** User and system time; that of children which ended counts where their parent waited for them (proc_pid_stat(5), cutime). */
  readonly computedMs: number;
  /** Time of living threads in a run queue (Documentation/scheduler/sched-stats.rst); 0 where the kernel does not tell. */
  readonly waitedMs: number;
}

/** Returns what a process and its descendants have wanted so far, zeros when it is gone. */
export function cpuDemand(pid: number, view: ProcessView, root = '/proc'): CpuDemand {
  let [computedMs, waitedMs] = [0, 0];
  const queue = [pid];
  for (let at = 0; at < Math.min(queue.length, TASK_LIMIT); at += 1) {
    const next = queue[at] ?? 0;
    computedMs += computedBy(`${root}/${String(next)}`);
    waitedMs += waitedBy(`${root}/${String(next)}`);
    queue.push(...view.children(next));
  }
  return { computedMs, waitedMs };
}

/** Returns how many cores would have been busy with it between two samples, had they been free. */
export const coresWanted = (before: CpuDemand, now: CpuDemand, passedMs: number): number =>
  (Math.max(0, now.computedMs - before.computedMs) + Math.max(0, now.waitedMs - before.waitedMs)) / passedMs;

const textOf = (path: string): string => readProc(path, STAT_LIMIT)?.toString('latin1') ?? '';

/** Fields 14 to 17: user and system time, its own and its children's. They count from the last `)`. */
function computedBy(folder: string): number {
  const line = textOf(`${folder}/stat`);
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, field) => sum + (Number(field) || 0), 0) * TICK_MS;
}

/** The second field of each thread's schedstat, in ns. */
function waitedBy(folder: string): number {
  const waitedNs = threadsOf(folder).map((thread) => Number(textOf(`${thread}/schedstat`).split(' ')[1]) || 0);
  return waitedNs.reduce((sum, ns) => sum + ns, 0) / 1e6;
}

function threadsOf(folder: string): string[] {
  try {
    const names = readdirSync(`${folder}/task`).slice(0, TASK_LIMIT);
    return names.map((name) => `${folder}/task/${name}`);
  } catch {
    return [];
  }
}
