/**
 * Where the state of a socket lies. The one rule: the same server gives the same folder, whether its socket
 * exists at the moment or not.
 */
import { createHash } from 'node:crypto';
import { lstat, readdir, readlink, realpath, rename } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { fail, ok, type Result } from '../model/failure.js';
import { readAgentFile } from './agent-file.js';
import { errnoDetail } from './errno.js';
import { checkFolder, ensureFolder, ROOT_NAME, syncFolder } from './folders.js';
import { readRegular } from './read-regular.js';
import { stateHome } from './state-home.js';
import { writeAtomic } from './write-atomic.js';

/** In each host's folder: whose it is, also after the host was given another name, and the last boot that wrote there. */
const MACHINE_ID = 'machine-id';
/** As many symbolic links as the kernel follows, path_resolution(7). */
const MAX_LINKS = 40;

/** What decides where state lies. */
export interface StatePlace {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly hostname: string;
  /** From /etc/machine-id; empty where there is none. */
  readonly machineId: string;
  readonly bootId: string;
  /** Returns whether a boot was one of this machine: its id alone may be a clone's as well. */
  readonly wasBootHere: (bootId: string) => Promise<boolean>;
  readonly socketPath: string;
  readonly uid: number;
  /** Whether the host's folder may be made, marked and renamed: a reader uses what there is. */
  readonly create: boolean;
}

/** Returns the state folder of a socket; fails with `bad-environment` without a HOME, and as the folders above it do. */
export async function stateFolder(place: StatePlace): Promise<Result<string>> {
  const base = stateHome(place.env);
  if (base === null) {
    return fail({ reason: 'bad-environment', detail: 'neither XDG_STATE_HOME nor HOME is an absolute path' });
  }
  const host = await hostFolder(join(base, ROOT_NAME), place);
  return host.ok ? ok(join(host.value, await socketName(place))) : host;
}

async function socketName({ env, socketPath, uid }: StatePlace): Promise<string> {
  const socket = await resolvePath(resolve(socketPath));
  const name = basename(socket);
  const isOwn = dirname(socket) === join(await tmuxTempFolder(env), `tmux-${uid}`);
  return isOwn && !/^(\.|path-)/.test(name) && name !== MACHINE_ID ? name : `path-${hash(socket)}`;
}

/** As tmux does: $TMUX_TMPDIR where it exists, else /tmp. */
async function tmuxTempFolder({ TMUX_TMPDIR: folder = '' }: StatePlace['env']): Promise<string> {
  const own = folder === '' ? null : await realpath(folder).catch(() => null);
  return own ?? (await realpath('/tmp').catch(() => '/tmp'));
}

/** Returns the path without symbolic links, also where its end does not exist. */
async function resolvePath(path: string, links = MAX_LINKS): Promise<string> {
  if (dirname(path) === path) return path;
  const here = join(await resolvePath(dirname(path), links), basename(path));
  const target = links === 0 ? null : await readlink(here).catch(() => null);
  return target === null ? here : await resolvePath(resolve(dirname(here), target), links - 1);
}

async function hostFolder(root: string, place: StatePlace): Promise<Result<string>> {
  const wanted = join(root, hostName(place.hostname));
  const checked = await checkFolder(wanted);
  if (!checked.ok) return checked;
  const earlier = checked.value || place.machineId === '' ? null : await folderOfMachine(root, place);
  if (!place.create) return ok(earlier ?? wanted);
  if (earlier !== null) {
    // An agent that has it open would make it again under the old name at its next save.
    if (await isInUse(earlier)) return ok(earlier);
    try {
      await rename(earlier, wanted);
      await syncFolder(root);
    } catch (error) {
      return fail({ reason: 'state-unwritable', path: wanted, detail: errnoDetail(error) });
    }
  }
  const made = await ensureFolder(wanted);
  if (!made.ok) return made;
  const marked = await mark(wanted, place);
  return marked.ok ? ok(wanted) : marked;
}

/** `agents` beside the hosts is what agents told our hooks. */
const hostName = (name: string): string => (/^(\.|host-|agents$|$)|\//.test(name) ? `host-${hash(name)}` : name);

async function mark(folder: string, { machineId, bootId }: StatePlace): Promise<Result<void>> {
  const marked = await markOf(folder);
  if (machineId === '' || (marked?.machineId === machineId && marked.bootId === bootId)) return ok(undefined);
  const written = await writeAtomic(join(folder, MACHINE_ID), Buffer.from(`${machineId}\n${bootId}\n`));
  // A full disk must keep no agent from restoring what is there; without the boot only a later renaming goes unnoticed.
  return written.ok || marked?.machineId === machineId ? ok(undefined) : written;
}

/** Clones have one machine id, and may share a home: a folder is taken over only where this very machine wrote it last. */
async function folderOfMachine(root: string, { machineId, bootId, wasBootHere }: StatePlace): Promise<string | null> {
  for (const name of await names(root)) {
    const folder = join(root, name);
    const checked = await checkFolder(folder);
    const marked = checked.ok ? await markOf(folder) : null;
    if (marked?.machineId !== machineId) continue;
    if (marked.bootId === bootId || (await wasBootHere(marked.bootId))) return folder;
  }
  return null;
}

async function markOf(folder: string): Promise<{ readonly machineId: string; readonly bootId: string } | null> {
  const read = await readRegular(join(folder, MACHINE_ID), 4096);
  if (read.kind !== 'read') return null;
  const [machineId = '', bootId = ''] = read.bytes.toString().split('\n');
  return { machineId: machineId.trim(), bootId: bootId.trim() };
}

async function isInUse(host: string): Promise<boolean> {
  for (const name of await names(host)) {
    if ((await readAgentFile(join(host, name, 'agent.json'))) !== null) return true;
  }
  return false;
}

async function names(folder: string): Promise<readonly string[]> {
  const stats = await lstat(folder).catch(() => null);
  return stats?.isDirectory() === true ? await readdir(folder).catch(() => []) : [];
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12);
