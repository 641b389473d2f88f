/**
 * Whether what waits in a pane may start now: a conversation has one terminal. It is not free while a running process holds it (those of a
 * server that was killed may need a moment to end), nor while another pane, of whatever server, is about to start it or goes first.
 */
import { AGENTS, recognise } from './families.js';
import { findProgram } from './find-program.js';
import { isLauncher, waitingProgram } from './launcher.js';
import type { ProcessInfo, ProcessView } from './process-view.js';
import { heldConversations } from './resume-context.js';
import { conversationKey } from './resume.js';
import { holdingLauncher } from './waiting-launcher.js';

/** A launcher whose program does not run yet. */
interface Starting {
  readonly pid: number;
  readonly startTime: number;
  readonly key: string;
  /** Whether it waits no more, or not yet. */
  readonly isUnderWay: boolean;
  readonly isOffer: boolean;
}

interface Around {
  readonly starting: readonly Starting[];
  readonly running: ReadonlySet<string>;
}

/** What begins to run while we look is either still starting, or is seen to run in the later view. */
function lookAround(view: ProcessView, look: () => ProcessView, home: string): Around {
  const starting = view.pids().flatMap((pid) => startingAt(pid, view) ?? []);
  return { starting, running: new Set(heldConversations(look(), home, { waiting: false }).keys()) };
}

/**
 * Returns what tells for the first process of a pane whether its launcher may start the conversation that it is to start; the processes are
 * looked at when first asked, and then once. `look` returns a new view.
 */
export function freedom(look: () => ProcessView, home: string): (panePid: number) => boolean {
  let around: Around | null = null;
  const view = look();
  return (panePid) => {
    const info = view.read(panePid);
    const key = info === null ? null : keyOf(info);
    if (info === null || key === null) return true;
    around ??= lookAround(view, look, home);
    const isBefore = (other: Starting): boolean =>
      other.startTime < Number(info.startTime) || (other.startTime === Number(info.startTime) && other.pid < info.pid);
    const isInTheWay = (other: Starting): boolean =>
      other.key === key && other.pid !== info.pid && (other.isUnderWay || (!other.isOffer && isBefore(other)));
    return !around.running.has(key) && !around.starting.some(isInTheWay);
  };
}

/** Returns the conversation that a launcher is to go on with, null for a copy of one, for any other program and any other process. */
function keyOf({ argv }: ProcessInfo): string | null {
  const waiting = waitingProgram(argv);
  const known = waiting === null ? null : recognise(waiting.argv, () => waiting.argv[0] ?? null, AGENTS);
  const reading = known?.family.read(known.command.args) ?? null;
  if (known === null || reading?.startId == null || reading.fork) return null;
  return conversationKey(known.family.kind, reading.startId);
}

function startingAt(pid: number, view: ProcessView): Starting | null {
  const info = view.read(pid);
  const key = info === null ? null : keyOf(info);
  const launcher = key === null ? null : holdingLauncher(pid, view);
  if (info === null || key === null || launcher === null) return null;
  // A part of a launcher looks like it.
  if (isLauncher(view.read(info.ppid)?.argv ?? [])) return null;
  // What runs is asked itself: it may have gone on to another conversation.
  if (findProgram('', pid, view, AGENTS)?.waits === false) return null;
  const { waiter, wait } = launcher;
  return { pid, key, startTime: Number(info.startTime), isUnderWay: waiter === null, isOffer: wait === 'enter' };
}
