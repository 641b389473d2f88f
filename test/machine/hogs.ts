/**
 * Panes that take memory when they are told to, so that the kernel has somebody to kill.
 */
import assert from 'node:assert/strict';
import type { Machine, User } from './machine.js';

/** How much a pane takes, in bytes, beside what a bare perl has. */
export const HOG_BYTES = 16 << 20;

// A constant would be made, and take its memory, at once.
const HOG = `$n = ${HOG_BYTES}; $SIG{USR1} = sub { vec($x, $n, 8) = 1; $0 = 'full' }; $0 = 'ready'; sleep 1000 while 1`;

/** Opens so many sessions of one such pane each, named hog-1 and so on; returns their processes as soon as they listen. */
export async function openHogs(machine: Machine, user: User, count: number): Promise<readonly number[]> {
  const open = 'tmux -u -N new-session -d -P -F "#{pane_pid}" -s "hog-$i" perl -e "$0"';
  const loop = `i=1; while [ $i -le ${count} ]; do ${open}; i=$((i + 1)); done`;
  const pids = (await machine.run(['sh', '-c', loop, HOG], { user })).split('\n');
  await machine.waitFor('the panes to listen', async () => {
    const names = await machine.run(['cat', ...pids.map((pid) => `/proc/${pid}/comm`)]);
    assert(names.split('\n').every((name) => name === 'ready'));
  });
  return pids.map(Number);
}

/** Has a pane take its memory, and waits until it has, or is gone. */
export async function fill(machine: Machine, pid: number): Promise<void> {
  await machine.tryRun(['kill', '-USR1', String(pid)]);
  await machine.waitFor('the pane to take its memory', async () => {
    const { stdout } = await machine.tryRun(['cat', `/proc/${pid}/status`]);
    assert.match(stdout, /^$|^Name:\s+full$|^State:\s+Z/m);
  });
}

/** Returns how many processes the kernel has killed for want of memory since it started. */
export async function oomKills(machine: Machine): Promise<number> {
  return Number((await machine.run(['grep', '-w', 'oom_kill', '/proc/vmstat'])).split(' ')[1]);
}
