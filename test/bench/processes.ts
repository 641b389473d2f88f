/**
 * What a process costs, as /proc tells: its memory, and the processor time of it and of the clients that it ran.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { shipped } from './agent.js';

/** Returns the private memory of a process in MB (smaps_rollup, proc_pid_smaps_rollup(5)). */
export function privateMegabytes(pid: number | 'self'): number {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1');
  const kilobytes = [...text.matchAll(/^Private_(?:Clean|Dirty): +(\d+) kB$/gm)].reduce(
    (sum, match) => sum + Number(match[1]),
    0,
  );
  return kilobytes / 1024;
}

/** Returns the private memory of a node that does nothing, in MB. */
export function bareNodeMegabytes(): number {
  const script = `process.stdout.write(require('fs').readFileSync('/proc/self/smaps_rollup', 'latin1').match(/(?<=^Private_(Clean|Dirty): +)\\d+/gm).reduce((sum, kb) => sum + Number(kb), 0) / 1024 + '')`;
  const { flags, environment } = shipped();
  const child = spawnSync(process.execPath, [...flags, '-e', script], {
    encoding: 'utf8',
    env: { ...process.env, ...environment },
  });
  return Number(child.stdout);
}

/** Returns the processor time that a process and its reaped children have used, in ms. */
export function processorMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // Fields 14 to 17, in ticks of 10 ms (proc_pid_stat(5)).
  return [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0) * 10;
}

/** Returns what part of one core each of the processes used while `task` ran, in percent. */
export async function loadDuring(pids: readonly number[], task: () => Promise<unknown>): Promise<number[]> {
  const before = pids.map(processorMs);
  const startedAt = performance.now();
  await task();
  const elapsed = performance.now() - startedAt;
  return pids.map((pid, at) => ((processorMs(pid) - (before[at] ?? 0)) / elapsed) * 100);
}
