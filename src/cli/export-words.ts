/** What a saved session is called in the words of others, the same for every format. */
import { windowsOf } from '../model/holds.js';
import type { Candidate } from '../model/candidates.js';
import { layoutFor } from '../model/layout.js';
import type { Pane, Window } from '../model/manifest.js';
import { displayCommand } from '../programs/display-command.js';
import { shown } from './tree.js';

/** A link of a session and the window that it shows. */
export interface ExportedWindow {
  readonly index: number;
  readonly window: Window;
}

/** Returns the windows of a session by their indexes. */
export function exportedWindows({ session, windows }: Candidate): ExportedWindow[] {
  const own = windowsOf(session, windows);
  return session.windows.flatMap(({ index, windowId }) => {
    const window = own.find(({ id }) => id === windowId);
    return window === undefined ? [] : [{ index, window }];
  });
}

/** Returns a layout that every tmux reads; `tiled` where there is none. */
export const portableLayout = ({ layout }: Window): string => layoutFor(layout, '3.2');

/** Returns what ran in a pane, on one line, or null for a shell. */
export function ranThere({ program }: Pane): string | null {
  if (program === null) return null;
  const { kind, argv, conversation } = program;
  return conversation === null
    ? `it ran ${displayCommand(argv, {})}`
    : `it ran ${shown(kind)}, conversation ${shown(conversation.id)} (${conversation.confidence})`;
}
