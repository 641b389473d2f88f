/**
 * Decides what of an import is added to the saved state. Nothing that is there is changed: a name that lives or is saved keeps what it
 * has, and a conversation that is saved already stays in its pane alone.
 */
import { windowsOf } from './holds.js';
import type { ImportProblem } from './import.js';
import type { ImportedEntry } from './import-records.js';
import type { State } from './lineage.js';
import type { Manifest, Pane, Pending, Window } from './manifest.js';
import type { ImportedSessionReport } from './report.js';
import { displayText, sameText, type Text } from './text.js';

/** What is to be added to the saved state. */
export interface ImportOrder {
  readonly entries: readonly ImportedEntry[];
  /** The text of panes as latin1, by the name that it has in the file. */
  readonly texts: ReadonlyMap<string, string>;
  readonly lastSession: Text | null;
  /** The time of the import. */
  readonly at: string;
  readonly dryRun: boolean;
  /** Whether what an earlier import added is left out, whatever became of it since. */
  readonly once: boolean;
}

/** What was added, and the id of the state that has it; null where nothing was written. */
export interface ImportDone extends MergedImport {
  readonly manifestId: string | null;
}

/** What an import comes to. */
export interface MergedImport {
  readonly added: readonly ImportedEntry[];
  readonly sessions: readonly ImportedSessionReport[];
  readonly problems: readonly ImportProblem[];
}

/** Returns which entries are added; `live` are the names on the server, `before` those that are not to be added a second time. */
export function mergeImport(
  previous: Manifest | null,
  entries: readonly ImportedEntry[],
  live: readonly Text[],
  before: readonly Text[] = [],
): MergedImport {
  const problems: ImportProblem[] = [];
  const held = new Set(previous === null ? [] : allPanes(previous).flatMap((pane) => keyOf(pane) ?? []));
  const windows = new Map<string, Window>();
  const sessions: ImportedSessionReport[] = [];
  const added = entries.flatMap((entry): ImportedEntry[] => {
    const { name } = entry.session;
    const wasAdded = before.some((other) => sameText(other, name)) ? 'it was imported before' : null;
    const reason = whySkipped(previous, name, live) ?? wasAdded;
    const own = windowsOf(entry.session, entry.windows);
    sessions.push({
      session: displayText(entry.session.name),
      result: reason === null ? 'imported' : 'skipped',
      reason,
      windows: own.length,
      panes: own.reduce((sum, { panes }) => sum + panes.length, 0),
    });
    if (reason !== null) return [];
    // Members of a group share their windows: each is judged once.
    const judged = entry.windows.map((window) => {
      const known = windows.get(window.id) ?? {
        ...window,
        panes: window.panes.map((pane) => withoutHeld(pane, held, entry.lines.get(pane.id) ?? null, problems)),
      };
      windows.set(window.id, known);
      return known;
    });
    return [{ ...entry, windows: judged }];
  });
  return { added, sessions, problems };
}

/** Returns the saved state with these sessions: where nothing was saved they are the state, else they wait beside it. */
export function withImported(
  previous: Manifest | null,
  added: readonly ImportedEntry[],
  at: string,
  lastSession: Text | null,
): State {
  if (previous === null) {
    const windows = [...new Map(added.flatMap((entry) => entry.windows).map((window) => [window.id, window])).values()];
    const isLast = added.some(({ session }) => lastSession !== null && sameText(session.name, lastSession));
    return {
      server: null,
      sessions: added.map(({ session }) => session),
      windows,
      pending: [],
      closed: [],
      buffers: [],
      lastSession: isLast ? lastSession : null,
    };
  }
  const entries = added.map(({ session, windows }): Pending => ({
    since: at,
    how: 'imported',
    part: false,
    session,
    windows: [...windows],
  }));
  return { ...previous, pending: [...previous.pending, ...entries] };
}

function whySkipped(previous: Manifest | null, name: Text, live: readonly Text[]): string | null {
  const isIt = (other: Text): boolean => sameText(other, name);
  if (live.some(isIt)) return 'a session of this name lives';
  if (previous === null) return null;
  if (previous.sessions.some((session) => isIt(session.name))) return 'a session of this name is saved';
  // Parts are only some windows, but they are of a session that is known.
  if (previous.pending.some(({ session }) => isIt(session.name))) return 'a session of this name waits to be restored';
  return previous.closed.some(({ session }) => isIt(session.name))
    ? 'a session of this name was closed, and is kept'
    : null;
}

const keyOf = ({ program }: Pane): string | null =>
  program?.conversation == null ? null : `${program.kind} ${program.conversation.id}`;

const allPanes = (manifest: Manifest): Pane[] =>
  [manifest, ...manifest.pending, ...manifest.closed].flatMap(({ windows }) => windows.flatMap(({ panes }) => panes));

/** One conversation belongs to one pane: the first that names it. */
function withoutHeld(pane: Pane, held: Set<string>, line: number | null, problems: ImportProblem[]): Pane {
  const key = keyOf(pane);
  if (key === null || pane.program === null) return pane;
  if (!held.has(key)) {
    held.add(key);
    return pane;
  }
  problems.push({ line, message: 'its conversation is saved in another pane already; this one comes without it' });
  return { ...pane, program: { ...pane.program, conversation: null } };
}
