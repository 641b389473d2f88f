/**
 * One look with everything in it: the server's snapshot, the programs of its panes, and the scrollback and details that are kept.
 */
import type { Result } from '../model/failure.js';
import type { Look } from '../model/lineage.js';
import type { Pane, Program } from '../model/manifest.js';
import type { Context } from '../model/ports.js';
import type { LivePane, Snapshot } from '../model/snapshot.js';
import { identifyPrograms } from '../programs/identify.js';
import { procView } from '../programs/process-view.js';
import type { TmuxTarget } from '../tmux/exec.js';
import { observe } from '../tmux/observe.js';
import type { ContentsCache } from './capture.js';
import type { DetailsCache } from './details-cache.js';

/** Returns all panes of a snapshot, each once. */
export const livePanes = (snapshot: Snapshot): LivePane[] => snapshot.windows.flatMap((window) => window.panes);

/** Returns a complete snapshot; looks a second time when the first fell into a change. */
export async function observeTwice(target: TmuxTarget): Promise<Result<Snapshot>> {
  const first = await observe(target);
  return first.ok || first.error.reason !== 'snapshot-incomplete' ? first : observe(target);
}

/** Returns the look to be judged: the snapshot's saved half, with programs, contents and details. */
export function completeLook(
  context: Context,
  snapshot: Snapshot,
  contents: ContentsCache,
  details: DetailsCache,
): Look {
  const programs = identifyPrograms(
    livePanes(snapshot).map((pane) => ({ paneId: pane.id, pid: pane.pid })),
    procView(),
    context.home,
  );
  const { server, sessions, lastSession, takenAt } = snapshot;
  const windows = snapshot.windows.map((window) => ({
    ...window,
    panes: window.panes.map((pane) => savedPane(pane, programs.get(pane.id) ?? null, contents)),
  }));
  return details.apply({ server, sessions, windows, buffers: [], lastSession, takenAt, bootId: context.bootId });
}

function savedPane(pane: LivePane, program: Program | null, contents: ContentsCache): Pane {
  const { pid, tty, alternateOn, contentsKey, ...saved } = pane;
  return { ...saved, program, contents: contents.contentsOf(pane.id) };
}
