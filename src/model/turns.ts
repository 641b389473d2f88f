/**
 * Which programs of restored panes start now (R14): what somebody looks at first, then as they come, and never more at once than the user
 * allows. What is starting counts until it is settled; while memory is short nothing new begins.
 */

/** A pane whose program waits: for its turn, to be looked at, or for its user to press Enter. */
export interface WaitingPane {
  readonly paneId: string;
  /** The pane's first process. */
  readonly pid: number;
  readonly wait: 'turn' | 'view' | 'enter';
  /** Whether a client shows it. */
  readonly visible: boolean;
}

/** A program that was started. */
export interface StartingProgram {
  readonly startedAtMs: number;
  readonly settled: boolean;
}

/** What the turns are decided by. */
export interface Turns {
  readonly waiting: readonly WaitingPane[];
  readonly starting: readonly StartingProgram[];
  /** `some avg10` of /proc/pressure/memory: the share of the last 10 s in which some task waited for memory, in percent. */
  readonly pressure: number;
  /** So many programs may be starting at once. */
  readonly limit: number;
  readonly nowMs: number;
}

/** Memory is short above this (R14). */
export const HIGH_PRESSURE = 20;

/** A program that still works hard after this time, in ms, is at work and not starting. */
const STARTS_WITHIN_MS = 15_000;

/** A program that is younger than this, in ms, has not begun to show what it needs. */
const LEAST_MS = 1000;

/** Below so much of one core a program is at rest. */
const AT_REST = 0.25;

/** Returns whether a program has started up; `cores` is how many it and all below it kept busy lately or waited for, null when nobody knows yet. */
export const isSettled = ({ aliveMs, cores }: { readonly aliveMs: number; readonly cores: number | null }): boolean =>
  aliveMs >= STARTS_WITHIN_MS || (aliveMs >= LEAST_MS && cores !== null && cores < AT_REST);

/** Returns the panes whose programs may start now, in their order. */
export function turnsNow({ waiting, starting, pressure, limit, nowMs }: Turns): readonly WaitingPane[] {
  if (pressure > HIGH_PRESSURE) return [];
  const busy = starting.filter(({ startedAtMs, settled }) => !settled && nowMs - startedAtMs < STARTS_WITHIN_MS);
  const due = waiting.filter(({ wait, visible }) => wait === 'turn' || (wait === 'view' && visible));
  const inOrder = [...due.filter(({ visible }) => visible), ...due.filter(({ visible }) => !visible)];
  return inOrder.slice(0, Math.max(0, limit - busy.length));
}
