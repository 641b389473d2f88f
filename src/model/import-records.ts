/**
 * What a file said, as records of a manifest. Ids are made up: they mean something within one import only.
 */
import type { Imported, ImportedMember, ImportedPane, ImportedSession, ImportedWindow } from './import.js';
import type { Pane, Program, Session, Window } from './manifest.js';
import { sameText, type Text } from './text.js';

/** A session that could be imported, with its windows. */
export interface ImportedEntry {
  readonly line: number;
  readonly session: Session;
  readonly windows: readonly Window[];
  /** What the saved text of its panes is called, by their ids. */
  readonly textNames: ReadonlyMap<string, string>;
  /** The lines of its panes, by their ids. */
  readonly lines: ReadonlyMap<string, number>;
}

/** What records need beside the file. */
export interface RecordContext {
  /** The time of the import. */
  readonly at: string;
  /** Returns the program that can come back in a pane, or null. */
  readonly programOf: (pane: ImportedPane) => Program | null;
  /** Returns a title without what may be a secret. */
  readonly titleOf: (pane: ImportedPane) => Text;
}

/** tmux's own size of a window that nobody sees (default-size). */
const SIZE = { width: 80, height: 24 };

/** Returns the sessions of a file as records, in its order. */
export function recordsOf(imported: Imported, context: RecordContext): ImportedEntry[] {
  let windows = 0;
  let panes = 0;
  const entries = imported.sessions.map((session, at): ImportedEntry => {
    const textNames = new Map<string, string>();
    const lines = new Map<string, number>();
    const made = session.windows.map((window) =>
      windowRecord(window, `@${String(windows++)}`, (pane) => {
        const id = `%${String(panes++)}`;
        lines.set(id, pane.line);
        if (pane.textName !== null) textNames.set(id, pane.textName);
        return { id, program: context.programOf(pane), title: context.titleOf(pane) };
      }),
    );
    return {
      line: session.line,
      session: sessionRecord(session, `$${String(at)}`, made, context.at),
      windows: made,
      textNames,
      lines,
    };
  });
  const members = imported.members.flatMap((member, at) => {
    const leader = entries.find(({ session }) => sameText(session.name, member.of));
    return leader === undefined ? [] : memberRecord(member, leader, `$${String(entries.length + at)}`);
  });
  const leads = (session: Session): boolean => imported.members.some(({ of }) => sameText(of, session.name));
  return [
    ...entries.map((entry) =>
      leads(entry.session) ? { ...entry, session: { ...entry.session, group: entry.session.name } } : entry,
    ),
    ...members,
  ];
}

function sessionRecord(session: ImportedSession, id: string, windows: readonly Window[], at: string): Session {
  const idAt = (index: number): string => windows[index]?.id ?? '@0';
  const active = session.windows.findIndex((window) => window.active);
  return {
    id,
    name: session.name,
    group: null,
    path: windows[0]?.panes[0]?.currentPath ?? '/',
    createdAt: at,
    activityAt: at,
    lastAttachedAt: null,
    activeWindow: idAt(Math.max(active, 0)),
    lastWindows: session.windows.flatMap((window, index) => (window.last && index !== active ? [idAt(index)] : [])),
    windows: session.windows.map(({ index }, position) => ({ index, windowId: idAt(position) })),
    options: {},
    environment: {},
  };
}

/** A member of a group shows the windows of its leader, one of them its own choice. */
function memberRecord(member: ImportedMember, leader: ImportedEntry, id: string): ImportedEntry {
  const { session } = leader;
  const windowAt = (index: number | null) => session.windows.find((link) => link.index === index)?.windowId;
  const last = windowAt(member.last);
  return {
    ...leader,
    line: member.line,
    session: {
      ...session,
      id,
      name: member.name,
      group: session.name,
      activeWindow: windowAt(member.active) ?? session.activeWindow,
      lastWindows: last === undefined ? [] : [last],
    },
  };
}

function windowRecord(
  window: ImportedWindow,
  id: string,
  identify: (pane: ImportedPane) => Pick<Pane, 'id' | 'program' | 'title'>,
): Window {
  const { layout } = window;
  const panes = window.panes.map((pane, at): Pane => ({
    ...identify(pane),
    index: pane.index,
    currentPath: pane.currentPath,
    ...(layout?.panes[at] ?? SIZE),
    active: pane.active,
    startCommand: [],
    currentCommand: pane.currentCommand,
    dead: false,
    deadStatus: null,
    marked: false,
    options: {},
    contents: null,
  }));
  const active = panes.find((pane) => pane.active) ?? panes[0];
  return {
    id,
    name: window.name,
    automaticRename: window.automaticRename,
    layout: layout?.layout ?? '',
    width: layout?.width ?? SIZE.width,
    height: layout?.height ?? SIZE.height,
    zoomed: window.zoomed,
    activePane: active?.id ?? '%0',
    lastPane: null,
    options: {},
    panes: panes.map((pane) => ({ ...pane, active: pane === active })),
  };
}
