/**
 * Samples what the kernel tells of memory trouble, so that a death can be judged by what was near it (R4, R5).
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OomCounters } from '../model/oom-counters.js';
import { bootId } from '../store/process-identity.js';
import { MEMORY_PRESSURE, memoryPressure } from '../programs/memory-pressure.js';

/** How long something counts as near, in ms (R5). */
const NEAR_MS = 30_000;

/** Memory pressure above this, in percent of time some task stalled over 10 s, is high (R14). */
const HIGH_PRESSURE = 20;

/** The same line in memory.events (cgroup v2) and in vmstat. */
const OOM_KILL = /^oom_kill (\d+)$/m;

interface Sample extends Omit<OomCounters, 'bootId'> {
  /** Monotonic, in ms: the wall clock may step. */
  readonly atMs: number;
  readonly pressure: number;
}

/** Watches the OOM counters and memory pressure. */
export class MemoryEvidence {
  #samples: Sample[] = [];

  constructor(readonly eventsPath: string | null = managerEventsPath()) {}

  /** Takes a sample; called at each look. */
  sample(): void {
    const now = performance.now();
    this.#samples.push({
      atMs: now,
      machine: counter('/proc/vmstat', OOM_KILL) ?? 0,
      manager: counter(this.eventsPath, OOM_KILL) ?? 0,
      pressure: memoryPressure(MEMORY_PRESSURE),
    });
    // One sample older than the window stays as the base of the difference.
    while (this.#samples.length > 2 && (this.#samples[1]?.atMs ?? now) < now - NEAR_MS) this.#samples.shift();
  }

  /** Returns the counts as of the last sample. */
  counters(): OomCounters {
    if (this.#samples.length === 0) this.sample();
    const { machine = 0, manager = 0 } = this.#samples.at(-1) ?? {};
    return { bootId: bootId(), machine, manager };
  }

  /**
   * Takes the counts of an earlier agent's last sample for the beginning: what was killed since then, while nobody looked, is near
   * for the next 30 s. Those of another boot tell nothing.
   */
  startFrom({ bootId: boot, machine, manager }: OomCounters): void {
    if (boot !== bootId()) return;
    // Who looks from outside of the user's manager counts none below it; the machine's count has those too.
    const below = manager === 0 ? (counter(this.eventsPath, OOM_KILL) ?? 0) : manager;
    this.#samples.unshift({ atMs: performance.now(), machine, manager: below, pressure: 0 });
  }

  /** Returns how many OOM kills were counted in the last 30 s; a server of a login lives beside the user's manager, not below it. */
  oomKillsNear(): number {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined) return 0;
    return Math.max(last.machine - first.machine, last.manager - first.manager);
  }

  /** Returns whether memory pressure was high in the last 30 s. */
  pressureNear(): boolean {
    return this.#samples.some((sample) => sample.pressure > HIGH_PRESSURE);
  }
}

function counter(path: string | null, pattern: RegExp): number | null {
  if (path === null) return null;
  try {
    const match = pattern.exec(readFileSync(path, 'latin1'));
    return match === null ? null : Number(match[1]);
  } catch {
    return null;
  }
}

/** Returns memory.events of user@UID.service: panes of a tmux built with systemd live in scopes beside its unit. */
function managerEventsPath(): string | null {
  try {
    const path = /^0::(\/.*user@\d+\.service)(?:\/|$)/m.exec(readFileSync('/proc/self/cgroup', 'latin1'))?.[1];
    return path === undefined ? null : join('/sys/fs/cgroup', path, 'memory.events');
  } catch {
    return null;
  }
}
