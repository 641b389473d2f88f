/** Panes with Claude in them from literals, over a real HOME: what its family finds there, without processes. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Conversation } from '../../../src/model/manifest.js';
import { claude } from '../../../src/programs/claude/claude.js';
import type { Around, Held, Identity } from '../../../src/programs/family.js';
import { fileView } from '../../../src/programs/file-view.js';
import { findProgram } from '../../../src/programs/find-program.js';
import type { HookRecord } from '../../../src/programs/hooks/hook-records.js';
import type { ProcessView } from '../../../src/programs/process-view.js';
import { FakeConfig, fakeView, temporaryFolder, type FakeProcess } from '../fake-view.js';

/** Ten days ago: a start in the future would not be believed. */
export const BOOT = Math.floor(Date.now() / 1000 - 864_000) * 1000;
/** Returns when the fixture process with this pid started, in ms since the epoch: startTime is pid * 100 ticks. */
export const startOf = (pid: number): number => BOOT + pid * 1000;

/** A process below a Claude, or a Claude that no pane shows. */
export type Beside = FakeProcess;

/** Returns Claude in a pane of its own, whose shell has the next pid after 5000. */
export const claudeIn = (pid: number, ...args: readonly string[]): FakeProcess => ({
  ...{ pid, ppid: 5000 + pid, argv: ['claude', ...args], exe: '/opt/claude', environ: {} },
});

/** Returns a command that a Claude runs, told by it which conversation this is. */
export const commandOf = (
  claudePid: number,
  pid: number,
  id: string,
  more: Partial<FakeProcess> = {},
): FakeProcess => ({
  ...{ pid, ppid: claudePid, argv: ['/bin/bash', '-c', '-l', 'make watch'], ttyNr: 0 },
  environ: { CLAUDE_PID: String(claudePid), CLAUDE_CODE_SESSION_ID: id, CLAUDECODE: '1' },
  ...more,
});

/** Returns what the hook of the fixture process with this pid recorded. */
export const recordOf = (pid: number, sessionId: string, more: Partial<HookRecord> = {}): HookRecord => ({
  ...{ tool: 'claude', pid, startTime: String(pid * 100), bootId: 'b', sessionId, transcriptPath: null, cwd: null },
  ...{ source: 'startup', at: startOf(pid) + 1000, ended: false },
  ...more,
});

/** Returns a conversation as a snapshot has it. */
export const known = (
  id: string,
  source: string,
  confidence: Conversation['confidence'] = 'exact',
  candidates: readonly string[] = [],
): Conversation => ({ id, source, confidence, candidates: [...candidates] });

/** One HOME. */
export class ClaudeRig {
  readonly home: string;
  readonly config: FakeConfig;

  constructor(context: TestContext) {
    this.home = temporaryFolder(context);
    this.config = new FakeConfig(join(this.home, '.claude'));
  }

  /** Returns what is found for each Claude, in the order of `panes`; a pane whose Claude is not one of the family's is left out. */
  identities(panes: readonly FakeProcess[], more: Partial<Around> & { beside?: readonly Beside[] } = {}): Identity[] {
    const { beside = [], ...around } = more;
    const shells = panes.map(({ pid }): FakeProcess => ({ pid: 5000 + pid, ppid: 1, tpgid: pid }));
    const view = fakeView(...shells, ...panes, ...beside);
    const held = panes.flatMap(({ pid }): Held[] => {
      const held = findProgram(`%${String(pid)}`, 5000 + pid, view, [claude])?.held;
      return held === undefined ? [] : [held];
    });
    const found = claude.conversations?.identify(held, this.#around(view, around));
    return [...(found ?? [])];
  }

  /** Returns the conversations of `identities`. */
  conversations(...args: Parameters<ClaudeRig['identities']>): (Conversation | null)[] {
    return this.identities(...args).map(({ conversation }) => conversation);
  }

  /** Returns what is found for a Claude that our launcher, with this pid, still holds back. */
  waiting(pid: number, ...args: readonly string[]): Conversation | null {
    const view = fakeView({ pid, argv: ['/bin/sh', '-c', 'x'] });
    const launcher = view.read(pid);
    assert.ok(launcher !== null);
    const [command, reading] = [claude.recognise(['claude', ...args], null), claude.read(args)];
    assert.ok(command !== null && reading !== null);
    const info = { ...launcher, argv: ['claude', ...args], exe: 'claude' };
    const held: Held = { paneId: '%1', info, command, reading, environment: new Map() };
    return claude.conversations?.identify([held], this.#around(view, {}))[0]?.conversation ?? null;
  }

  #around(view: ProcessView, more: Partial<Around>): Around {
    return {
      ...{
        home: this.home,
        bootMs: BOOT,
        now: Date.now(),
        view,
        files: fileView(),
        records: [],
        previous: () => null,
        heldAt: () => false,
      },
      ...more,
    };
  }
}
