/**
 * Makes the kernel's out-of-memory killer take processes of a machine, for real: a memory limit from the host.
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

/**
 * Limits what these processes, and all that they start, may allocate together from now on, in bytes; returns null where the host has no
 * memory controller for it.
 */
export function limitMemory(machine: Machine, pids: readonly number[], bytes: number): MemoryLimit | null {
  const hostPids = pids.map((pid) => machine.hostPid(pid));
  return existsSync(V1) ? limitInOwnGroup(hostPids, bytes) : limitInTheirGroup(hostPids, bytes);
}

/** cgroup v1: what was charged before stays with the old group, so the limit counts what comes. */
function limitInOwnGroup(hostPids: readonly number[], bytes: number): MemoryLimit {
  const group = path.join(V1, `tmux-persist-machine-${hostPids.join('-')}`);
  mkdirSync(group);
  const procs = path.join(group, 'cgroup.procs');
  const lift = (): void => {
    for (const pid of readFileSync(procs, 'utf8').split('\n').filter(Boolean)) move(pid, V1);
    rmdirSync(group);
  };
  try {
    writeFileSync(path.join(group, 'memory.limit_in_bytes'), String(bytes));
    writeFileSync(path.join(group, 'memory.swappiness'), '0');
    for (const pid of hostPids) writeFileSync(procs, String(pid));
  } catch (error) {
    lift();
    throw error;
  }
  return { lift };
}

function move(pid: string, group: string): void {
  try {
    writeFileSync(path.join(group, 'cgroup.procs'), pid);
  } catch {
    // It ended meanwhile.
  }
}

/** cgroup v2: the processes stay where their units put them. The group goes with its units, and its limit with it. */
function limitInTheirGroup(hostPids: readonly number[], bytes: number): MemoryLimit | null {
  const paths = hostPids.map((pid) => /^0::(.*)$/m.exec(readFileSync(`/proc/${pid}/cgroup`, 'utf8'))?.[1] ?? '/');
  const group = path.join('/sys/fs/cgroup', paths.reduce(commonParent));
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

function commonParent(left: string, right: string): string {
  const parts = right.split('/');
  const differs = left.split('/').findIndex((part, at) => part !== parts[at]);
  return differs === -1 ? left : parts.slice(0, differs).join('/');
}
