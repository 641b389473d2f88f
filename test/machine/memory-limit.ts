/**
 * Makes the kernel's out-of-memory killer take one process of a machine, for real: a memory limit from the host.
 * The machine sees no memory controller where the host mounts v1 hierarchies, but it sees the kill.
 */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Machine } from './machine.js';

const V1 = '/sys/fs/cgroup/memory';

/** A limit that is in force until it is lifted. */
export interface MemoryLimit {
  lift(): void;
}

/** Limits what one process may allocate from now on, in bytes; returns null where the host has no memory controller for it. */
export function limitMemory(machine: Machine, pid: number, bytes: number): MemoryLimit | null {
  const hostPid = machine.hostPid(pid);
  return existsSync(V1) ? limitInOwnGroup(hostPid, bytes) : limitInItsGroup(hostPid, bytes);
}

/** cgroup v1: what was charged before stays with the old group, so the limit counts what comes. */
function limitInOwnGroup(hostPid: number, bytes: number): MemoryLimit {
  const group = path.join(V1, `tmux-persist-machine-${hostPid}`);
  mkdirSync(group);
  const lift = (): void => {
    rmdirSync(group);
  };
  try {
    writeFileSync(path.join(group, 'memory.limit_in_bytes'), String(bytes));
    writeFileSync(path.join(group, 'memory.swappiness'), '0');
    writeFileSync(path.join(group, 'cgroup.procs'), String(hostPid));
  } catch (error) {
    lift();
    throw error;
  }
  return { lift };
}

/** cgroup v2: the process stays where its unit put it. The group goes with the unit, and its limit with it. */
function limitInItsGroup(hostPid: number, bytes: number): MemoryLimit | null {
  const [, ownPath = ''] = /^0::(.*)$/m.exec(readFileSync(`/proc/${hostPid}/cgroup`, 'utf8')) ?? [];
  const group = path.join('/sys/fs/cgroup', ownPath);
  if (!existsSync(path.join(group, 'memory.max'))) return null;
  writeFileSync(path.join(group, 'memory.swap.max'), '0');
  writeFileSync(
    path.join(group, 'memory.max'),
    String(bytes + Number(readFileSync(path.join(group, 'memory.current'), 'utf8'))),
  );
  const lift = (): void => {
    if (existsSync(group)) writeFileSync(path.join(group, 'memory.max'), 'max');
  };
  return { lift };
}
