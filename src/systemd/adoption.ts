/**
 * Moves processes that live elsewhere into a scope of the user's own manager, which its user may do with his own (measured on systemd 252,
 * 257 and 262; systemd asks the system's manager to move them). A scope does not reap them: nothing else changes for them.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { Variant } from 'dbus-next';
import { ok, type Result } from '../model/failure.js';
import type { Bus } from './bus.js';
import { placementOf } from './cgroup.js';
import { callSystemd, systemdManager } from './manager.js';
import { awaitJob } from './unit-files.js';

/** What lives beside a process and comes from it. */
export interface Family {
  /** Those that its user may move, the process itself first. */
  readonly own: readonly number[];
  /** Those of other users, as `sudo` makes them. */
  readonly foreign: readonly number[];
}

/** Returns those of a process and its descendants that live in a cgroup. */
export function familyOf(pid: number, uid: number, cgroup: string | null): Family {
  const parents = new Map(processes().map((one) => [one, parentOf(one)]));
  const descends = (one: number): boolean => {
    let at: number | undefined = one;
    for (let steps = 0; at !== undefined && at > 1 && steps < parents.size; steps++) {
      if (at === pid) return true;
      at = parents.get(at) ?? undefined;
    }
    return false;
  };
  const family = [...parents.keys()].filter((one) => descends(one) && placementOf(one).cgroup === cgroup);
  const isOwn = (one: number): boolean => ownerOf(one) === uid;
  return {
    own: family.filter(isOwn).sort((left, right) => Number(right === pid) - Number(left === pid)),
    foreign: family.filter((one) => !isOwn(one)),
  };
}

/** Starts a scope with these processes in it, which outlives the unit `before` at a shutdown. */
export async function startScope(
  bus: Bus,
  scope: string,
  { pids, before }: { readonly pids: readonly number[]; readonly before: string },
): Promise<Result<void>> {
  const properties: [string, Variant][] = [
    ['Description', new Variant('s', 'tmux server, moved here by tmux-persist adopt')],
    ['PIDs', new Variant('au', [...pids])],
    ['Slice', new Variant('s', 'app.slice')],
    ['Before', new Variant('as', [before])],
    ['CollectMode', new Variant('s', 'inactive-or-failed')],
    // A pane that ignores SIGTERM must not hold up a shutdown for the usual 90 s.
    ['TimeoutStopUSec', new Variant('t', 5_000_000n)],
  ];
  const start = (more: readonly [string, Variant][]): Promise<Result<void>> =>
    awaitJob(bus, scope, () =>
      callSystemd(bus, systemdManager, 'StartTransientUnit', 'ssa(sv)a(sa(sv))', [
        ...[scope, 'fail'],
        ...[[...properties, ...more], []],
      ]),
    );
  // Scopes have it since systemd 253; the default would end them all when one pane is OOM-killed.
  const started = await start([['OOMPolicy', new Variant('s', 'continue')]]);
  const isUnknown = !started.ok && 'detail' in started.error && /OOMPolicy/.test(started.error.detail);
  return isUnknown ? start([]) : started;
}

/** Moves more processes into a unit of the manager. */
export async function attachTo(bus: Bus, unit: string, pids: readonly number[]): Promise<Result<void>> {
  const attached = await callSystemd(bus, systemdManager, 'AttachProcessesToUnit', 'ssau', [unit, '', [...pids]]);
  return attached.ok ? ok(undefined) : attached;
}

const processes = (): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);

/** Field 4 of its stat file; the name before it may hold anything (proc(5)). */
function parentOf(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'latin1');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return null;
  }
}

/** Returns the user of a process; null when it is gone. */
export function ownerOf(pid: number): number | null {
  try {
    return statSync(`/proc/${String(pid)}`).uid;
  } catch {
    return null;
  }
}
