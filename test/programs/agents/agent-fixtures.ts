/** What the tests of a family need: processes from literals, a HOME of real files, and the family's own answers about them. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Conversation, Program } from '../../../src/model/manifest.js';
import type { Text } from '../../../src/model/text.js';
import type { Around, Conversations, Family, Held, Identity, Place } from '../../../src/programs/family.js';
import { fileView } from '../../../src/programs/file-view.js';
import type { HookRecord } from '../../../src/programs/hooks/hook-records.js';
import type { ProcessView } from '../../../src/programs/process-view.js';
import { fakeView, temporaryFolder, type FakeProcess } from '../fake-view.js';

/** Processes of fixtures start at pid * 1 s after this, long before any file of theirs is written. */
export const BOOT_MS = Date.now() - 10_000_000;

/** A start time that lies after every file of a test. */
export const LATER = String((20_000_000 / 10) | 0);

/** One family over processes and a HOME. */
export class AgentHome {
  readonly home: string;
  readonly records: HookRecord[] = [];
  readonly before = new Map<number, Conversation>();

  constructor(
    readonly family: Family,
    context: TestContext,
  ) {
    this.home = temporaryFolder(context);
  }

  /** Writes a file below HOME and returns its path; data that is no text is written as JSON. */
  write(path: string, data: unknown): string {
    const absolute = join(this.home, path);
    mkdirSync(dirname(absolute), { recursive: true });
    writeFileSync(absolute, typeof data === 'string' ? data : JSON.stringify(data));
    return absolute;
  }

  /** Has a hook tell what a process holds. */
  hook(tool: string, pid: number, sessionId: string, more: Partial<HookRecord> = {}): void {
    this.records.push({
      ...{ tool, pid, sessionId, startTime: String(pid * 100), bootId: 'boot', transcriptPath: null, cwd: null },
      ...{ source: 'startup', at: BOOT_MS + pid * 1000, ended: false, ...more },
    });
  }

  /** Returns what the family says of these of the processes, by pid. */
  identify(pids: readonly number[], ...processes: readonly FakeProcess[]): readonly Identity[] {
    const view = fakeView(...processes);
    const held = pids.map((pid) => heldOf(this.family, view, pid));
    return conversationsOf(this.family).identify(held, this.around(view));
  }

  /** Returns the conversation of the only process that matters, in a few words: id, source, confidence, candidates. */
  conversation(pid: number, ...processes: readonly FakeProcess[]): string {
    return inWords(this.identify([pid], ...processes)[0]?.conversation ?? null);
  }

  around(view: ProcessView): Around {
    return {
      ...{ home: this.home, bootMs: BOOT_MS, now: Date.now(), view, files: fileView(), records: this.records },
      heldAt: () => false,
      previous: (pid) => this.before.get(pid) ?? null,
    };
  }

  /** Returns where the family finds a saved conversation. */
  find(id: string, cwd: Text, more: Partial<Program> = {}): Place | null {
    const program: Program = {
      ...{ kind: this.family.kind, exe: '', argv: [this.family.kind], cwd, env: {}, mode: 'auto', conversation: null },
      ...{ process: null, ...more },
    };
    return conversationsOf(this.family).find(program, id, { home: this.home, files: fileView() });
  }
}

/** Returns a conversation in a few words. */
export function inWords(conversation: Conversation | null): string {
  if (conversation === null) return 'none';
  const { id, source, confidence, candidates } = conversation;
  return [id, source, confidence, ...candidates].join(' ');
}

/** Returns a process as the engine hands it to its family. */
export function heldOf(family: Family, view: ProcessView, pid: number): Held {
  const info = view.read(pid);
  const command = info === null ? null : family.recognise(info.argv, info.exe);
  const reading = command === null ? null : family.read(command.args);
  if (info === null || command === null || reading === null) throw new Error(`${String(pid)} is no ${family.kind}`);
  return { paneId: `%${String(pid)}`, info, command, reading, environment: view.environ(pid) };
}

export function conversationsOf(family: Family): Conversations {
  if (family.conversations === null) throw new Error(`${family.kind} has no conversations`);
  return family.conversations;
}

/** Returns the words that come back from a command line. */
export const kept = (family: Family, ...args: readonly Text[]): readonly Text[] | null =>
  family.read(args)?.kept ?? null;

/** Returns the words after the program's name that resume a conversation of a process with these words, twice over. */
export function resumed(family: Family, id: string, ...args: readonly Text[]): readonly Text[] {
  const conversations = conversationsOf(family);
  const once = conversations.resume(id, kept(family, ...args) ?? []);
  const again = conversations.resume(id, kept(family, ...once) ?? []);
  if (JSON.stringify(once) !== JSON.stringify(again)) throw new Error(`grows: ${JSON.stringify([once, again])}`);
  if (family.read(once)?.startId !== id) throw new Error(`does not begin with ${id}: ${JSON.stringify(once)}`);
  return once;
}

/** Asserts which command lines (and executables) are the family's, and what its arguments then are. */
export function assertRecognised(
  family: Family,
  own: readonly (readonly [argv: readonly Text[], exe: string | null, args: readonly Text[]])[],
  foreign: readonly (readonly [argv: readonly Text[], exe: string | null])[],
): void {
  for (const [argv, exe, args] of own) assert.deepEqual(family.recognise(argv, exe)?.args, args, JSON.stringify(argv));
  for (const [argv, exe] of foreign) assert.equal(family.recognise(argv, exe), null, JSON.stringify(argv));
}

/** Command lines that name a program without running it. */
export const nearMisses = (name: string): (readonly [readonly Text[], string | null])[] => [
  [['vim', `${name}.md`], '/usr/bin/vim'],
  [['grep', '-r', name], '/usr/bin/grep'],
  [[`/opt/${name}/bin/server`], `/opt/${name}/bin/server`],
  [['node', `/home/u/${name}/server.js`], '/usr/bin/node'],
  [['node', '-e', name], '/usr/bin/node'],
  [['bash', '-c', name], '/bin/bash'],
  [['ssh', 'host', name], '/usr/bin/ssh'],
  [['tail', '-f', `/var/log/${name}`], '/usr/bin/tail'],
  [[`${name}-helper`], `/usr/bin/${name}-helper`],
  [[], null],
];

/** Asserts that no prompt comes back, whatever it says; `before` are words that the program has before a prompt. */
export function assertNoPrompts(family: Family, grants: readonly string[], ...before: readonly string[]): void {
  for (const prompt of ['$(touch x)', '; rm -rf /', 'a\nb', `please use ${grants[0] ?? ''}`])
    assert.deepEqual(kept(family, ...before, prompt), [], prompt);
  for (const grant of grants) {
    assert.deepEqual(kept(family, ...before, '--', grant), [], 'behind the end of flags');
    assert.deepEqual(kept(family, ...before, '--from-the-future', grant), [], 'perhaps a value');
    assert.deepEqual(kept(family, ...before, grant), [grant], 'as it stood');
    assert.equal(kept(family, ...before)?.length, 0, 'never added');
  }
}
