/**
 * Keeps the program of a restored pane on record until it is seen there again: right after a restore it may still wait for
 * its turn, or be offered, and a crash at that moment must not forget it.
 */
import type { Look } from '../model/lineage.js';
import type { Program } from '../model/manifest.js';
import type { LivePane } from '../model/snapshot.js';

interface Sticky {
  readonly program: Program;
  /** Monotonic ms after which a program that was started counts as ended; null for one that is offered. */
  readonly untilMs: number | null;
  /** The pane's first process: another one in the same pane is the user's own choice. */
  pid: number | null;
}

/** Programs that are expected in panes, by pane id. */
export class StickyPrograms {
  readonly #expected = new Map<string, Sticky>();

  /** Expects `program` in a pane: within `withinMs` if it was started, for as long as the pane's process lives if it is offered. */
  expect(paneId: string, program: Program, withinMs: number | null): void {
    this.#expected.set(paneId, {
      program,
      untilMs: withinMs === null ? null : performance.now() + withinMs,
      pid: null,
    });
  }

  /** Forgets everything: pane ids start anew in every server. */
  clear(): void {
    this.#expected.clear();
  }

  /** Returns the look with expected programs filled in where none is seen yet. */
  carry(look: Look, panes: readonly LivePane[]): Look {
    if (this.#expected.size === 0) return look;
    const live = new Map(panes.map((pane) => [pane.id, pane]));
    const seen = look.windows.flatMap((window) => window.panes);
    const taken = new Set(seen.map((pane) => pane.program?.conversation?.id ?? null));
    for (const [paneId, sticky] of this.#expected) {
      const pane = live.get(paneId);
      sticky.pid ??= pane?.pid ?? null;
      const ended = sticky.untilMs !== null && performance.now() > sticky.untilMs;
      const found = seen.some((candidate) => candidate.id === paneId && candidate.program !== null);
      const elsewhere = taken.has(sticky.program.conversation?.id ?? 'none');
      if (pane === undefined || pane.pid !== sticky.pid || ended || found || elsewhere) this.#expected.delete(paneId);
    }
    const windows = look.windows.map((window) => ({
      ...window,
      panes: window.panes.map((pane) => ({
        ...pane,
        program: pane.program ?? this.#expected.get(pane.id)?.program ?? null,
      })),
    }));
    return { ...look, windows };
  }
}
