/**
 * What a launcher is doing in its pane, read from its processes alone: whoever looks, and whenever, sees the same. It waits while its
 * `dd` reads a key, and its program is the child with a process group of its own.
 */
import type { Text } from '../model/text.js';
import { WAITER, waitingProgram, type Wait } from './launcher.js';
import { isGone, type ProcessInfo, type ProcessView } from './process-view.js';

/** A launcher that holds a program. */
export interface HoldingLauncher {
  readonly wait: Wait;
  /** The process that waits, null before and after. */
  readonly waiter: ProcessInfo | null;
  /** The program, once it runs. */
  readonly program: ProcessInfo | null;
}

/** Returns what the launcher in a pane is doing, or null when the pane's first process is none, or none any more. */
export function holdingLauncher(panePid: number, view: ProcessView): HoldingLauncher | null {
  const pane = view.read(panePid);
  const waiting = pane === null || isGone(pane) ? null : waitingProgram(pane.argv);
  if (pane === null || waiting === null) return null;
  const children = childrenOf(pane, view);
  // The key is read in a command substitution, which is a process of its own in most shells.
  const own = children.filter(({ pgrp }) => pgrp === pane.pgrp);
  const helpers = [...own, ...own.flatMap((child) => childrenOf(child, view))];
  return {
    wait: waiting.wait,
    waiter: helpers.find(({ argv, pgrp }) => pgrp === pane.pgrp && isWaiter(argv)) ?? null,
    program: children.find(({ pgrp }) => pgrp !== pane.pgrp) ?? null,
  };
}

/** Returns whether a pane's program has not been started yet. */
export const isWaiting = (panePid: number, view: ProcessView): boolean => {
  const launcher = holdingLauncher(panePid, view);
  return launcher !== null && launcher.waiter !== null;
};

const isWaiter = (argv: readonly Text[]): boolean =>
  argv.length === WAITER.length && argv.every((word, at) => word === WAITER[at]);

const childrenOf = ({ pid }: ProcessInfo, view: ProcessView): ProcessInfo[] =>
  view.children(pid).flatMap((child) => {
    const info = view.read(child);
    return info === null || isGone(info) ? [] : [info];
  });
