/**
 * Keeps the scrollback of each pane: captured only when the pane changed, at most once a minute, stored by hash.
 * What a look says of a pane's contents is always what is on disk already.
 */
import { isIdleShell, isUntouched, withoutDeathNotice, withoutGhostPrompt } from '../model/ghost-prompt.js';
import type { Contents } from '../model/manifest.js';
import { isExcluded, type Policy } from '../model/policy.js';
import type { Store } from '../model/ports.js';
import type { Problem } from '../model/report.js';
import { lastLines, linesOfText, textOfLines } from '../model/scrollback-text.js';
import type { LivePane, Snapshot } from '../model/snapshot.js';
import { procView } from '../programs/process-view.js';
import { isWaiting } from '../programs/waiting-launcher.js';
import type { TmuxTarget } from '../tmux/exec.js';
import { captureScrollback, type Capture } from '../tmux/scrollback.js';

/** How often one pane is captured at most, in ms (P6: at most 60 s of scrollback can be lost). */
const CAPTURE_EVERY_MS = 50_000;

/** Most bytes of one pane's text: 2000 lines of 200 columns, each cell in a colour of its own, have 14 MB, ordinary ones 0.2 MB. */
export const PANE_BYTES = 4 * 1024 * 1024;

interface Kept {
  /** The pane's `contentsKey` as of the capture; empty when it was not captured in this server's life. */
  readonly key: string;
  readonly atMs: number;
  readonly contents: Contents | null;
  /** Whether the pane may show just what was put into it. */
  readonly isAdopted: boolean;
}

/** The scrollback of one server's panes. */
export class ContentsCache {
  readonly #kept = new Map<string, Kept>();
  /** The panes whose text there was no room for. */
  readonly #refused = new Set<string>();
  readonly #store: Store;
  readonly #withinMs: number;

  /** One look captures for `withinMs` at most: meanwhile nothing else is saved. What is left then has its turn in the next one. */
  constructor(store: Store, withinMs = 1000) {
    this.#store = store;
    this.#withinMs = withinMs;
  }

  /** Returns what is stored for a pane, or null. */
  contentsOf(paneId: string): Contents | null {
    return this.#kept.get(paneId)?.contents ?? null;
  }

  /** What its user must know, or null. */
  get problem(): Problem | null {
    const count = this.#refused.size;
    if (count === 0) return null;
    return {
      code: 'scrollback-budget',
      message: `there is no more room for scrollback: ${String(count)} ${count === 1 ? 'pane keeps what was' : 'panes keep what was'} saved before`,
      hint: 'tmux set -g @tmux-persist-scrollback 500',
    };
  }

  /** Forgets everything: pane ids start anew in every server. */
  clear(): void {
    this.#kept.clear();
    this.#refused.clear();
  }

  /**
   * Takes over what is stored already for panes of the living server, so that nothing is lost until it is captured anew: not at once,
   * for a restored pane needs a moment to show it.
   */
  adopt(panes: readonly { readonly id: string; readonly contents: Contents | null }[]): void {
    for (const { id, contents } of panes) {
      if (contents !== null && contents.sha256 !== this.contentsOf(id)?.sha256)
        this.#kept.set(id, { key: '', atMs: performance.now(), contents, isAdopted: true });
    }
  }

  /** Lets go of what must not be kept, and captures no pane, those that changed and are due, or all that changed. */
  async refresh(target: TmuxTarget, snapshot: Snapshot, policy: Policy, which: 'none' | 'due' | 'all'): Promise<void> {
    const panes = keepable(snapshot, policy);
    this.#keepOnly(new Set(panes.map(({ id }) => id)));
    if (which === 'none') return;
    const now = performance.now();
    const due = new Map<string, LivePane>();
    for (const pane of panes) {
      const kept = this.#kept.get(pane.id);
      const isDue = kept === undefined || which === 'all' || now - kept.atMs >= CAPTURE_EVERY_MS;
      if (isDue && kept?.key !== pane.contentsKey) due.set(pane.id, pane);
    }
    if (due.size === 0) return;
    const byAge = [...due.values()].sort((left, right) => this.#atMs(left.id) - this.#atMs(right.id));
    const requests = byAge.map(({ id, alternateOn }) => ({ paneId: id, alternateOn }));
    // A pane that gave no answer keeps what was captured before, and its turn.
    await captureScrollback(target, requests, policy.scrollbackLines, async (id, capture) => {
      const pane = due.get(id);
      if (pane !== undefined) await this.#take(pane, pane.dead ? ofTheLiving(capture) : capture, policy, now);
      return which === 'all' || performance.now() - now < this.#withinMs;
    });
  }

  #atMs(paneId: string): number {
    return this.#kept.get(paneId)?.atMs ?? 0;
  }

  async #take(pane: LivePane, capture: Capture | null, policy: Policy, now: number): Promise<void> {
    const kept = this.#kept.get(pane.id);
    // All that such a pane shows is what was put into it, and how to go on.
    if (isWaiting(pane.pid, procView())) {
      this.#kept.set(pane.id, { contents: null, isAdopted: true, ...kept, key: pane.contentsKey, atMs: now });
      return;
    }
    const isIdle = !pane.alternateOn && isIdleShell(procView().read(pane.pid));
    if (kept !== undefined && (await this.#isUntouched(kept, capture, policy, isIdle))) {
      this.#refused.delete(pane.id);
      this.#kept.set(pane.id, { ...kept, key: pane.contentsKey, atMs: now });
      return;
    }
    const shown = capture === null ? [] : withoutGhostPrompt(capture.lines, isIdle);
    const lines = lastLines(shown, { lines: policy.scrollbackLines, bytes: PANE_BYTES });
    const truncated = capture?.hasMore === true || lines.length < shown.length;
    const hash = lines.length === 0 ? null : await this.#store.putContents(Buffer.from(textOfLines(lines), 'latin1'));
    if (hash?.ok === false) return;
    if (hash?.value === null) {
      this.#refused.add(pane.id);
      this.#kept.set(pane.id, { key: '', contents: null, isAdopted: false, ...kept, atMs: now });
      return;
    }
    this.#refused.delete(pane.id);
    const contents = hash === null ? null : { sha256: hash.value, lines: lines.length, truncated };
    this.#kept.set(pane.id, { key: pane.contentsKey, atMs: now, contents, isAdopted: false });
  }

  async #isUntouched(kept: Kept, capture: Capture | null, policy: Policy, isIdle: boolean): Promise<boolean> {
    if (!kept.isAdopted || kept.contents === null || kept.contents.lines > policy.scrollbackLines) return false;
    const restored = await this.#store.readContents(kept.contents.sha256);
    if (restored === null) return false;
    const { lines, isCut } = capture ?? { lines: [], isCut: false };
    return isUntouched(linesOfText(Buffer.from(restored).toString('latin1')), lines, { isCut, isIdle });
  }

  #keepOnly(ids: ReadonlySet<string>): void {
    for (const id of this.#kept.keys()) if (!ids.has(id)) this.#kept.delete(id);
    for (const id of this.#refused) if (!ids.has(id)) this.#refused.delete(id);
  }
}

/** What tmux writes into a dead pane is its own, and is written anew into a restored one. */
const ofTheLiving = (capture: Capture | null): Capture | null =>
  capture === null ? null : { ...capture, lines: [...withoutDeathNotice(capture.lines)] };

/** Returns the panes whose text may be kept: none of a session that the user excludes, wherever else its windows are linked. */
function keepable(snapshot: Snapshot, policy: Policy): LivePane[] {
  if (policy.scrollbackLines === 0) return [];
  const excluded = new Set(
    snapshot.sessions
      .filter((session) => isExcluded(policy, session.name))
      .flatMap((session) => session.windows.map((link) => link.windowId)),
  );
  return snapshot.windows.flatMap((window) => (excluded.has(window.id) ? [] : window.panes));
}
