/**
 * Keeps the scrollback of each pane: captured only when the pane changed, at most once a minute, stored by hash.
 * What a look says of a pane's contents is always what is on disk already.
 */
import type { Contents } from '../model/manifest.js';
import { isExcluded, type Policy } from '../model/policy.js';
import type { Store } from '../model/ports.js';
import type { LivePane, Snapshot } from '../model/snapshot.js';
import type { TmuxTarget } from '../tmux/exec.js';
import { captureScrollback } from '../tmux/scrollback.js';

/** How often one pane is captured at most, in ms (P6: at most 60 s of scrollback can be lost). */
const CAPTURE_EVERY_MS = 50_000;

interface Kept {
  readonly key: string;
  readonly atMs: number;
  readonly contents: Contents | null;
}

/** The scrollback of one server's panes. */
export class ContentsCache {
  readonly #kept = new Map<string, Kept>();
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Returns what is stored for a pane, or null. */
  contentsOf(paneId: string): Contents | null {
    return this.#kept.get(paneId)?.contents ?? null;
  }

  /** Forgets everything: pane ids start anew in every server. */
  clear(): void {
    this.#kept.clear();
  }

  /** Takes over what is stored already for panes of the living server, so that nothing is lost until it is captured anew. */
  adopt(panes: readonly { readonly id: string; readonly contents: Contents | null }[]): void {
    for (const pane of panes) {
      if (pane.contents !== null && !this.#kept.has(pane.id))
        this.#kept.set(pane.id, { key: '', atMs: 0, contents: pane.contents });
    }
  }

  /** Captures the panes that changed and are due (all that changed when `now` is forced); returns whether anything new was stored. */
  async refresh(target: TmuxTarget, snapshot: Snapshot, policy: Policy, force: boolean): Promise<boolean> {
    const now = performance.now();
    const panes = capturable(snapshot, policy);
    this.#forget(snapshot);
    const due = panes.filter((pane) => {
      const kept = this.#kept.get(pane.id);
      return kept === undefined || (kept.key !== pane.contentsKey && (force || now - kept.atMs >= CAPTURE_EVERY_MS));
    });
    if (due.length === 0) return false;
    const requests = due.map(({ id, alternateOn }) => ({ paneId: id, alternateOn }));
    const captures = await captureScrollback(target, requests, policy.scrollbackLines);
    if (!captures.ok) return false;
    let stored = false;
    for (const pane of due) {
      // A pane that gave no answer keeps what was captured before, and its turn.
      const capture = captures.value.get(pane.id);
      if (capture === undefined) continue;
      const hash = capture === null ? null : await this.#store.putContents(capture.bytes);
      if (hash !== null && !hash.ok) continue;
      const contents =
        capture === null || hash === null
          ? null
          : { sha256: hash.value, lines: capture.lines, truncated: capture.truncated };
      stored ||= contents?.sha256 !== this.contentsOf(pane.id)?.sha256;
      this.#kept.set(pane.id, { key: pane.contentsKey, atMs: now, contents });
    }
    return stored;
  }

  #forget(snapshot: Snapshot): void {
    const live = new Set(snapshot.windows.flatMap((window) => window.panes.map((pane) => pane.id)));
    for (const id of this.#kept.keys()) if (!live.has(id)) this.#kept.delete(id);
  }
}

/** Returns the panes whose text may be kept: none of a session that the user excludes. */
function capturable(snapshot: Snapshot, policy: Policy): LivePane[] {
  if (policy.scrollbackLines === 0) return [];
  const excluded = new Set(
    snapshot.sessions
      .filter((session) => isExcluded(policy, session.name))
      .flatMap((session) => session.windows.map((link) => link.windowId)),
  );
  return snapshot.windows
    .flatMap((window) => (excluded.has(window.id) ? [] : window.panes))
    .filter((pane) => !pane.dead);
}
