/**
 * Starts the programs that wait in restored panes, a few at a time (R14, model/turns.ts). Nothing of it is remembered elsewhere: who waits
 * and who is starting is read from the panes themselves, so that another starter can go on at any moment. It is woken by looks, and has a
 * timer of its own only while something waits for a turn or is starting.
 */
import { uptime } from 'node:os';
import { isSettled, turnsNow, type WaitingPane } from '../model/turns.js';
import { coresWanted, cpuDemand, type CpuDemand } from '../programs/cpu-demand.js';
import { freedom } from '../programs/freedom.js';
import { DECLINE, RELEASE, waitingProgram } from '../programs/launcher.js';
import { procView, TICK_MS, type ProcessInfo, type ProcessView } from '../programs/process-view.js';
import { holdingLauncher, type HoldingLauncher } from '../programs/waiting-launcher.js';
import type { TmuxTarget } from '../tmux/exec.js';
import { shownPanes } from '../tmux/shown-panes.js';
import { MEMORY_PRESSURE, memoryPressure } from '../programs/memory-pressure.js';

/** How often is looked again while something is starting or has to wait, in ms; the time over which computing is measured. */
const AGAIN_MS = 500;

/** A launcher shows its scrollback before it waits; one that does neither after this time, in ms, never will. */
const WAITS_WITHIN_MS = 60_000;

/** The processes of a server that was killed need a moment to end. What somebody still holds after this time, in ms, is at work elsewhere. */
const FREE_WITHIN_MS = 30_000;

/** A process of a pane that is a copy of its server after this time, in ms, is a tmux that its user runs there. */
const BORN_WITHIN_MS = 10_000;

/** What a starter depends on. */
export interface StarterParts {
  readonly target: () => TmuxTarget;
  readonly home: () => string;
  /** So many programs may be starting at once. */
  readonly limit: () => number;
  /** The kernel's file on memory pressure. */
  readonly pressureFile?: string;
}

type Phase = 'waits' | 'prepares' | 'starts' | 'done';

interface Followed {
  readonly paneId: string;
  readonly pid: number;
  readonly startTime: string;
  phase: Phase;
  launcher: HoldingLauncher | null;
  /** When it was told to go on, in ms since the boot. */
  releasedAtMs: number | null;
  /** Since when a running process holds what it is to start, in ms since the boot. */
  heldSinceMs: number | null;
  /** What its program had wanted of the cores at the last look. */
  sample: { readonly atMs: number; readonly demand: CpuDemand } | null;
  settled: boolean;
}

/** Starts what waits in the panes of one server at a time. */
export class Starter {
  readonly #parts: StarterParts;
  /** By the pid of the pane's first process. */
  #followed = new Map<number, Followed>();
  /** First processes that hold no program of ours (any more). */
  #others = new Set<number>();
  #spent: ReadonlySet<number> = new Set();
  #timer: NodeJS.Timeout | null = null;
  #turn: Promise<void> | null = null;
  #again = false;
  #isStopped = false;

  constructor(parts: StarterParts) {
    this.#parts = parts;
  }

  /** Takes note of the panes of a look, and of who may see them now; who waits in a `spent` process gets its shell. */
  notice(
    panes: readonly { readonly id: string; readonly pid: number }[],
    spent: ReadonlySet<number> = new Set(),
  ): void {
    this.#isStopped = false;
    this.#spent = spent;
    const view = procView();
    const followed = new Map<number, Followed>();
    const others = new Set<number>();
    for (const { id, pid } of panes) {
      const known = this.#followed.get(pid);
      const begun = known ?? (this.#others.has(pid) ? null : begin(id, pid, view));
      if (begun === null) others.add(pid);
      else followed.set(pid, begun);
    }
    this.#followed = followed;
    this.#others = others;
    if (followed.size > 0) this.#takeTurn();
  }

  /** Forgets the server. */
  stop(): void {
    this.#isStopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#followed = new Map();
    this.#others = new Set();
  }

  /** How many programs wait for their turn. */
  get waiting(): number {
    const isToCome = ({ launcher, releasedAtMs }: Followed): boolean =>
      releasedAtMs === null && (launcher === null || (launcher.wait === 'turn' && launcher.program === null));
    return [...this.#followed.values()].filter(isToCome).length;
  }

  /** Resolves when the turn that is being given is over. */
  async settled(): Promise<void> {
    await this.#turn;
  }

  #takeTurn(): void {
    if (this.#turn !== null) this.#again = true;
    if (this.#turn !== null || this.#isStopped) return;
    this.#again = false;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#turn = this.#giveTurns().finally(() => {
      this.#turn = null;
      if (this.#isStopped) return;
      if (this.#again) this.#takeTurn();
      else if (this.#isBusy())
        this.#timer = setTimeout(() => {
          this.#takeTurn();
        }, AGAIN_MS);
    });
  }

  /** What waits for its user alone, or to be looked at, is no reason to look again: an event tells of the latter. */
  #isBusy(): boolean {
    return [...this.#followed.values()].some(
      ({ phase, launcher }) => phase === 'starts' || phase === 'prepares' || launcher?.wait === 'turn',
    );
  }

  async #giveTurns(): Promise<void> {
    const nowMs = sinceBootMs();
    const view = procView();
    for (const item of this.#followed.values()) look(item, nowMs, view);
    for (const [pid, { phase }] of this.#followed) {
      if (phase !== 'done') continue;
      this.#followed.delete(pid);
      this.#others.add(pid);
    }
    for (const item of this.#followed.values()) {
      if (item.phase === 'waits' && this.#spent.has(item.pid)) signalWaiter(item, DECLINE);
    }
    const all = [...this.#followed.values()].filter(({ pid }) => !this.#spent.has(pid));
    const waiting = all.filter(({ phase, launcher }) => phase === 'waits' && launcher?.wait !== 'enter');
    const starting = all.filter(({ phase }) => phase === 'starts');
    const pressure = memoryPressure(this.#parts.pressureFile ?? MEMORY_PRESSURE);
    const decide = (panes: readonly WaitingPane[]): readonly WaitingPane[] =>
      turnsNow({
        waiting: panes,
        starting: starting.map((item) => ({ startedAtMs: startedAtMs(item, nowMs), settled: item.settled })),
        ...{ pressure, limit: this.#parts.limit(), nowMs },
      });
    const asIfSeen = waiting.map((item) => paneOf(item, true));
    // Nobody is asked who sees what while no turn could be given.
    if (decide(asIfSeen).length === 0) return;
    const shown = await shownPanes(this.#parts.target());
    if (!shown.ok) return;
    const visible = new Set(shown.value.filter((pane) => pane.visible).map(({ id }) => id));
    const live = new Map(shown.value.map(({ id, pid }) => [id, pid]));
    const isFree = freedom(procView, this.#parts.home());
    const there = waiting.filter((item) => {
      if (live.get(item.paneId) !== item.pid || !isDue(item, visible)) return false;
      item.heldSinceMs = isFree(item.pid) ? null : (item.heldSinceMs ?? nowMs);
      return item.heldSinceMs === null;
    });
    for (const { pid } of decide(there.map((item) => paneOf(item, visible.has(item.paneId))))) {
      const item = this.#followed.get(pid);
      if (item !== undefined && signalWaiter(item, RELEASE)) item.releasedAtMs = nowMs;
    }
  }
}

const isDue = ({ paneId, launcher }: Followed, visible: ReadonlySet<string>): boolean =>
  launcher?.wait === 'turn' || visible.has(paneId);

const sinceBootMs = (): number => uptime() * 1000;

const paneOf = ({ paneId, pid, launcher }: Followed, visible: boolean): WaitingPane => ({
  ...{ paneId, pid, visible },
  wait: launcher?.wait ?? 'enter',
});

/** Returns what is to be known of a pane whose first process is a launcher with a program, or may become one; null for any other. */
function begin(paneId: string, pid: number, view: ProcessView): Followed | null {
  const info = view.read(pid);
  if (info === null || (waitingProgram(info.argv) === null && !isUnborn(info, view))) return null;
  const unknown = {
    phase: 'prepares',
    launcher: null,
    releasedAtMs: null,
    heldSinceMs: null,
    sample: null,
    settled: false,
  } as const;
  return { paneId, pid, startTime: info.startTime, ...unknown };
}

/** Before it is what it is going to be, the process of a new pane is a copy of the server. */
function isUnborn({ argv, exe, ppid, startTime }: ProcessInfo, view: ProcessView): boolean {
  const isCopy = argv.length === 0 || (exe !== null && view.read(ppid)?.exe === exe);
  return isCopy && sinceBootMs() - bornAtMs(startTime) < BORN_WITHIN_MS;
}

/** Looks where a launcher and its program are now. */
function look(item: Followed, nowMs: number, view: ProcessView): void {
  const info = view.read(item.pid);
  const launcher = info?.startTime === item.startTime ? holdingLauncher(item.pid, view) : null;
  item.launcher = launcher;
  if (info === null) item.phase = 'done';
  else if (launcher === null) item.phase = isUnborn(info, view) ? 'prepares' : 'done';
  else if (launcher.program !== null) lookAtProgram(item, launcher.program, nowMs, view);
  else if (item.releasedAtMs !== null) item.phase = 'starts';
  else if (launcher.waiter !== null) item.phase = isGivenUp(item, launcher, nowMs) ? 'done' : 'waits';
  else item.phase = nowMs - bornAtMs(item.startTime) < WAITS_WITHIN_MS ? 'prepares' : 'done';
}

/** It stays an offer in its pane then. */
const isGivenUp = ({ heldSinceMs }: Followed, { wait }: HoldingLauncher, nowMs: number): boolean =>
  wait === 'turn' && heldSinceMs !== null && nowMs - heldSinceMs > FREE_WITHIN_MS;

function lookAtProgram(item: Followed, program: ProcessInfo, nowMs: number, view: ProcessView): void {
  const before = item.sample;
  // Looks come in between as well, and so short a time tells nothing.
  if (before !== null && nowMs - before.atMs < AGAIN_MS * 0.8) return;
  const demand = cpuDemand(program.pid, view);
  const cores = before === null ? null : coresWanted(before.demand, demand, nowMs - before.atMs);
  item.settled = isSettled({ aliveMs: nowMs - bornAtMs(program.startTime), cores });
  item.sample = { atMs: nowMs, demand };
  item.phase = item.settled ? 'done' : 'starts';
}

const bornAtMs = (startTime: string): number => Number(startTime) * TICK_MS;

const startedAtMs = ({ launcher, releasedAtMs }: Followed, nowMs: number): number =>
  launcher?.program == null ? (releasedAtMs ?? nowMs) : bornAtMs(launcher.program.startTime);

/** Tells a launcher to go on, or to leave it: only what is its waiter at this very moment gets the signal. */
function signalWaiter({ pid, startTime }: Followed, signal: NodeJS.Signals): boolean {
  const view = procView();
  const waiter = view.read(pid)?.startTime === startTime ? (holdingLauncher(pid, view)?.waiter ?? null) : null;
  if (waiter === null) return false;
  try {
    process.kill(waiter.pid, signal);
    return true;
  } catch {
    // Its user was quicker, or it is another user's.
    return false;
  }
}
