/**
 * The host's cgroup2 tree, as far as machines need it: where it is, and how a group and all below it are removed.
 */
import { existsSync, readdirSync, rmdirSync } from 'node:fs';
import path from 'node:path';

/** Returns where cgroup2 is mounted: beside v1 hierarchies it is the folder `unified`. */
export function cgroupMount(): string {
  return existsSync('/sys/fs/cgroup/unified') ? '/sys/fs/cgroup/unified' : '/sys/fs/cgroup';
}

/** Removes a cgroup and those below it; returns whether it is gone. */
export function removeCgroup(cgroup: string): boolean {
  try {
    for (const entry of readdirSync(cgroup, { withFileTypes: true })) {
      if (entry.isDirectory() && !removeCgroup(path.join(cgroup, entry.name))) return false;
    }
    rmdirSync(cgroup);
    return true;
  } catch {
    return !existsSync(cgroup);
  }
}
