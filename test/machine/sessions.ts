/**
 * tmux sessions of a user in a machine: makes odd ones, and brings what lives and what is saved into one shape
 * that can be compared. Ids and pids are left out of the shape, everything that a user would miss is in it.
 */
import assert from 'node:assert/strict';
import { layoutCells } from '../../src/model/layout.js';
import type { Manifest } from '../../src/model/manifest.js';
import { displayText } from '../../src/model/text.js';
import type { Machine, User } from './machine.js';
import { manifestOf } from './product.js';

/** A window as a user sees it. */
export interface WindowShape {
  readonly index: number;
  readonly name: string;
  readonly active: boolean;
  readonly layout: string;
  /** The directories of its panes, by pane index. */
  readonly directories: readonly string[];
}

/** Each session's windows by the session's name, both in order. */
export type Shape = Readonly<Record<string, readonly WindowShape[]>>;

/** Names that broke one program or another: a space, a character outside the basic plane, tmux's command separator. */
export const ODD_NAMES = ['a b', 'emoji 🙂', 'semi;colon'] as const;

/** Returns what a tmux command of the user prints; rejects when it fails. */
export function tmux(machine: Machine, user: User, ...args: string[]): Promise<string> {
  return machine.run(['tmux', '-u', '-N', ...args], { user });
}

/** Opens three oddly named sessions with named windows, splits and directories with spaces; returns their shape once the shells are there. */
export async function openSessions(machine: Machine, user: User): Promise<Shape> {
  const project = `${user.home}/my project`;
  const source = `${project}/src; $(id) #{pid}`;
  await machine.run(['mkdir', '-p', source], { user });
  const [spaced, emoji, semicolon] = ODD_NAMES;
  const open = (...args: string[]): Promise<string> => tmux(machine, user, ...args);
  await open('new-session', '-d', '-s', spaced, '-n', 'editor', '-x', '120', '-y', '40', '-c', project);
  await open('split-window', '-d', '-h', '-t', `=${spaced}:editor`, '-c', source.replaceAll('#', '##'));
  await open('split-window', '-d', '-v', '-l', '9', '-t', `=${spaced}:editor`, '-c', '/usr/share');
  await open('new-window', '-d', '-n', 'two words', '-t', `=${spaced}:7`, '-c', '/var');
  await open('new-session', '-d', '-s', emoji, '-n', 'журнал', '-c', user.home);
  await open('new-window', '-n', 'current', '-t', `=${emoji}:3`, '-c', project);
  await open('new-session', '-d', '-s', semicolon, '-c', '/tmp');
  await machine.waitFor('the shells of the panes', async () => {
    const shape = await shapeOfServer(machine, user);
    assert.deepEqual(
      shape[spaced]?.map(({ directories }) => directories),
      [[project, '/usr/share', source], ['/var']],
    );
    assert.deepEqual(
      shape[emoji]?.map(({ directories }) => directories),
      [[user.home], [project]],
    );
    assert.deepEqual(
      // Its window is named after what runs in it: the shell, once it is there.
      shape[semicolon]?.map(({ name, directories }) => [name, ...directories]),
      [['bash', '/tmp']],
    );
  });
  return shapeOfServer(machine, user);
}

/** Returns the shape of the user's live server; an empty one where it has no session, rejects where there is none. */
export async function shapeOfServer(machine: Machine, user: User): Promise<Shape> {
  // With no session there is no target, and `list-panes -a` fails.
  if ((await sessionNames(machine, user)).length === 0) return {};
  const fields = ['session_name', 'window_index', 'window_name', 'window_active', 'window_layout', 'pane_current_path'];
  const format = fields.map((field) => `#{${field}}`).join('|');
  const shape: Record<string, (WindowShape & { directories: string[] })[]> = {};
  for (const row of (await tmux(machine, user, 'list-panes', '-a', '-F', format)).split('\n')) {
    const [session = '', index = '', name = '', active = '', layout = '', directory = ''] = row.split('|');
    const windows = (shape[session] ??= []);
    let window = windows.find((candidate) => candidate.index === Number(index));
    if (window === undefined) {
      window = { index: Number(index), name, active: active === '1', layout: layoutCells(layout), directories: [] };
      windows.push(window);
    }
    window.directories.push(directory);
  }
  return shape;
}

/** Returns the shape of the sessions that a manifest holds as live. */
export function shapeOfManifest({ sessions, windows }: Manifest): Shape {
  const shapeOf = (session: Manifest['sessions'][number]): readonly WindowShape[] =>
    session.windows.map(({ index, windowId }) => {
      const window = windows.find(({ id }) => id === windowId);
      assert(window !== undefined);
      const panes = [...window.panes].sort((left, right) => left.index - right.index);
      return {
        index,
        name: displayText(window.name),
        active: session.activeWindow === windowId,
        layout: layoutCells(window.layout),
        directories: panes.map(({ currentPath }) => displayText(currentPath)),
      };
    });
  return Object.fromEntries(sessions.map((session) => [displayText(session.name), shapeOf(session)]));
}

/** Returns the shape of the user's server as soon as the manifest on disk has the same. */
export async function waitUntilSaved(machine: Machine, user: User): Promise<Shape> {
  return machine.waitFor('the manifest to hold what lives', async () => {
    const live = await shapeOfServer(machine, user);
    assert.deepEqual(shapeOfManifest(await manifestOf(machine, user)), live);
    return live;
  });
}

/** Returns as soon as the user's server has exactly this shape. */
export async function waitUntilBack(machine: Machine, user: User, shape: Shape): Promise<void> {
  const look = async (): Promise<void> => {
    assert.deepEqual(await shapeOfServer(machine, user), shape);
  };
  await machine.waitFor('the sessions to be back as they were', look, { deadlineMs: 20_000, everyMs: 10 });
}

/** Returns the names of the live sessions, in tmux's order; rejects where there is no server. */
export async function sessionNames(machine: Machine, user: User): Promise<readonly string[]> {
  const names = await tmux(machine, user, 'list-sessions', '-F', '#{session_name}');
  return names === '' ? [] : names.split('\n');
}

/** Returns the pid of the user's server, as the machine counts. */
export async function serverPid(machine: Machine, user: User): Promise<number> {
  return Number(await tmux(machine, user, 'display-message', '-p', '#{pid}'));
}

/** Returns the server's pid and each pane's, by pane id: what has to stay equal where nothing may be touched. */
export async function processesOf(machine: Machine, user: User): Promise<readonly string[]> {
  const panes = await tmux(
    machine,
    user,
    'list-panes',
    '-a',
    '-F',
    '#{pid} #{session_id} #{window_id} #{pane_id} #{pane_pid}',
  );
  return panes.split('\n');
}
