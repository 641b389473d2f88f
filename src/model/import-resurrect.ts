/**
 * A save file of tmux-resurrect: lines of panes, windows, grouped sessions and clients, with tabs between their fields. Three versions
 * of the format are told apart by the form of a line. What is said below of the files is what its scripts write (save.sh, v2 to v4).
 */
import { usableLayout } from './import-layout.js';
import {
  indexOf,
  linesOf,
  nameProblem,
  textOfField,
  type Imported,
  type ImportedMember,
  type ImportedPane,
  type ImportedSession,
  type ImportedWindow,
  type ImportProblem,
} from './import.js';

interface PaneLine {
  readonly session: string;
  readonly window: number;
  readonly windowName: string | null;
  readonly isActiveWindow: boolean;
  readonly flags: string;
  readonly pane: ImportedPane;
}

interface WindowLine {
  readonly line: number;
  readonly name: string | null;
  readonly isActive: boolean;
  readonly flags: string;
  readonly layout: string;
  readonly automaticRename: boolean;
}

/** A session or window that is being put together. */
interface Draft {
  readonly line: number;
  readonly windows: Map<number, PaneLine[]>;
}

/** Returns whether bytes look like such a file: a line of a pane or a window with its fields. */
export const isResurrect = (file: string): boolean => /^(?:pane(?:\t[^\t\n]*){9}|window(?:\t[^\t\n]*){5})/m.test(file);

/** Returns what such a file says; `file` is its bytes in latin1, `home` what a leading `~` stands for. */
export function parseResurrect(file: string, home: string): Imported {
  const problems: ImportProblem[] = [];
  const drafts = new Map<string, Draft>();
  const windowLines = new Map<string, WindowLine>();
  const groups: { readonly line: number; readonly fields: readonly string[] }[] = [];
  const clients: string[] = [];
  for (const { number: line, text } of linesOf(file)) {
    const fields = text.split('\t');
    const [kind = ''] = fields;
    const message = ((): string | null => {
      switch (kind) {
        case 'pane':
          return takePane(fields, line, home, drafts);
        case 'window':
          return takeWindow(fields, line, windowLines);
        case 'grouped_session':
          groups.push({ line, fields });
          return null;
        case 'state':
          clients.push(fields[1] ?? '');
          return null;
        default:
          return 'it is no line of tmux-resurrect';
      }
    })();
    if (message !== null) problems.push({ line, message });
  }
  for (const [key, { line }] of windowLines) {
    const [session = '', window = ''] = key.split('\t');
    if (drafts.get(session)?.windows.has(Number(window)) !== true)
      problems.push({ line, message: 'no pane of its window is there' });
  }
  const sessions = [...drafts].map(([name, draft]): ImportedSession => ({
    line: draft.line,
    name: textOfField(name),
    windows: [...draft.windows]
      .sort(([left], [right]) => left - right)
      .map(([index, panes]) => windowOf(index, panes, windowLines.get(`${name}\t${String(index)}`), problems)),
  }));
  const members = membersOf(groups, drafts, problems);
  const last = clients.at(-1);
  return {
    sessions,
    members,
    lastSession: last !== undefined && drafts.has(last) ? textOfField(last) : null,
    problems: problems.sort((left, right) => (left.line ?? 0) - (right.line ?? 0)),
  };
}

const BAD_PANE = 'its pane has not the fields of one';

/** Takes note of a pane; returns what is wrong with its line, or null. */
function takePane(fields: readonly string[], line: number, home: string, drafts: Map<string, Draft>): string | null {
  const [, session = '', window, ...rest] = fields;
  const index = indexOf(window);
  const wrong = nameProblem(session);
  if (wrong !== null) return wrong;
  if (index === null) return BAD_PANE;
  const [first = ''] = rest;
  const isOld = first.startsWith(':');
  const [isActive = '', flags = '', pane, ...more] = isOld ? rest.slice(1) : rest;
  // An empty title is no field at all: what writes the file reads it by words first.
  const hasTitle = !isOld && !isFlag(more[1]);
  const [directory = '', active, command = '', ...full] = hasTitle ? more.slice(1) : more;
  const paneIndex = indexOf(pane);
  const path = directoryOf(directory.slice(1), home);
  if (paneIndex === null || !isFlag(isActive) || !isFlag(active) || !flags.startsWith(':')) return BAD_PANE;
  if (!directory.startsWith(':') || full.length === 0) return BAD_PANE;
  if (path === null) return 'the directory of its pane is no absolute path';
  const draft = drafts.get(session) ?? { line, windows: new Map<number, PaneLine[]>() };
  const panes = draft.windows.get(index) ?? [];
  if (panes.some((other) => other.pane.index === paneIndex)) return 'its pane is there already';
  drafts.set(session, draft);
  draft.windows.set(index, panes);
  const commandLine = full[0]?.startsWith(':') === true ? textOfField(full.join('\t').slice(1)) : '';
  panes.push({
    session,
    window: index,
    windowName: isOld ? first.slice(1) : null,
    isActiveWindow: isActive === '1',
    flags,
    pane: {
      line,
      index: paneIndex,
      title: textOfField(hasTitle ? (more[0] ?? '') : ''),
      currentPath: path === '' ? '' : textOfField(path),
      active: active === '1',
      currentCommand: textOfField(command),
      commandLine: typeof commandLine === 'string' ? commandLine : '',
      textName: `${session}:${String(index)}.${String(paneIndex)}`,
    },
  });
  return null;
}

const isFlag = (field: string | undefined): boolean => field === '0' || field === '1';

/** Blanks are escaped in the file; a dead pane has no directory. */
function directoryOf(field: string, home: string): string | null {
  const path = field.replaceAll('\\ ', ' ').replace(/^~(?=\/|$)/, () => latin1(home));
  return path === '' || (path.startsWith('/') && !path.includes('\0')) ? path : null;
}

const latin1 = (text: string): string =>
  Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join('');

/** Takes note of a window; returns what is wrong with its line, or null. */
function takeWindow(fields: readonly string[], line: number, known: Map<string, WindowLine>): string | null {
  const [, session = '', window, ...rest] = fields;
  const index = indexOf(window);
  const isNamed = rest[0]?.startsWith(':') === true;
  const [isActive = '', flags = '', layout, automatic] = isNamed ? rest.slice(1) : rest;
  if (index === null || !isFlag(isActive) || !flags.startsWith(':') || layout === undefined)
    return 'its window has not the fields of one';
  const key = `${session}\t${String(index)}`;
  if (known.has(key)) return 'its window is there already';
  known.set(key, {
    line,
    name: isNamed ? (rest[0] ?? '').slice(1) : null,
    isActive: isActive === '1',
    flags,
    layout,
    // `:` is for an option that was not set, which tmux has on.
    automaticRename: automatic === 'on' || automatic === ':',
  });
  return null;
}

function windowOf(
  index: number,
  panes: readonly PaneLine[],
  own: WindowLine | undefined,
  problems: ImportProblem[],
): ImportedWindow {
  const [first] = panes;
  const layout = own === undefined ? null : usableLayout(own.layout, panes.length);
  if (own !== undefined && layout === null && panes.length > 1)
    problems.push({ line: own.line, message: 'its layout is none of its panes; they come back tiled' });
  const flags = own?.flags ?? first?.flags ?? '';
  const name = own?.name ?? first?.windowName ?? null;
  return {
    index,
    name: textOfField(name ?? ''),
    automaticRename: name === null || (own?.automaticRename ?? false),
    layout,
    zoomed: flags.includes('Z') && panes.length > 1,
    active: own?.isActive ?? first?.isActiveWindow ?? false,
    last: flags.includes('-'),
    panes: panes.map(({ pane }) => pane).sort((left, right) => left.index - right.index),
  };
}

function membersOf(
  groups: readonly { readonly line: number; readonly fields: readonly string[] }[],
  drafts: ReadonlyMap<string, Draft>,
  problems: ImportProblem[],
): ImportedMember[] {
  const names = new Set(drafts.keys());
  return groups.flatMap(({ line, fields }) => {
    const [, name = '', of = '', last = '', active = ''] = fields;
    const wrong =
      nameProblem(name) ??
      (names.has(name)
        ? 'its session is there already'
        : drafts.has(of)
          ? null
          : 'the session that it shows is not there');
    if (wrong !== null) {
      problems.push({ line, message: wrong });
      return [];
    }
    names.add(name);
    return [
      {
        line,
        name: textOfField(name),
        of: textOfField(of),
        active: indexOf(active.slice(1)),
        last: indexOf(last.slice(1)),
      },
    ];
  });
}
