/**
 * One look with everything in it: the server's snapshot, the programs of its panes, and the scrollback and details that are kept.
 */
import { setImmediate } from 'node:timers/promises';
import type { Result } from '../model/failure.js';
import type { Look } from '../model/lineage.js';
import type { Pane, Program } from '../model/manifest.js';
import type { Context } from '../model/ports.js';
import type { LivePane, Snapshot } from '../model/snapshot.js';
import { familiesFor } from '../programs/families.js';
import { findProgram } from '../programs/find-program.js';
import { identifyPrograms, type Knowledge } from '../programs/identify.js';
import { procView, type ProcessView } from '../programs/process-view.js';
import { redactedLine, redactedWords } from '../programs/secrets.js';
import type { TmuxTarget } from '../tmux/exec.js';
import { observe } from '../tmux/observe.js';
import type { ContentsCache } from './capture.js';
import type { DetailsCache } from './details-cache.js';

/** Returns all panes of a snapshot, each once. */
export const livePanes = (snapshot: Snapshot): LivePane[] => snapshot.windows.flatMap((window) => window.panes);

/** Returns a complete snapshot; looks a second time when the first fell into a change. `meanwhile` runs while the server answers. */
export async function observeTwice(target: TmuxTarget, meanwhile?: () => void): Promise<Result<Snapshot>> {
  const answer = observe(target);
  if (meanwhile !== undefined) {
    // Not before the client has got its questions.
    await setImmediate();
    meanwhile();
  }
  const first = await answer;
  return first.ok || first.error.reason !== 'snapshot-incomplete' ? first : observe(target);
}

/** Reads ahead, into `view`, what the programs of these panes are told by: of most panes the first process is that of the last look. */
export function readAhead(view: ProcessView, panePids: readonly number[]): void {
  const families = familiesFor([]);
  for (const pid of panePids) findProgram('', pid, view, families);
}

/** Returns the look to be judged: the snapshot's saved half, with programs, contents and details. */
export function completeLook(
  context: Context,
  snapshot: Snapshot,
  contents: ContentsCache,
  details: DetailsCache,
  view = procView(),
  knowledge: Knowledge = {},
): Look {
  const programs = identifyPrograms(
    livePanes(snapshot).map((pane) => ({ paneId: pane.id, pid: pane.pid })),
    view,
    context.home,
    knowledge,
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
  // Shells put the command that runs into the title.
  const [startCommand, title] = [redactedWords(saved.startCommand), redactedLine(saved.title)];
  return { ...saved, startCommand, title, program, contents: contents.contentsOf(pane.id) };
}
