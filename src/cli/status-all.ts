/**
 * `tmux-persist status --all`: every server of this user on this host, the ones that were saved and the ones that only live, a line each.
 */
import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Context } from '../model/ports.js';
import type { StatusReport } from '../model/report.js';
import { oneLine } from '../model/shell-words.js';
import { shortName } from '../model/status-problems.js';
import { displayText } from '../model/text.js';
import { ageWords } from '../model/time-words.js';
import { openStore } from '../store/open-store.js';
import { resolveContext, type SocketOptions } from './context.js';
import { EXIT } from './failures.js';
import { gather } from './gather-status.js';
import { columns, print, printJson } from './output.js';

/** The status of one socket: `socket` is its name in tmux's own folder, else its path. */
interface SocketStatus extends StatusReport {
  readonly socket: string;
}

/** Prints them all; returns 0 in any case. `context` is that of the default socket. */
export async function statusAll(context: Context, json: boolean): Promise<number> {
  const all: SocketStatus[] = [];
  for (const { socket, of } of await socketsOf(context)) {
    const { report } = await gather(of);
    // A name that nothing is saved under, and where nothing lives, is a left-over socket.
    if (report.server !== null || report.manifest !== null || report.agent.running) all.push({ socket, ...report });
  }
  if (json) printJson(all);
  else if (all.length === 0) print('No tmux server runs, and nothing is saved.');
  else for (const line of columns([HEAD, ...all.map(row)])) print(line.trimEnd());
  return EXIT.done;
}

interface Socket {
  readonly socket: string;
  readonly of: Context;
}

/** Returns each socket once: what has a state folder on this host, and what lies in tmux's own folder. */
async function socketsOf(context: Context): Promise<readonly Socket[]> {
  const host = dirname(context.stateFolder);
  const folder = dirname(context.socketPath);
  const states = foldersIn(host);
  const own = [...states.filter((name) => !name.startsWith('path-')), ...namesIn(folder)];
  const found = new Map<string, Socket>();
  for (const name of [...new Set(own)].sort()) {
    const of = await contextOf({ socketName: name });
    if (of !== null) found.set(of.stateFolder, { socket: name, of });
  }
  for (const name of states.filter((state) => state.startsWith('path-'))) {
    const socketPath = await savedPath(join(host, name));
    const of = socketPath === null ? null : await contextOf({ socketPath });
    // What was saved of another place, before a move of the socket, is not what lies there now.
    if (of !== null && basename(of.stateFolder) === name) found.set(of.stateFolder, { socket: of.socketPath, of });
  }
  return [...found.values()];
}

async function contextOf(socket: SocketOptions): Promise<Context | null> {
  const context = await resolveContext({ ...socket, ignoresPane: true }, false);
  return context.ok ? context.value : null;
}

/** Returns the path of the socket that a state folder is about, or null where nothing was saved. */
async function savedPath(folder: string): Promise<string | null> {
  const store = await openStore(folder, { create: false });
  const loaded = store.ok ? await store.value.peek() : store;
  const server = loaded.ok ? (loaded.value.stored?.manifest.server ?? null) : null;
  return server === null ? null : displayText(server.socketPath);
}

const foldersIn = (folder: string): string[] =>
  entries(folder).flatMap((entry) => (entry.isDirectory() ? entry.name : []));
const namesIn = (folder: string): string[] => entries(folder).flatMap((entry) => (entry.isSocket() ? entry.name : []));

function entries(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

const HEAD = ['SOCKET', 'PROTECTED', 'LAST SAVE', 'SESSIONS', 'PROBLEMS'];

function row({ socket, agent, server, manifest, problems, protected: isProtected }: SocketStatus): readonly string[] {
  const open =
    server === null ? `none open, ${String(manifest?.sessions ?? 0)} saved` : `${String(server.sessions)} open`;
  const wrong = problems.length === 0 ? 'none' : `${String(problems.length)}, the first: ${problems[0]?.code ?? ''}`;
  return [
    shortName(oneLine(socket)),
    isProtected ? 'yes' : agent.running ? 'no' : 'no, no agent',
    manifest === null ? 'never' : `${ageWords(manifest.ageSeconds)} ago`,
    open,
    wrong,
  ];
}
