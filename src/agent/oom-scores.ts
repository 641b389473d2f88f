/**
 * Has the kernel's out-of-memory killer take the processes of panes before their server. Each pane is raised once, from its first
 * process down: what is forked later inherits the value, so nothing is walked a second time.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { paneOomScore } from '../model/oom-score.js';
import type { LivePane } from '../model/snapshot.js';
import { procView, type ProcessView } from '../programs/process-view.js';

/** Raises the panes of one server after the other. */
export class OomScores {
  #server = 0;
  #raised: ReadonlySet<number> = new Set();

  /** Raises what is new among the processes of a server's panes. Raising needs no privilege; what refuses is another user's, and stays. */
  raise(serverPid: number, panes: readonly Pick<LivePane, 'pid' | 'dead'>[]): void {
    const pids = panes.filter(({ dead }) => !dead).map(({ pid }) => pid);
    const raised = serverPid === this.#server ? this.#raised : new Set<number>();
    const isNew = pids.filter((pid) => !raised.has(pid));
    this.#server = serverPid;
    this.#raised = new Set(pids);
    const server = isNew.length === 0 ? null : readScore(serverPid);
    if (server === null) return;
    const view = procView();
    // A pane that has died since keeps its pid, which may be anybody's by now; a pane's own process is its server's child.
    for (const pid of isNew) if (view.read(pid)?.ppid === serverPid) raiseTree(pid, server, view);
  }

  /** Forgets who was raised, and touches nobody: a value that is lowered again would come too late for the children. */
  forget(): void {
    this.#raised = new Set();
  }
}

/** The parent first: a child is either in the list that is read then, or born with the new value. */
function raiseTree(pid: number, server: number, view: ProcessView): void {
  const score = readScore(pid);
  const wanted = score === null ? null : paneOomScore(server, score);
  if (wanted !== null) writeScore(pid, wanted);
  for (const child of view.children(pid)) raiseTree(child, server, view);
}

const pathOf = (pid: number): string => `/proc/${String(pid)}/oom_score_adj`;

function readScore(pid: number): number | null {
  try {
    return Number(readFileSync(pathOf(pid), 'latin1'));
  } catch {
    return null;
  }
}

function writeScore(pid: number, score: number): void {
  try {
    writeFileSync(pathOf(pid), String(score));
  } catch {
    // It ended meanwhile, or runs as somebody else.
  }
}
