/** A process table from literals, and a HOME with registry and transcripts: what identification looks at, without processes. */
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Text } from '../../src/model/text.js';
import { projectSlug } from '../../src/programs/claude/claude-transcripts.js';
import type { ProcessInfo, ProcessView } from '../../src/programs/process-view.js';

/** A process as a test names it; all else has a default. */
export interface FakeProcess extends Partial<ProcessInfo> {
  readonly pid: number;
  readonly environ?: Readonly<Record<string, Text>> | null;
  /** What its file descriptors name; the terminal for the first three by default. */
  readonly openFiles?: Readonly<Record<number, string>>;
}

/** Returns a view of these processes; the parent is the first process unless named, and all share its terminal. */
export function fakeView(...processes: readonly FakeProcess[]): ProcessView {
  const terminal = { 0: '/dev/pts/0', 1: '/dev/pts/0', 2: '/dev/pts/0' };
  const infos = processes.map((process): ProcessInfo & Pick<FakeProcess, 'environ' | 'openFiles'> => ({
    ppid: process === processes[0] ? 1 : (processes[0]?.pid ?? 1),
    pgrp: process.pid,
    tpgid: processes.at(-1)?.pid ?? -1,
    ttyNr: 34816,
    state: 'S',
    startTime: String(process.pid * 100),
    argv: ['-bash'],
    exe: null,
    cwd: '/home/u/project',
    environ: {},
    ...process,
  }));
  return {
    read: (pid) => infos.find((info) => info.pid === pid) ?? null,
    children: (pid) => infos.filter((info) => info.ppid === pid).map((info) => info.pid),
    environ: (pid) => {
      const environ = infos.find((info) => info.pid === pid)?.environ;
      return environ === undefined || environ === null ? null : new Map(Object.entries(environ));
    },
    openFiles: (pid) => {
      const info = infos.find((candidate) => candidate.pid === pid);
      const files: Readonly<Record<number, string>> = info === undefined ? {} : { ...terminal, ...info.openFiles };
      return new Map(Object.entries(files).map(([fd, target]) => [Number(fd), target]));
    },
    pids: () => infos.map((info) => info.pid),
  };
}

/** Returns a temporary directory that is removed when the test ends. */
export function temporaryFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'tmux-persist-programs-'));
  context.after(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** What a transcript says, where it differs from an ordinary one. */
export interface FakeTranscript {
  readonly from: number;
  readonly to?: number;
  readonly cwd?: string | null;
  readonly folder?: string;
  readonly entrypoint?: string;
  readonly isSidechain?: boolean;
  readonly forkedFrom?: string;
  readonly firstLines?: readonly string[];
}

/** A config directory of Claude. */
export class FakeConfig {
  constructor(readonly folder: string) {}

  /** Writes the registry entry of a process. */
  register(pid: number, sessionId: string, more: Readonly<Record<string, unknown>> = {}): void {
    mkdirSync(join(this.folder, 'sessions'), { recursive: true });
    const entry = {
      ...{
        pid,
        sessionId,
        cwd: '/home/u/project',
        procStart: String(pid * 100),
        version: '2.1.197',
        kind: 'interactive',
        entrypoint: 'cli',
      },
      ...more,
    };
    writeFileSync(join(this.folder, 'sessions', `${String(pid)}.json`), JSON.stringify(entry));
  }

  /** Removes the registry entry of a process. */
  unregister(pid: number): void {
    rmSync(join(this.folder, 'sessions', `${String(pid)}.json`), { force: true });
  }

  /** Writes a transcript whose first and last message have these times (ms since the epoch); returns its path. */
  write(id: string, transcript: FakeTranscript): string {
    const cwd = transcript.cwd === undefined ? '/home/u/project' : transcript.cwd;
    const folder = join(this.folder, 'projects', transcript.folder ?? projectSlug(cwd ?? '/home/u/project'));
    const line = (type: string, at: number): string =>
      JSON.stringify({
        ...{ parentUuid: null, isSidechain: transcript.isSidechain ?? false, sessionId: id, type },
        ...(cwd === null ? {} : { cwd }),
        ...(transcript.entrypoint === '' ? {} : { entrypoint: transcript.entrypoint ?? 'cli' }),
        ...(transcript.forkedFrom === undefined ? {} : { forkedFrom: { sessionId: transcript.forkedFrom } }),
        timestamp: new Date(at).toISOString(),
      });
    mkdirSync(folder, { recursive: true });
    const path = join(folder, `${id}.jsonl`);
    const lines = [line('user', transcript.from), line('assistant', transcript.to ?? transcript.from)];
    writeFileSync(path, [...(transcript.firstLines ?? []), ...lines, ''].join('\n'));
    // Times of files prove nothing: every fixture lies about them.
    utimesSync(path, new Date(0), new Date(0));
    return path;
  }
}

/** Returns a conversation id that ends in these digits. */
export const anId = (digits: number): string => `0a1b2c3d-0000-4000-8000-${String(digits).padStart(12, '0')}`;
