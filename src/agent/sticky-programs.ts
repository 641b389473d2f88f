/**
 * Keeps the program of a pane on record for as long as it waits there, is offered, was declined, or was taken by memory trouble: nothing
 * runs that a look could find, and a crash at that moment must not forget it. It stays until it is seen to run, or until the pane's
 * first process is another one: that is its user's own choice. A launcher that is run once more is then not waited for either.
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

/** A program that was started to resume one conversation and says that it has another. */
export interface Mismatch {
  readonly paneId: string;
  readonly kind: string;
  readonly asked: string;
  readonly has: string;
}

/** A process that a pane had when no launcher waited there; of a saved state that is not known for sure, and only what is younger is another. */
interface Former {
  readonly pid: number;
  readonly savedAtMs: number | null;
}

/** How much a wait says of the mode that its program had. */
const MODE_OF: Readonly<Record<Wait, Program['mode']>> = { turn: 'auto', view: 'view', enter: 'offer' };

/** Half started, a program shows less of itself than what it was started from; after this time, in ms, it shows what it has. */
const STARTS_WITHIN_MS = 5000;

/** Programs that are expected in panes, by pane id. */
export class StickyPrograms {
  readonly #expected = new Map<string, Sticky>();
  readonly #former = new Map<string, Former>();
  /** The first processes of panes whose launcher had done its work before, and was started anew by `respawn-pane`. */
  #spent: ReadonlySet<number> = new Set();
  #mismatches: Mismatch[] = [];

  /** Expects a program that was put into a pane, whether it waits or is only named there. */
  expect(paneId: string, program: Program): void {
    this.#expected.set(paneId, { program, isStill: null, pid: null });
  }

  /** Goes on expecting what ran in a pane until memory trouble took it: the pane lives on, and it is only offered from now on. */
  expectTaken(paneId: string, program: Program): void {
    this.expect(paneId, { ...program, mode: lowestMode(program.mode, 'offer') });
  }

  /** Returns who was seen to hold another conversation than the one that it was started with, each once. */
  takeMismatches(): readonly Mismatch[] {
    return this.#mismatches.splice(0);
  }

  /** Whose launchers wait for nobody: their programs were started once. */
  get spent(): ReadonlySet<number> {
    return this.#spent;
  }

  /**
   * Expects what the saved state says of a pane of this very server. Its process may have ended meanwhile, and then it is over; but what
   * was on record without a process of its own is on record for as long as the pane's first process lives.
   */
  expectSaved({ id, currentCommand, program }: SavedPane, savedAt: string): void {
    const pid = program === null ? 0 : (program.process?.pid ?? null);
    if (pid !== null) this.#former.set(id, { pid, savedAtMs: Date.parse(savedAt) });
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
    this.#former.clear();
    this.#spent = new Set();
    this.#mismatches = [];
  }

  /** Returns the look with expected programs filled in where none runs yet. */
  carry(look: Look, panes: readonly LivePane[], view: ProcessView): Look {
    const live = new Map(panes.map((pane) => [pane.id, pane]));
    const waits = this.#waitsOf(panes, view);
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
      const isOver = runningIds.has(paneId) && (sticky.program.conversation === null || wasStarted(pane, view));
      if (isThere && isOver)
        this.#compare(sticky.program, running.find(({ id }) => id === paneId)?.program ?? null, paneId);
      if (!isThere || isOver || isElsewhere) this.#expected.delete(paneId);
    }
    const programOf = (paneId: string, found: Program | null): Program | null => {
      if (this.#spent.has(live.get(paneId)?.pid ?? 0)) return null;
      const wait = waits.get(paneId) ?? null;
      const sticky = this.#expected.get(paneId);
      // A conversation that was declined is not forgotten for an editor that runs in its pane.
      const isMore = sticky === undefined || (found?.conversation != null && !isNew(found));
      if (found !== null && wait === null && isMore) return found;
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

  #compare({ kind, conversation }: Program, running: Program | null, paneId: string): void {
    const has = running?.kind === kind && isTold(running) ? running.conversation : null;
    if (conversation === null || has === null || has.id === conversation.id) return;
    this.#mismatches.push({ paneId, kind, asked: conversation.id, has: has.id });
  }

  /** Returns what each pane waits for, and takes note of the launchers that have nothing to wait for any more. */
  #waitsOf(panes: readonly LivePane[], view: ProcessView): Map<string, Wait | null> {
    const waits = new Map(panes.map((pane) => [pane.id, waitOf(pane, view)]));
    const spent = new Set([...this.#spent].filter((pid) => panes.some((pane) => pane.pid === pid)));
    for (const { id, pid } of panes) {
      const former = this.#former.get(id);
      this.#former.delete(id);
      if (spent.has(pid)) continue;
      if (waits.get(id) === null) this.#former.set(id, { pid, savedAtMs: null });
      else if (former !== undefined && former.pid !== pid && isYounger(pid, former)) spent.add(pid);
    }
    this.#spent = spent;
    for (const { id, pid } of panes) {
      if (!spent.has(pid)) continue;
      waits.set(id, null);
      this.#expected.delete(id);
    }
    return waits;
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

const isYounger = (pid: number, { savedAtMs }: Former): boolean =>
  savedAtMs === null || processAgeMs(pid) < Date.now() - savedAtMs;

/** Returns whether what a pane's launcher held was started, not declined: a shell has taken its place then. */
const wasStarted = (pane: LivePane | undefined, view: ProcessView): boolean =>
  pane !== undefined && holdingLauncher(pane.pid, view) !== null;

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
