/**
 * Which process is which. A pid alone is used again; with its start time and the boot id it names one process for good.
 */
import { readFileSync } from 'node:fs';
import { errnoCode } from './errno.js';

/** What names one process on one machine. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat: clock ticks since boot, proc_pid_stat(5). */
  readonly startTime: string;
  readonly bootId: string;
}

/** Returns the id that the kernel gave to this boot, random(4). */
export const bootId = (): string => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();

/** Returns the start time of a process in clock ticks since boot, or null when it is gone; a zombie is gone, it holds nothing. */
export function processStartTime(pid: number): string | null {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch (error) {
    if (errnoCode(error) === null) throw error;
    return null;
  }
  // The second field is the command's name, which may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  return state === 'Z' || state === 'X' ? null : (fields[19] ?? null);
}

/** Returns the identity of this process. */
export function ownIdentity(): ProcessIdentity {
  const startTime = processStartTime(process.pid);
  if (startTime === null) throw new Error('/proc is not mounted');
  return { pid: process.pid, startTime, bootId: bootId() };
}

/** Returns whether that very process still runs; one of another boot does not. */
export function isAlive(identity: ProcessIdentity): boolean {
  return identity.bootId === bootId() && processStartTime(identity.pid) === identity.startTime;
}

/** Returns whether two identities name the same process. */
export function sameProcess(left: ProcessIdentity, right: ProcessIdentity): boolean {
  return left.pid === right.pid && left.startTime === right.startTime && left.bootId === right.bootId;
}

/** Returns the identity that parsed JSON holds, or null when it holds none. */
export function identityFrom(data: unknown): ProcessIdentity | null {
  if (typeof data !== 'object' || data === null) return null;
  const { pid, startTime, bootId: boot } = data as Readonly<Record<string, unknown>>;
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 0) return null;
  return typeof startTime === 'string' && typeof boot === 'string' ? { pid, startTime, bootId: boot } : null;
}
