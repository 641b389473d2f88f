/**
 * Keeps the program of a restored pane on record for as long as it waits there, is offered, or was declined: nothing runs that a look
 * could find, and a crash at that moment must not forget it. It stays until it is seen to run, or until the pane's first process is
 * another one: that is its user's own choice.
 */
import type { Look } from '../model/lineage.js';
import type { Program } from '../model/manifest.js';
import { lowestMode } from '../model/resume-mode.js';
import type { LivePane } from '../model/snapshot.js';
import { sameText } from '../model/text.js';
import { isLauncher, type Wait } from '../programs/launcher.js';
import type { ProcessView } from '../programs/process-view.js';
import { holdingLauncher } from '../programs/waiting-launcher.js';
import { processAgeMs } from './server-process.js';

interface Sticky {
  readonly program: Program;
  /** Returns whether it is still there, asked when its pane is first seen; null for what was just put there. */
  readonly isStill: ((pane: LivePane, view: ProcessView) => boolean) | null;
  /** The pane's first process. */
  pid: number | null;
}

/** What a saved pane says of itself to those that come later. */
type SavedPane = Pick<LivePane, 'id' | 'currentCommand' | 'program'>;

/** How much a wait says of the mode that its program had. */
const MODE_OF: Readonly<Record<Wait, Program['mode']>> = { turn: 'auto', view: 'view', enter: 'offer' };

/** Half started, a program shows less of itself than what it was started from; after this time, in ms, it shows what it has. */
const STARTS_WITHIN_MS = 5000;

/** Programs that are expected in panes, by pane id. */
export class StickyPrograms {
  readonly #expected = new Map<string, Sticky>();

  /** Expects a program that was put into a pane, whether it waits or is only named there. */
  expect(paneId: string, program: Program): void {
    this.#expected.set(paneId, { program, isStill: null, pid: null });
  }

  /**
   * Expects what the saved state says of a pane of this very server. Its process may have ended meanwhile, and then it is over; but what
   * was on record without a process of its own is on record for as long as the pane's first process lives.
   */
  expectSaved({ id, currentCommand, program }: SavedPane): void {
    if (program === null) return;
    const isStill = (pane: LivePane, view: ProcessView): boolean => {
      const { process } = program;
      const first = view.read(pane.pid);
      if (first === null) return false;
      if (isLauncher(first.argv)) return true;
      if (process !== null) return process.pid === pane.pid && process.startTime === first.startTime;
      // A state from before processes were saved; an offer is no process that could have ended.
      return program.mode === 'offer' || sameText(pane.currentCommand, currentCommand);
    };
    this.#expected.set(id, { program, isStill, pid: null });
  }

  /** Forgets everything: pane ids start anew in every server. */
  clear(): void {
    this.#expected.clear();
  }

  /** Returns the look with expected programs filled in where none runs yet. */
  carry(look: Look, panes: readonly LivePane[], view: ProcessView): Look {
    const live = new Map(panes.map((pane) => [pane.id, pane]));
    const waits = new Map(panes.map((pane) => [pane.id, waitOf(pane, view)]));
    const seen = look.windows.flatMap((window) => window.panes);
    const isNew = (program: Program): boolean => !isTold(program) && ageMs(program) < STARTS_WITHIN_MS;
    const running = seen.filter(
      ({ id, program }) => program !== null && waits.get(id) === null && !(this.#expected.has(id) && isNew(program)),
    );
    const runningIds = new Set(running.map(({ id }) => id));
    // A guess about another pane takes nothing away from this one.
    const sure = running.flatMap(({ program }) => (program?.conversation?.confidence === 'exact' ? program : []));
    const taken = new Set(sure.map(({ conversation }) => conversation?.id));
    for (const [paneId, sticky] of this.#expected) {
      const pane = live.get(paneId);
      const isThere = pane !== undefined && this.#isThere(sticky, pane, view);
      const isElsewhere = taken.has(sticky.program.conversation?.id ?? 'none');
      if (!isThere || runningIds.has(paneId) || isElsewhere) this.#expected.delete(paneId);
    }
    const programOf = (paneId: string, found: Program | null): Program | null => {
      const wait = waits.get(paneId) ?? null;
      const sticky = this.#expected.get(paneId);
      if (found !== null && wait === null && (sticky === undefined || !isNew(found))) return found;
      if (sticky !== undefined) return { ...sticky.program, process: firstProcess(sticky.pid, view) };
      // The words of a launcher say nothing of the doubts that made it wait for its user.
      return found === null || wait === null ? found : { ...found, mode: lowestMode(found.mode, MODE_OF[wait]) };
    };
    const windows = look.windows.map((window) => ({
      ...window,
      panes: window.panes.map((pane) => ({ ...pane, program: programOf(pane.id, pane.program) })),
    }));
    return { ...look, windows };
  }

  #isThere(sticky: Sticky, pane: LivePane, view: ProcessView): boolean {
    if (sticky.pid === null && sticky.isStill?.(pane, view) === false) return false;
    sticky.pid ??= pane.pid;
    return pane.pid === sticky.pid;
  }
}

/** Returns whether a program itself has told what it holds, and not its arguments alone. */
const isTold = ({ conversation, env }: Program): boolean =>
  conversation?.confidence === 'exact' && conversation.source !== 'argv' && 'PATH' in env;

const ageMs = ({ process }: Program): number => (process === null ? Infinity : processAgeMs(process.pid));

/** Returns what a pane's program waits for, null where none waits (any more). */
function waitOf({ pid }: LivePane, view: ProcessView): Wait | null {
  const launcher = holdingLauncher(pid, view);
  return launcher?.program === null ? launcher.wait : null;
}

function firstProcess(pid: number | null, view: ProcessView): Program['process'] {
  const info = pid === null ? null : view.read(pid);
  return info === null ? null : { pid: info.pid, startTime: info.startTime };
}
