/**
 * One complete look at a server: tmux → Snapshot. It is complete or it is a failure (R2); it decides nothing.
 */
import { existsSync } from 'node:fs';
import { fail, ok, type Result } from '../model/failure.js';
import { NO_USER_OPTIONS, type Session } from '../model/manifest.js';
import { originalCommand } from '../model/rerun.js';
import type { LivePane, LiveWindow, Snapshot } from '../model/snapshot.js';
import { bytesFromText, displayText, textFromBytes, type Text } from '../model/text.js';
import { decodeField } from './codec.js';
import { sourceLines, type TmuxTarget } from './exec.js';
import { LOOK_COMMANDS, parseRows, type Rows } from './formats.js';
import { splitQuoted } from './start-command.js';

/** What tmux may say on stderr in a look that is complete: an empty server has no target, and PATH may be unset. */
const HARMLESS =
  /^(-:\d+: |<stdin>:\d+: )?(no current target|can't find (pane|window|session)|unknown variable: PATH)$/;

/** Returns one complete snapshot; fails with `snapshot-incomplete`, `no-server` or `server-hung`. */
export async function observe(target: TmuxTarget): Promise<Result<Snapshot>> {
  const output = await sourceLines(target, LOOK_COMMANDS);
  if (!output.ok) return output;
  const { stdout, stderr } = output.value;
  const rows = parseRows(stdout);
  if (typeof rows === 'string') return incomplete(stderr === '' ? rows : `${rows} (${stderr})`);
  const complaint = stderr.split('\n').find((line) => line !== '' && !HARMLESS.test(line));
  if (complaint !== undefined) return incomplete(complaint);
  return assemble(rows);
}

const incomplete = (detail: string): Result<never> => fail({ reason: 'snapshot-incomplete', detail });

function assemble(rows: Rows): Result<Snapshot> {
  const windows = new Map<string, LiveWindow>();
  const panes = assemblePanes(rows);
  for (const row of rows.windows) {
    const id = row.id;
    if (windows.has(id)) continue;
    const inWindow = panes.get(id) ?? [];
    if (inWindow.length !== number(row.panes))
      return incomplete(`window ${id} has ${row.panes} panes and lists ${String(inWindow.length)}`);
    const active = inWindow.find((pane) => pane.active);
    if (active === undefined) return incomplete(`window ${id} has no active pane`);
    windows.set(id, {
      id,
      name: decodeField(row.name),
      automaticRename: flag(row.automaticRename),
      layout: row.layout,
      width: number(row.width),
      height: number(row.height),
      zoomed: flag(row.zoomed),
      activePane: active.id,
      lastPane: inWindow.find((pane) => pane.last)?.id ?? null,
      options: {},
      panes: inWindow.map(({ last, ...pane }) => pane),
    });
  }
  const orphan = [...panes.keys()].find((id) => !windows.has(id));
  if (orphan !== undefined) return incomplete(`window ${orphan} has panes and is not listed`);
  const sessions: Session[] = [];
  for (const row of rows.sessions) {
    const session = assembleSession(
      row,
      rows.windows.filter((link) => link.sessionId === row.id),
    );
    if (session === null) return incomplete(`session ${displayText(decodeField(row.name))} has no active window`);
    sessions.push(session);
  }
  sessions.sort((left, right) => Number(left.id.slice(1)) - Number(right.id.slice(1)));
  const attached = sessions.filter((session) => session.lastAttachedAt !== null);
  attached.sort((left, right) => ((left.lastAttachedAt ?? '') < (right.lastAttachedAt ?? '') ? 1 : -1));
  return ok({
    takenAt: new Date().toISOString(),
    server: {
      pid: number(rows.server.pid),
      startTime: number(rows.server.startTime),
      version: rows.server.version,
      socketPath: decodeField(rows.server.socketPath),
      environment: rows.path === null ? {} : { PATH: rows.path },
      options: NO_USER_OPTIONS,
      configured: null,
    },
    sessions,
    windows: [...windows.values()],
    lastSession: attached[0]?.name ?? null,
    changes: number(rows.server.changes),
  });
}

/** Returns the panes of each window, once each however many sessions link the window, in the order of their indexes. */
function assemblePanes(rows: Rows): Map<string, (LivePane & { last: boolean })[]> {
  const byWindow = new Map<string, (LivePane & { last: boolean })[]>();
  const seen = new Set<string>();
  for (const row of rows.panes) {
    const id = row.id;
    if (seen.has(id)) continue;
    seen.add(id);
    const windowId = row.windowId;
    const pane = {
      id,
      index: number(row.index),
      title: decodeField(row.title),
      currentPath: withoutDeletedMark(decodeField(row.currentPath)),
      width: number(row.width),
      height: number(row.height),
      active: flag(row.active),
      startCommand: [...originalCommand(splitQuoted(decodeField(row.startCommand)))],
      currentCommand: decodeField(row.currentCommand),
      dead: flag(row.dead),
      deadStatus: row.deadStatus.length === 0 ? null : number(row.deadStatus),
      marked: flag(row.marked),
      options: {},
      program: null,
      contents: null,
      pid: number(row.pid),
      tty: row.tty,
      alternateOn: flag(row.alternateOn),
      contentsKey: row.contentsKey,
      last: flag(row.last),
    };
    byWindow.set(windowId, [...(byWindow.get(windowId) ?? []), pane]);
  }
  return byWindow;
}

function assembleSession(row: Rows['sessions'][number], links: Rows['windows']): Session | null {
  const active = links.find((link) => flag(link.active));
  if (active === undefined) return null;
  const byIndex = new Map(links.map((link) => [link.index, link.id]));
  const [, ...last] = row.stack.split(',');
  const group = decodeField(row.group);
  return {
    id: row.id,
    name: decodeField(row.name),
    group: group === '' ? null : group,
    path: decodeField(row.path),
    createdAt: time(row.created) ?? new Date(0).toISOString(),
    activityAt: time(row.activity) ?? new Date(0).toISOString(),
    lastAttachedAt: time(row.lastAttached),
    activeWindow: active.id,
    lastWindows: last.flatMap((index) => byIndex.get(index) ?? []),
    windows: links.map((link) => ({ index: number(link.index), windowId: link.id })),
    options: {},
    environment: {},
  };
}

const DELETED_MARK = ' (deleted)';

/** /proc marks the link of a removed directory so (proc(5)); what was there before is what the user knows. */
function withoutDeletedMark(path: Text): Text {
  if (typeof path === 'string' && !path.endsWith(DELETED_MARK)) return path;
  const bytes = Buffer.from(bytesFromText(path));
  const cut = bytes.length - DELETED_MARK.length;
  // A directory may really be called so.
  if (cut < 0 || bytes.toString('latin1', cut) !== DELETED_MARK || existsSync(bytes)) return path;
  return textFromBytes(bytes.subarray(0, cut));
}

const number = (field: string): number => Number.parseInt(field, 10) || 0;
const flag = (field: string): boolean => field === '1' || field === 'on';

function time(field: string): string | null {
  const seconds = number(field);
  return seconds === 0 ? null : new Date(seconds * 1000).toISOString();
}
