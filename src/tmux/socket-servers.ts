/**
 * Which tmux servers are bound to a path, asked of the kernel and not of the path: a server whose socket file was deleted, or
 * taken by another, lives on and still holds what it bound. It reads /proc and changes nothing.
 */
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';

/** A listening socket in /proc/net/unix: flags with __SO_ACCEPTCON, type, state, inode, and the path as it was bound. */
const LISTENING = /^\S+ \S+ \S+ 00010000 \S+ \S+ +(\d+) (.+)$/gm;

/** Returns the pids of our own tmux servers that listen on what they bound to this path, the youngest first, but for `except`; none where /proc tells nothing. */
export function serversBoundTo(socketPath: string, except?: number): number[] {
  const wanted = Buffer.from(socketPath).toString('latin1');
  const known = except === undefined ? [] : linksOf(String(except));
  const bound = [...readText('/proc/net/unix').matchAll(LISTENING)].filter(([, , path]) => path === wanted);
  const sought = new Set(bound.map(([, inode = '']) => `socket:[${inode}]`));
  for (const link of known) sought.delete(link);
  if (sought.size === 0) return [];
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && isOurTmux(name));
  const holders = pids.filter((pid) => linksOf(pid).some((link) => sought.has(link)));
  return holders.map(Number).sort((left, right) => startOf(right) - startOf(left));
}

/** tmux calls its servers `tmux: server` (proc_pid_comm(5)). */
const isOurTmux = (pid: string): boolean =>
  readText(`/proc/${pid}/comm`).startsWith('tmux') &&
  quietly(() => statSync(`/proc/${pid}`).uid, -1) === process.getuid?.();

/** What a process has open; what it opens and closes meanwhile is no socket that it listens on. */
function linksOf(pid: string): string[] {
  const folder = `/proc/${pid}/fd`;
  return quietly(() => readdirSync(folder), []).map((fd) => quietly(() => readlinkSync(`${folder}/${fd}`), ''));
}

/** Field 22 of its stat file, proc_pid_stat(5): a recycled pid may be lower than an older one. */
const startOf = (pid: number): number => {
  const stat = readText(`/proc/${String(pid)}/stat`);
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? 0);
};

const readText = (path: string): string => quietly(() => readFileSync(path, 'latin1'), '');

/** Processes end while they are read. */
function quietly<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
