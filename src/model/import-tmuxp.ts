/**
 * Workspaces of tmuxp, read from YAML or JSON already. Sessions, windows, panes, layouts and directories come over; its shell commands
 * are only looked at for a program that can be offered, and nothing that it would type or run beside them is kept.
 */
import { usableLayout } from './import-layout.js';
import {
  indexOf,
  knownNames,
  nameProblem,
  type Imported,
  type ImportedPane,
  type ImportedSession,
  type ImportedWindow,
  type ImportProblem,
} from './import.js';
import { namedLayout } from './named-layout.js';

/** Where something stands in a document. */
export type YamlPath = readonly (string | number)[];

/** One document of a file. */
export interface YamlDocument {
  readonly data: unknown;
  /** Returns the line of what stands there, or of what holds it. */
  readonly lineOf: (path: YamlPath) => number;
}

/** Which of them it changes, and into what, differs by version (session.c, session_check_name); tmuxp itself refuses the first two. */
const CHANGED_BY_TMUX = /[.:\\]|\$[A-Za-z_{]/;

interface Reading {
  readonly lineOf: YamlDocument['lineOf'];
  readonly home: string;
  readonly report: (path: YamlPath, message: string) => void;
}

/** Returns what the documents say; `home` stands for a leading `~`, and is where a session without a directory begins. */
export function parseTmuxp(documents: readonly YamlDocument[], home: string): Imported {
  const problems: ImportProblem[] = [];
  const known = knownNames();
  const sessions = documents.flatMap(({ data, lineOf }): ImportedSession[] => {
    const report = (path: YamlPath, message: string): void => {
      problems.push({ line: lineOf(path), message });
    };
    if (!isMapping(data)) {
      report([], 'it is no workspace of tmuxp');
      return [];
    }
    const name = wordOf(data['session_name']) ?? '';
    const wrong =
      nameProblem(name) ??
      (CHANGED_BY_TMUX.test(name)
        ? 'its session has a name that tmux would change (dot, colon, backslash or variable)'
        : known.note(name, lineOf(['session_name'])));
    if (wrong !== null) {
      report(['session_name'], wrong);
      return [];
    }
    const windows = windowsOf(data, { lineOf, home, report });
    if (windows.length === 0) report(['windows'], 'it has no windows');
    return windows.length === 0 ? [] : [{ line: lineOf(['session_name']), name: plain(name), windows }];
  });
  return { sessions, members: [], lastSession: null, problems };
}

function windowsOf(session: Mapping, reading: Reading): ImportedWindow[] {
  const list = Array.isArray(session['windows']) ? (session['windows'] as readonly unknown[]) : [];
  const folder = folderOf(session, reading.home, reading, []);
  const windows: ImportedWindow[] = [];
  for (const [at, window] of list.entries()) {
    const path = ['windows', at];
    if (!isMapping(window)) {
      reading.report(path, 'it is no window');
      continue;
    }
    const free = Math.max(-1, ...windows.map(({ index }) => index)) + 1;
    const wanted = window['window_index'] === undefined ? free : indexOf(wordOf(window['window_index']) ?? '');
    const isTaken = windows.some(({ index }) => index === wanted);
    if (wanted === null || isTaken) reading.report([...path, 'window_index'], 'its window can not have this index');
    windows.push(windowOf(window, wanted === null || isTaken ? free : wanted, { ...reading, folder, path }));
  }
  const focused = windows.findIndex(({ active }) => active);
  return windows.map((window, at) => ({ ...window, active: at === Math.max(focused, 0) }));
}

function windowOf(
  window: Mapping,
  index: number,
  reading: Reading & { readonly folder: string; readonly path: YamlPath },
): ImportedWindow {
  const { path } = reading;
  const name = wordOf(window['window_name']) ?? '';
  const folder = folderOf(window, reading.folder, reading, path);
  const list = Array.isArray(window['panes']) ? (window['panes'] as readonly unknown[]) : [];
  const panes = (list.length === 0 ? [null] : list).map((pane, at) =>
    paneOf(pane, at, { ...reading, folder, path: [...path, 'panes', at] }),
  );
  const focused = panes.findIndex(({ active }) => active);
  const layout = wordOf(window['layout']) ?? 'tiled';
  const usable = usableLayout(namedLayout(layout, panes.length) ?? layout, panes.length);
  if (usable === null && layout !== 'tiled')
    reading.report([...path, 'layout'], 'its layout is none of its panes; they come back tiled');
  const options = isMapping(window['options']) ? window['options'] : {};
  return {
    index,
    name: plain(name),
    automaticRename: name === '' || isTrue(options['automatic-rename']),
    layout: usable,
    zoomed: false,
    active: isTrue(window['focus']),
    last: false,
    panes: panes.map((pane, at) => ({ ...pane, active: at === Math.max(focused, 0) })),
  };
}

function paneOf(
  pane: unknown,
  index: number,
  reading: Reading & { readonly folder: string; readonly path: YamlPath },
): ImportedPane {
  const own = isMapping(pane) ? pane : {};
  const [first = '', ...others] = commandsOf(isMapping(pane) && !('cmd' in pane) ? pane['shell_command'] : pane);
  const [, folder = null] = CHANGE_FOLDER.exec(first) ?? [];
  const commands = folder === null ? [first, ...others] : others;
  return {
    line: reading.lineOf(reading.path),
    index,
    title: '',
    currentPath: folderOf({ start_directory: folder ?? own['start_directory'] }, reading.folder, reading, reading.path),
    active: isTrue(own['focus']),
    currentCommand: '',
    // Of several nothing tells which one went on.
    commandLine: commands.length === 1 ? (commands[0] ?? '') : '',
    textName: null,
  };
}

/** What `tmuxp freeze` has for a directory; a path that a shell would read otherwise is left alone. */
const CHANGE_FOLDER = /^cd ([/~][^"'`$\\;&|<>(){}*?\n]*)$/;

/** Returns what a pane is told to run, command by command; `blank` and `pane` are tmuxp's words for nothing. */
function commandsOf(command: unknown): string[] {
  if (Array.isArray(command)) return command.flatMap(commandsOf);
  const line = ((isMapping(command) ? wordOf(command['cmd']) : wordOf(command)) ?? '').trim();
  return line === 'blank' || line === 'pane' || line === '' ? [] : [line];
}

function folderOf(own: Mapping, above: string, { report, home }: Reading, path: YamlPath): string {
  const wanted = wordOf(own['start_directory']);
  if (wanted === null || wanted === '') return above;
  const expanded = plain(wanted)
    .replace(/^~(?=\/|$)/, () => home)
    .replace(/^\$(?:HOME|\{HOME\})(?=\/|$)/, () => home);
  if (expanded.includes('\0')) {
    report([...path, 'start_directory'], 'its directory is no path');
    return above;
  }
  return joined(above, expanded);
}

/** Returns a path, seen from a folder, as tmux would tell it. */
function joined(folder: string, path: string): string {
  const parts = path.startsWith('/') ? [] : folder.split('/').filter((part) => part !== '');
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

/** tmux reads these texts as formats, in which a doubled sign stands for itself. */
const plain = (text: string): string => text.replaceAll('##', '#');

type Mapping = Readonly<Record<string, unknown>>;

const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const wordOf = (value: unknown): string | null =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : null;

const isTrue = (value: unknown): boolean => value === true || value === 'true' || value === 'on';
