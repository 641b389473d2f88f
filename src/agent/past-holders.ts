/**
 * Which processes were sure to hold which conversations while we looked on. What one of them left behind in a folder is no hint that another
 * one moved there: without this a single `/clear` would leave every other process of the same directory in doubt.
 */
import { uptime } from 'node:os';
import type { Window } from '../model/manifest.js';
import { TICK_MS } from '../programs/process-view.js';

/** More conversations than this, and the oldest are forgotten: a doubt more, never a wrong certainty. */
const LIMIT = 2000;

/** From the start of a process until it was last seen with a conversation, in ms since the epoch. */
interface Holding {
  readonly process: string;
  readonly from: number;
  readonly until: number;
}

/** What was seen of conversations and their processes in one boot. */
export class PastHolders {
  readonly #holdings = new Map<string, readonly Holding[]>();

  /** Takes note of who holds what for sure in a look; `bootMs` (when the machine started) and `at` in ms since the epoch. */
  note(windows: readonly Pick<Window, 'panes'>[], at = Date.now(), bootMs = at - uptime() * 1000): void {
    for (const { program } of windows.flatMap(({ panes }) => panes)) {
      if (program?.conversation?.confidence !== 'exact' || program.process === null) continue;
      const { id } = program.conversation;
      const process = `${String(program.process.pid)} ${program.process.startTime}`;
      const from = bootMs + Number(program.process.startTime) * TICK_MS;
      const others = (this.#holdings.get(id) ?? []).filter((holding) => holding.process !== process);
      this.#holdings.delete(id);
      this.#holdings.set(id, [...others, { process, from, until: at }]);
    }
    for (const id of this.#holdings.keys()) {
      if (this.#holdings.size <= LIMIT) break;
      this.#holdings.delete(id);
    }
  }

  /** Returns whether a process that was there at a time, in ms since the epoch, was seen with a conversation then or later. */
  heldAt(id: string, at: number): boolean {
    return this.#holdings.get(id)?.some(({ from, until }) => from <= at && at <= until) ?? false;
  }
}
