/**
 * The part of `doctor` about what is saved and who saves it. It reads the state folder as `status` does, and changes nothing in it.
 */
import { accessSync, constants, existsSync, lstatSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Check, Found } from '../model/doctor.js';
import {
  agentCheck,
  agentVersionCheck,
  clockCheck,
  folderCheck,
  hooksCheck,
  inodesCheck,
  programsCheck,
  savedCheck,
  spaceCheck,
  type FolderFacts,
  type HookFacts,
  type Room,
  type SavedFacts,
} from '../model/doctor-state.js';
import { fail, ok, type Failure, type Result } from '../model/failure.js';
import type { Program } from '../model/manifest.js';
import type { AgentRecord, Context, Loaded, Store } from '../model/ports.js';
import type { ProgramChoice } from '../model/program-choices.js';
import { missingPrograms } from '../programs/missing-programs.js';
import { shellQuote } from '../model/shell-words.js';
import { errnoCode, errnoDetail } from '../store/errno.js';
import { openStore } from '../store/open-store.js';
import { describeFailure, hintFor } from './failures.js';
import { hookReports } from './hooks.js';
import { LEAST_FREE, LEAST_INODES } from './state-writable.js';

/** What was found out about what is saved. */
export interface StateFacts {
  readonly agent: Found<AgentRecord | null>;
  readonly folder: Found<FolderFacts>;
  readonly saved: Found<SavedFacts>;
  readonly room: Found<Room>;
  /** When what is saved was written, as it says itself. */
  readonly stamps: Found<readonly string[]>;
  readonly programs: Found<readonly Program[]>;
  readonly hooks: Found<readonly HookFacts[]>;
}

/** Returns what is on disk. */
export async function gatherState(context: Context): Promise<StateFacts> {
  const { stateFolder: path, home } = context;
  const opened = await openStore(path, { create: false });
  const store: Found<Store> = opened.ok ? opened : fail('the state folder is not used');
  const peeked = opened.ok ? await opened.value.peek() : opened;
  const loaded: Found<Loaded> = peeked.ok ? peeked : fail("what is saved can't be read");
  const agent = store.ok ? await attempt(async () => ok(await store.value.readAgent())) : store;
  const manifest = loaded.ok ? (loaded.value.stored?.manifest ?? null) : null;
  return {
    agent,
    folder: await attempt(() => ok(folderFacts(path, opened))),
    saved: opened.ok ? ok(savedFacts(peeked)) : fail('the state folder is not used'),
    room: await attempt(() => roomAt(path, loaded.ok ? (loaded.value.stored?.bytes ?? 0) : 0)),
    stamps: store.ok ? await attempt(async () => ok(await stampsOf(store.value, manifest?.savedAt ?? null))) : store,
    programs: loaded.ok
      ? ok(
          [...(manifest?.windows ?? []), ...(manifest?.pending ?? []).flatMap(({ windows }) => windows)]
            .flatMap(({ panes }) => panes)
            .flatMap(({ program }) => program ?? []),
        )
      : loaded,
    hooks: await attempt(async () => ok(await hookReports({ home, env: process.env }))),
  };
}

/** Returns the checks about what is saved; `agentUnit` is the unit by which systemd could run the agent, or null, `choices` are the user's own programs. */
export const stateChecks = (
  facts: StateFacts,
  version: string,
  agentUnit: string | null,
  choices: readonly ProgramChoice[],
): readonly Check[] => [
  agentCheck(facts.agent, agentUnit),
  agentVersionCheck(facts.agent, version, agentUnit),
  folderCheck(facts.folder),
  savedCheck(facts.saved),
  spaceCheck(facts.room),
  inodesCheck(facts.room),
  clockCheck(facts.stamps, Date.now()),
  programsCheck(
    facts.programs.ok
      ? ok({ total: facts.programs.value.length, missing: missingPrograms(facts.programs.value, choices) })
      : facts.programs,
  ),
  hooksCheck(facts.hooks),
];

/** Returns what it finds, or what the kernel refused; anything else that is thrown is a bug. */
async function attempt<T>(find: () => Found<T> | Promise<Found<T>>): Promise<Found<T>> {
  try {
    return await find();
  } catch (error) {
    return fail(errnoDetail(error));
  }
}

function folderFacts(path: string, opened: Result<Store>): FolderFacts {
  const shown = shellQuote(path);
  if (!opened.ok)
    return {
      path: shown,
      refused: { message: describeFailure(opened.error), hint: wayOut(opened.error) },
      mode: null,
      isWritable: false,
    };
  const mode = existsSync(path) ? lstatSync(path).mode & 0o777 : null;
  return { path: shown, refused: null, mode, isWritable: isWritable(nearest(path)) };
}

/** A folder of ours that is only too open is mended by one command. */
function wayOut(failure: Failure): string {
  const path = 'path' in failure ? failure.path : '';
  const stats = path === '' ? undefined : lstatSync(path, { throwIfNoEntry: false });
  const isOurs = stats?.isDirectory() === true && stats.uid === process.getuid?.();
  if (isOurs && (stats.mode & 0o022) !== 0) return `chmod go-w ${shellQuote(path)}`;
  return path === '' ? (hintFor(failure.reason) ?? '') : `ls -ld ${shellQuote(path)}`;
}

/** Returns the folder, or the nearest one above it that is there. */
const nearest = (path: string): string => (existsSync(path) || dirname(path) === path ? path : nearest(dirname(path)));

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK | constants.X_OK);
    return true;
  } catch (error) {
    if (errnoCode(error) === null) throw error;
    return false;
  }
}

function savedFacts(peeked: Result<Loaded>): SavedFacts {
  if (!peeked.ok)
    return {
      state: 'broken',
      message: describeFailure(peeked.error),
      hint: hintFor(peeked.error.reason) ?? 'tmux-persist history',
    };
  const { stored, quarantined } = peeked.value;
  if (stored === null && quarantined.length > 0)
    return {
      state: 'broken',
      message: `damaged, and no earlier one can be read: ${quarantined.join(', ')}`,
      hint: 'tmux-persist save',
    };
  if (stored === null) return { state: 'none' };
  const { savedAt, sessions } = stored.manifest;
  return { state: 'saved', savedAt, sessions: sessions.length, damaged: quarantined };
}

async function roomAt(path: string, stateBytes: number): Promise<Found<Room>> {
  const { bavail, bsize, files, ffree } = await statfs(nearest(path));
  return ok({
    freeBytes: bavail * bsize,
    // File systems that make inodes as they need them say that they have none at all (statfs(2)).
    freeInodes: files > 0 ? ffree : null,
    neededBytes: stateBytes + LEAST_FREE,
    neededInodes: LEAST_INODES,
  });
}

async function stampsOf(store: Store, savedAt: string | null): Promise<readonly string[]> {
  const checkedAt = await store.checkedAt();
  const journal = await store.readJournal();
  const entries = journal.ok ? journal.value.map(({ at }) => at) : [];
  return [...(savedAt === null ? [] : [savedAt]), ...(checkedAt === null ? [] : [checkedAt.toISOString()]), ...entries];
}
