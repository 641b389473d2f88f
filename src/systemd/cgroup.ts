/**
 * Where a process lives, read from /proc: it works for a server in anybody's unit, and without a bus.
 */
import { readFileSync } from 'node:fs';

/** The place of a process in the tree of units. */
export interface Placement {
  /** The innermost unit, such as `tmux-server.service` or `session-3.scope`; null outside of any. */
  readonly unit: string | null;
  /** The path of its cgroup, null where /proc tells none. */
  readonly cgroup: string | null;
}

/** Returns where a process lives (cgroups(7)). */
export function placementOf(pid: number): Placement {
  try {
    const cgroup = /^0::(\/.*)$/m.exec(readFileSync(`/proc/${String(pid)}/cgroup`, 'utf8'))?.[1] ?? null;
    const unit = cgroup?.split('/').findLast((part) => /\.(service|scope)$/.test(part)) ?? null;
    return { unit, cgroup };
  } catch {
    return { unit: null, cgroup: null };
  }
}
