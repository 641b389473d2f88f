/**
 * Finds the live sessions that nobody used yet (R10): tmux says what is seen of them, /proc what runs there.
 */
import { statSync } from 'node:fs';
import { posix } from 'node:path';
import type { Placeholder } from '../model/plan-window.js';
import {
  isPristine,
  isUnused,
  type PaneProcess,
  type PlaceholderView,
  type PristineEvidence,
} from '../model/pristine.js';
import type { Snapshot } from '../model/snapshot.js';
import { sameText, type Text } from '../model/text.js';
import { procView } from '../programs/process-view.js';
import type { TmuxTarget } from '../tmux/exec.js';
import { lookAtPlaceholder, unusedCondition } from '../tmux/placeholder.js';

/** Returns the pristine placeholders among the live sessions of these names; what can't be looked at is none. */
export async function findPlaceholders(
  target: TmuxTarget,
  live: Snapshot,
  names: readonly Text[],
): Promise<Placeholder[]> {
  const found: Placeholder[] = [];
  for (const session of live.sessions) {
    const [link, ...others] = session.windows;
    const window = live.windows.find(({ id }) => id === link?.windowId);
    const pane = window?.panes.length === 1 ? window.panes[0] : undefined;
    if (link === undefined || others.length > 0 || pane === undefined) continue;
    if (!names.some((name) => sameText(name, session.name))) continue;
    const seen = await look(target, pane.id);
    if (seen === null || !isPristine(seen)) continue;
    const unused = unusedCondition(seen.view);
    found.push({ sessionId: session.id, windowId: link.windowId, paneId: pane.id, index: link.index, unused });
  }
  return found;
}

/** Returns the condition under which a window of one pane stays unused, or null when it is used already; its session may hold others. */
export async function unusedNow(target: TmuxTarget, paneId: string): Promise<string | null> {
  const seen = await look(target, paneId);
  return seen !== null && isUnused(seen) ? unusedCondition(seen.view) : null;
}

async function look(target: TmuxTarget, paneId: string): Promise<PristineEvidence | null> {
  const view = await lookAtPlaceholder(target, paneId);
  return view.ok ? { view: view.value, process: processOf(view.value), now: Date.now() / 1000 } : null;
}

function processOf({ panePid, tty }: PlaceholderView): PaneProcess {
  const view = procView();
  const shell = view.read(panePid);
  const children = view.children(panePid);
  return {
    executable: typeof shell?.exe === 'string' ? posix.basename(shell.exe) : null,
    children: children.length,
    jobs: children.filter((child) => view.read(child)?.pgrp !== shell?.pgrp).length,
    readAt: readTime(tty),
  };
}

function readTime(tty: string): number | null {
  try {
    return Math.floor(statSync(tty).atimeMs / 1000);
  } catch {
    return null;
  }
}
