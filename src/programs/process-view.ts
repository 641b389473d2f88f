/**
 * What a look at the process table needs to know of one process, and the real table under /proc.
 * Everything is read when asked for and may be gone by then: whatever can't be read is null, never an error.
 */
import { readdirSync, readlinkSync, statSync } from 'node:fs';
import { textFromBytes, type Text } from '../model/text.js';
import { readProc } from './bounded-read.js';

/** One process, as proc(5) names the fields. */
export interface ProcessInfo {
  readonly pid: number;
  readonly ppid: number;
  readonly pgrp: number;
  /** The foreground process group of its terminal, or -1. */
  readonly tpgid: number;
  /** Device number of its controlling terminal, 0 for none. */
  readonly ttyNr: number;
  /** One letter: R, S, D, T (stopped), t (traced), Z (zombie), X. */
  readonly state: string;
  /** Field 22 of stat, in clock ticks since boot, as decimal text. */
  readonly startTime: string;
  readonly argv: readonly Text[];
  readonly exe: Text | null;
  readonly cwd: Text | null;
}

/** Linux reports times to user space in 1/100 s, whatever the kernel's own tick (proc(5), USER_HZ); this is one of them, in ms. */
export const TICK_MS = 10;

/** Returns whether a process has ended: a zombie holds nothing any more. */
export const isGone = ({ state }: Pick<ProcessInfo, 'state'>): boolean => /[ZX]/i.test(state);

/** A process table; the real one is `procView`. */
export interface ProcessView {
  /** Returns one process, or null when it is gone. */
  read(pid: number): ProcessInfo | null;
  /** Returns the pids of its living children, oldest first. */
  children(pid: number): readonly number[];
  /** Returns the environment that it was started with, or null when it is gone or another user's. */
  environ(pid: number): ReadonlyMap<string, Text> | null;
  /** Returns what its file descriptors 0, 1, … name: paths, or words such as `pipe:[12]`; empty when it is gone or another user's. */
  openFiles(pid: number): ReadonlyMap<number, string>;
  /** Returns the pids of all processes that can be seen, oldest first. */
  pids(): readonly number[];
}

// A stat line has 52 short fields; environments and command lines are bounded by the stack limit, 8 MB / 4 by default (execve(2)).
const STAT_LIMIT = 4096;
const ARGUMENTS_LIMIT = 2 * 1024 * 1024;
/** How long one scan of the whole table serves where the kernel has no `children` files. */
const SCAN_LIFE_MS = 250;

interface Stat {
  readonly state: string;
  readonly ppid: number;
  readonly pgrp: number;
  readonly ttyNr: number;
  readonly tpgid: number;
  readonly startTime: string;
  readonly threads: number;
}

/** Returns the fields of a stat line, or null when it is torn; the command name may hold spaces and parentheses, so they count from the last `)`. */
export function parseStat(line: string): Stat | null {
  const [state, ppid, pgrp, , ttyNr, tpgid, ...rest] = line.slice(line.lastIndexOf(')') + 2).split(' ');
  const startTime = rest[13];
  if (state === undefined || startTime === undefined || !/^\d+$/.test(startTime)) return null;
  const threads = Number(rest[11]);
  return {
    state,
    ppid: Number(ppid),
    pgrp: Number(pgrp),
    ttyNr: Number(ttyNr),
    tpgid: Number(tpgid),
    startTime,
    threads,
  };
}

/** Returns an argument vector from the bytes of a cmdline file. A program that sets its title leaves one word and NULs: those are no arguments. */
export function parseCmdline(bytes: Buffer): Text[] {
  if (bytes.length === 0) return [];
  const words = splitAtNul(bytes.at(-1) === 0 ? bytes.subarray(0, -1) : bytes).map((word) => textFromBytes(word));
  return words.slice(1).every((word) => word === '') ? words.slice(0, words[0] === '' ? 0 : 1) : words;
}

function splitAtNul(bytes: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  let start = 0;
  for (let end = bytes.indexOf(0); end !== -1; end = bytes.indexOf(0, start)) {
    parts.push(bytes.subarray(start, end));
    start = end + 1;
  }
  parts.push(bytes.subarray(start));
  return parts;
}

/** Returns the process table under `root`, read synchronously, each process once: a view serves one look. */
export function procView(root = '/proc'): ProcessView {
  const statOf = (pid: number): Stat | null => {
    const bytes = readProc(`${root}/${pid.toString()}/stat`, STAT_LIMIT);
    return bytes === null ? null : parseStat(bytes.toString('latin1'));
  };

  const link = (path: string): Text | null => {
    try {
      return textFromBytes(readlinkSync(path, { encoding: 'buffer' }));
    } catch {
      return null;
    }
  };

  const cwdOf = (pid: number): Text | null => {
    const path = `${root}/${pid.toString()}/cwd`;
    const target = link(path);
    if (typeof target !== 'string' || !target.endsWith(' (deleted)')) return target;
    try {
      // The suffix is the kernel's only when the folder has no links left; a folder may really be called so.
      return statSync(path).nlink === 0 ? target.slice(0, -' (deleted)'.length) : target;
    } catch {
      return target;
    }
  };

  let scan: { readonly at: number; readonly children: ReadonlyMap<number, readonly number[]> } | null = null;
  const scannedChildren = (pid: number): readonly number[] => {
    const now = performance.now();
    if (scan === null || now - scan.at > SCAN_LIFE_MS) scan = { at: now, children: scanChildren(root, statOf) };
    return scan.children.get(pid) ?? [];
  };

  const threads = new Map<number, number>();
  const processInfo = (pid: number, { threads: _, ...stat }: Stat, argv: readonly Text[]): ProcessInfo => {
    let exe: Text | null | undefined;
    let cwd: Text | null | undefined;
    return {
      ...{ pid, ...stat, argv },
      // Of most processes nobody asks for these.
      get exe() {
        return exe === undefined ? (exe = link(`${root}/${pid.toString()}/exe`)) : exe;
      },
      get cwd() {
        return cwd === undefined ? (cwd = cwdOf(pid)) : cwd;
      },
    };
  };
  const table = new Map<number, ProcessInfo | null>();
  const families = new Map<number, readonly number[]>();
  const threadsOf = (pid: number, tasks: string): readonly string[] => {
    // Most processes of a terminal have one thread, which is named as they are.
    if (threads.get(pid) === 1) return [pid.toString()];
    try {
      return readdirSync(tasks);
    } catch {
      return [];
    }
  };

  const readChildren = (pid: number): readonly number[] => {
    const tasks = `${root}/${pid.toString()}/task`;
    const found: number[] = [];
    for (const thread of threadsOf(pid, tasks)) {
      const list = readProc(`${tasks}/${thread}/children`, ARGUMENTS_LIMIT);
      // A thread that just ended and a kernel without CONFIG_PROC_CHILDREN look the same; the scan is right for both.
      if (list === null) return scannedChildren(pid);
      for (const word of list.toString('latin1').split(' ')) if (word !== '') found.push(Number(word));
    }
    return found;
  };

  return {
    read(pid) {
      const known = table.get(pid);
      if (known !== undefined) return known;
      const stat = statOf(pid);
      const cmdline = stat === null ? null : readProc(`${root}/${pid.toString()}/cmdline`, ARGUMENTS_LIMIT);
      if (stat !== null) threads.set(pid, stat.threads);
      const info = stat === null || cmdline === null ? null : processInfo(pid, stat, parseCmdline(cmdline));
      table.set(pid, info);
      return info;
    },
    children(pid) {
      const known = families.get(pid);
      if (known !== undefined) return known;
      const children = readChildren(pid);
      families.set(pid, children);
      return children;
    },
    environ(pid) {
      const bytes = readProc(`${root}/${pid.toString()}/environ`, ARGUMENTS_LIMIT);
      if (bytes === null) return null;
      const variables = new Map<string, Text>();
      for (const entry of splitAtNul(bytes)) {
        const equals = entry.indexOf('=');
        if (equals <= 0) continue;
        const name = textFromBytes(entry.subarray(0, equals));
        // The first of two equal names is the one that getenv(3) finds.
        if (typeof name === 'string' && !variables.has(name)) {
          variables.set(name, textFromBytes(entry.subarray(equals + 1)));
        }
      }
      return variables;
    },
    openFiles(pid) {
      const folder = `${root}/${pid.toString()}/fd`;
      const targets = new Map<number, string>();
      for (const name of numbersIn(folder)) {
        const target = link(`${folder}/${name.toString()}`);
        if (typeof target === 'string') targets.set(name, target);
      }
      return targets;
    },
    pids: () => numbersIn(root),
  };
}

/** Returns the numeric names in a folder, in their order. */
function numbersIn(folder: string): number[] {
  try {
    const numbers = readdirSync(folder).filter((name) => /^\d+$/.test(name));
    return numbers.map(Number).sort((left, right) => left - right);
  } catch {
    return [];
  }
}

function scanChildren(root: string, statOf: (pid: number) => Stat | null): ReadonlyMap<number, readonly number[]> {
  const children = new Map<number, number[]>();
  for (const pid of numbersIn(root)) {
    const stat = statOf(pid);
    if (stat === null) continue;
    const siblings = children.get(stat.ppid);
    if (siblings === undefined) children.set(stat.ppid, [pid]);
    else siblings.push(pid);
  }
  return children;
}
