/**
 * Resolves where a run acts, once: the socket as tmux itself would, and the state folder that belongs to it. Nothing else reads these variables.
 */
import { accessSync, constants, readFileSync, realpathSync, statSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { fail, ok, type Result } from '../model/failure.js';
import type { Context } from '../model/ports.js';
import { unitNames } from '../model/unit-names.js';
import { bootId } from '../store/process-identity.js';
import { stateFolder } from '../store/state-folder.js';
import { isBootOfJournal } from '../systemd/boots.js';
import { foreignSocket } from '../tmux/own-socket.js';
import { VERSION } from './version.js';

/** The options before the subcommand, as in tmux. */
export interface SocketOptions {
  readonly socketName?: string;
  readonly socketPath?: string;
  /** Whether the server of the pane that this runs in does not count: only -L and -S say which one is meant. */
  readonly ignoresPane?: boolean;
}

/** Returns the context; `create` says whether this run may write. Fails without a home or with a socket name that is a path. */
export async function resolveContext(options: SocketOptions, create: boolean): Promise<Result<Context>> {
  const { env } = process;
  const uid = process.getuid?.() ?? 0;
  if (options.socketName?.includes('/')) {
    return fail({
      reason: 'bad-environment',
      detail: `-L takes a name, and '${options.socketName}' holds a '/'; use -S for a path`,
    });
  }
  const folder = join(tmuxFolder(env['TMUX_TMPDIR']), `tmux-${String(uid)}`);
  // Inside a pane tmux's own clients use the server of that pane (tmux(1), TMUX).
  const inside = options.ignoresPane === true ? '' : ((env['TMUX'] ?? '').split(',')[0] ?? '');
  const defaultPath = join(folder, 'default');
  const socketPath =
    options.socketPath !== undefined
      ? resolve(options.socketPath)
      : options.socketName !== undefined
        ? join(folder, options.socketName)
        : inside !== ''
          ? inside
          : defaultPath;
  const foreign = create ? foreignSocket(socketPath, uid) : null;
  if (foreign !== null) return fail({ reason: 'foreign-owner', path: socketPath, detail: foreign });
  const host = hostname();
  const machineId = readText('/etc/machine-id');
  const boot = { bootId: bootId(), wasBootHere: isBootOfJournal };
  const state = await stateFolder({ env, hostname: host, machineId, ...boot, socketPath, uid, create });
  // A reader says of a folder that is refused what is wrong with it, beside what it finds elsewhere.
  const refused = !state.ok && !create && 'path' in state.error ? state.error.path : null;
  if (!state.ok && refused === null) return state;
  const stateFolderPath = state.ok ? state.value : (refused ?? '');
  return ok({
    version: VERSION,
    tmux: findProgram(env['TMUX_PERSIST_TMUX'] ?? 'tmux', env['PATH'] ?? ''),
    socketPath,
    isDefaultSocket: socketPath === defaultPath,
    units: dirname(socketPath) === folder ? unitNames(basename(socketPath)) : null,
    stateFolder: stateFolderPath,
    home: env['HOME'] ?? passwdHome(),
    host,
    machineId,
    bootId: boot.bootId,
  });
}

/** tmux falls back to /tmp when TMUX_TMPDIR does not exist (tmux.c, make_label). */
function tmuxFolder(wanted: string | undefined): string {
  for (const folder of [wanted ?? '', '/tmp']) {
    try {
      if (folder !== '') return realpathSync(folder);
    } catch {
      // Not there: the next one.
    }
  }
  return '/tmp';
}

/** Returns the absolute path of a program: a client may be run with another PATH than ours, and must stay the same program. */
function findProgram(name: string, path: string): string {
  if (name.includes('/')) return name;
  const candidates = path.split(':').flatMap((folder) => (folder.startsWith('/') ? join(folder, name) : []));
  return candidates.find(isExecutable) ?? name;
}

/** Returns whether there is a program at a path that we may run. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** A uid without an entry in the passwd file has no home; the root folder is always there. */
function passwdHome(): string {
  try {
    return homedir();
  } catch {
    return '/';
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}
