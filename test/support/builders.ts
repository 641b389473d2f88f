/**
 * Builders of saved and live state: the least that is valid, with what a test is about laid over it. Numbers make ids:
 * session 1 is `$1`, and shows window `@1` with pane `%1` unless it says otherwise.
 */
import type { Candidate } from '../../src/model/candidates.js';
import type { LossEntry, RestoreEntry } from '../../src/model/journal.js';
import type { Circumstances, Look } from '../../src/model/lineage.js';
import { NO_USER_OPTIONS } from '../../src/model/manifest.js';
import type {
  Closed,
  Contents,
  Conversation,
  Manifest,
  Pane,
  Pending,
  Program,
  Server,
  Session,
  Window,
} from '../../src/model/manifest.js';
import type { PlanContext } from '../../src/model/plan-window.js';
import type { LivePane, ServerSettings, Snapshot } from '../../src/model/snapshot.js';

const START_MS = Date.parse('2026-06-15T12:00:00.000Z');

/** Returns the time so many seconds after noon of the day on which all of this happens. */
export const at = (seconds: number): string => new Date(START_MS + seconds * 1000).toISOString();

/** Returns the same time as tmux tells it, in seconds since the epoch. */
export const epoch = (seconds: number): number => START_MS / 1000 + seconds;

/** Returns a conversation with Claude. */
export const aConversation = (changes: Partial<Conversation> = {}): Conversation => ({
  id: '6f1a2b3c-0000-4000-8000-000000000001',
  source: 'argv',
  confidence: 'exact',
  candidates: [],
  ...changes,
});

/** Returns a program that can come back. */
export const aProgram = (changes: Partial<Program> = {}): Program => ({
  kind: 'vim',
  exe: '/usr/bin/vim',
  argv: ['vim', 'notes'],
  cwd: '/home/user',
  env: {},
  mode: 'auto',
  conversation: null,
  process: null,
  ...changes,
});

/** Returns saved scrollback; the same number means the same text. */
export const someContents = (number: number): Contents => ({
  sha256: number.toString(16).padStart(64, '0'),
  lines: 10,
  truncated: false,
});

/** Returns a pane with an idle shell. */
export const aPane = (number: number, changes: Partial<Pane> = {}): Pane => ({
  id: `%${number}`,
  index: 0,
  title: 'title',
  currentPath: '/home/user',
  width: 80,
  height: 24,
  active: true,
  startCommand: [],
  currentCommand: 'bash',
  dead: false,
  deadStatus: null,
  marked: false,
  options: {},
  program: null,
  contents: null,
  ...changes,
});

/** Returns a window with one pane. */
export function aWindow(number: number, changes: Partial<Window> = {}): Window {
  const panes = changes.panes ?? [aPane(number)];
  return {
    id: `@${number}`,
    name: 'shell',
    automaticRename: true,
    layout: `b25d,80x24,0,0,${number}`,
    width: 80,
    height: 24,
    zoomed: false,
    activePane: panes.find((pane) => pane.active)?.id ?? '%0',
    lastPane: null,
    options: {},
    ...changes,
    panes,
  };
}

/** Returns a window with panes of these numbers; the first is the active one. */
export const aSplitWindow = (number: number, panes: readonly number[], changes: Partial<Window> = {}): Window =>
  aWindow(number, { panes: panes.map((pane, index) => aPane(pane, { index, active: index === 0 })), ...changes });

/** Returns the links of a session: window number by index. */
export const links = (windows: Readonly<Record<number, number>>): Session['windows'] =>
  Object.entries(windows).map(([index, window]) => ({ index: Number(index), windowId: `@${window}` }));

/** Returns a session with one window at index 0. */
export function aSession(number: number, changes: Partial<Session> = {}): Session {
  const windows = changes.windows ?? links({ 0: number });
  return {
    id: `$${number}`,
    name: `session-${number}`,
    group: null,
    path: '/home/user',
    createdAt: at(number),
    activityAt: at(number),
    lastAttachedAt: null,
    activeWindow: windows[0]?.windowId ?? '@0',
    lastWindows: [],
    options: {},
    environment: {},
    ...changes,
    windows,
  };
}

/** Returns a server that started at noon. */
export const aServer = (changes: Partial<Server> = {}): Server => ({
  pid: 100,
  startTime: epoch(0),
  version: '3.4',
  socketPath: '/tmp/tmux-1000/default',
  environment: { PATH: '/usr/bin:/bin' },
  options: NO_USER_OPTIONS,
  configured: null,
  ...changes,
});

/** Returns the server that came after the one of `aServer`. */
export const theNextServer = (): Server => aServer({ pid: 200, startTime: epoch(1000) });

const windowsFor = (sessions: readonly Session[]): Window[] =>
  [...new Set(sessions.flatMap((session) => session.windows.map((link) => link.windowId)))].map((id) =>
    aWindow(Number(id.slice(1))),
  );

/** Returns a manifest of the server of `aServer`; windows that are not given are made for its sessions. */
export function aManifest(changes: Partial<Manifest> = {}): Manifest {
  const sessions = changes.sessions ?? [aSession(1)];
  return {
    format: 'tmux-persist/1',
    id: '20260615T121640.000Z-0001',
    savedAt: at(1000),
    trigger: 'change',
    host: 'host',
    machineId: 'machine',
    bootId: 'boot',
    programVersion: '0.1.0',
    complete: true,
    server: aServer(),
    windows: windowsFor(sessions),
    pending: [],
    closed: [],
    buffers: [],
    lastSession: null,
    ...changes,
    sessions,
  };
}

/** Returns a look at the server of `aServer`, a little later than `aManifest`. */
export function aLook(changes: Partial<Look> = {}): Look {
  const sessions = changes.sessions ?? [aSession(1)];
  return {
    server: aServer(),
    bootId: 'boot',
    takenAt: at(1001),
    windows: windowsFor(sessions),
    buffers: [],
    lastSession: null,
    ...changes,
    sessions,
  };
}

/** Returns circumstances in which nothing special is near: an old server, no trouble, no restore. */
export const circumstances = (changes: Partial<Circumstances> = {}): Circumstances => ({
  restoreIsDue: false,
  oomNear: false,
  isStopping: false,
  serverAgeMs: 3_600_000,
  restored: new Set(),
  unrestored: new Map(),
  ...changes,
});

/** Returns a pending entry of a session that was lost. */
export const aPending = (session: Session, changes: Partial<Pending> = {}): Pending => ({
  since: at(500),
  how: 'lost',
  part: false,
  session,
  windows: windowsFor([session]),
  ...changes,
});

/** Returns a session that its user closed. */
export const aClosed = (session: Session, changes: Partial<Closed> = {}): Closed => ({
  closedAt: at(500),
  how: 'kill-session',
  session,
  windows: windowsFor([session]),
  ...changes,
});

/** Returns a candidate of a saved state. */
export const aCandidate = (session: Session, changes: Partial<Candidate> = {}): Candidate => ({
  key: `saved/${session.id}`,
  scope: 'saved',
  session,
  windows: windowsFor([session]),
  part: false,
  ...changes,
});

/** Returns a pane as it lives. */
export const aLivePane = (pane: Pane, changes: Partial<LivePane> = {}): LivePane => ({
  ...pane,
  pid: 1000 + Number(pane.id.slice(1)),
  tty: `/dev/pts/${pane.id.slice(1)}`,
  alternateOn: false,
  contentsKey: '0',
  ...changes,
});

/** Returns a snapshot of a new server; windows that are not given are made for its sessions. */
export const aSnapshot = (
  sessions: readonly Session[] = [],
  windows: readonly Window[] = windowsFor(sessions),
  server: Server = theNextServer(),
): Snapshot => ({
  takenAt: at(1001),
  server,
  sessions,
  windows: windows.map((window) => ({ ...window, panes: window.panes.map((pane) => aLivePane(pane)) })),
  lastSession: null,
  changes: 0,
});

/** Returns the settings of a server without a tmux.conf. */
export const settings = (changes: Partial<ServerSettings> = {}): ServerSettings => ({
  baseIndex: 0,
  windowSize: 'latest',
  automaticRename: true,
  remainOnExit: 'off',
  destroyUnattached: 'off',
  defaultShell: '/bin/bash',
  defaultCommand: '',
  userOptions: {},
  ...changes,
});

/** Returns what a plan depends on: an empty new server without settings. */
export const aPlanContext = (changes: Partial<PlanContext> = {}): PlanContext => ({
  live: aSnapshot(),
  settings: settings(),
  nonce: 'nonce',
  launches: new Map(),
  ...changes,
});

/** Returns the journal's entry of a server's loss. */
export const aLoss = (changes: Partial<LossEntry> = {}): LossEntry => ({
  kind: 'loss',
  at: at(1000),
  bootId: 'boot',
  cause: 'signal',
  detail: 'SIGKILL',
  sessions: 1,
  unit: 'tmux-server.service',
  server: { pid: 100, startTime: epoch(0) },
  ...changes,
});

/** Returns the journal's entry of an automatic restore. */
export const aRestore = (changes: Partial<RestoreEntry> = {}): RestoreEntry => ({
  kind: 'restore',
  at: at(1001),
  bootId: 'boot',
  manifestId: '20260615T121640.000Z-0001',
  durationMs: 100,
  restored: 1,
  adopted: 0,
  skipped: 0,
  failed: 0,
  conversations: { resumed: 0, offered: 0, missing: 0 },
  server: { pid: 200, startTime: epoch(1000) },
  automatic: true,
  ...changes,
});
