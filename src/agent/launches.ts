/**
 * Prepares what starts in each restored pane: its directory, its scrollback, and its program or the user's shell.
 */
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { refOf, type Candidate } from '../model/candidates.js';
import { deathOf } from '../model/dead-pane.js';
import { windowsOf } from '../model/holds.js';
import type { Pane, Program, Window } from '../model/manifest.js';
import type { Launch } from '../model/plan-window.js';
import type { Policy } from '../model/policy.js';
import type { Store } from '../model/ports.js';
import type { ConversationCounts } from '../model/report.js';
import type { ServerSettings } from '../model/snapshot.js';
import { bytesFromText, type Text } from '../model/text.js';
import { launchArguments, type Death } from '../programs/launcher.js';
import { configDirOfProgram, liveIds } from '../programs/live-conversations.js';
import { procView, type ProcessView } from '../programs/process-view.js';
import { resumeProgram } from '../programs/resume.js';
import type { Resumption } from '../programs/resumption.js';
import { judgeStartCommand } from '../programs/start-commands.js';
import { usableDirectory } from './directories.js';

/** So many programs start at once (R14); the next ones wait a second in their own pane. */
const STARTS_PER_SECOND = 4;

/** How long a started program may take to be seen in its pane, in ms, beside its own wait. */
const APPEAR_WITHIN_MS = 30_000;

/** How long a pane that was dead may take to be made, in seconds; later it is the user who starts it anew. */
const DIE_WITHIN_S = 300;

/** A program that was put back into a pane, started or offered. */
export interface PlacedProgram {
  readonly program: Program;
  /** See StickyPrograms.expect. */
  readonly withinMs: number | null;
}

/** The launches of a restore. */
export interface Launches {
  readonly launches: ReadonlyMap<string, Launch>;
  /** Programs by the ref of their pane. */
  readonly placed: ReadonlyMap<string, PlacedProgram>;
  readonly conversations: ConversationCounts;
}

/** What the launches depend on. */
export interface LaunchContext {
  readonly home: string;
  readonly store: Store;
  readonly policy: Policy;
  readonly settings: ServerSettings;
  readonly noPrograms: boolean;
}

/** Returns the launch of every pane of the candidates, by its ref. */
export async function prepareLaunches(candidates: readonly Candidate[], context: LaunchContext): Promise<Launches> {
  const launches = new Map<string, Launch>();
  const placed = new Map<string, PlacedProgram>();
  const counts = { resumed: 0, offered: 0, missing: 0 };
  const taken = new Set<string>();
  const view = procView();
  for (const candidate of candidates) {
    for (const { pane, window } of panesOf(candidate)) {
      const ref = refOf(candidate, pane.id);
      if (launches.has(ref)) continue;
      const resumption = pane.program === null ? null : resume(pane.program, context, taken, view);
      const delaySeconds = Math.floor(counts.resumed / STARTS_PER_SECOND);
      if (resumption !== null && resumption.counts !== 'none') counts[resumption.counts]++;
      if (resumption?.action === 'start' && pane.program?.conversation) taken.add(pane.program.conversation.id);
      if (pane.program !== null && resumption !== null && resumption.counts !== 'none') {
        const started = resumption.action === 'start';
        placed.set(ref, { program: pane.program, withinMs: started ? delaySeconds * 1000 + APPEAR_WITHIN_MS : null });
      }
      launches.set(ref, await launchOf(pane, window, resumption, delaySeconds, context));
    }
  }
  return { launches, placed, conversations: counts };
}

const panesOf = ({ session, windows }: Candidate): { readonly pane: Pane; readonly window: Window }[] =>
  windowsOf(session, windows).flatMap((window) => window.panes.map((pane) => ({ pane, window })));

function resume(program: Program, context: LaunchContext, taken: ReadonlySet<string>, view: ProcessView): Resumption {
  return resumeProgram(program, {
    policy: context.noPrograms ? 'offer' : context.policy.resume,
    home: context.home,
    exists: (path) => existsSync(Buffer.from(bytesFromText(path))),
    isExecutable,
    liveIds: new Set([...liveIds([configDirOfProgram(program, context.home)], view), ...taken]),
  });
}

async function launchOf(
  pane: Pane,
  window: Window,
  resumption: Resumption | null,
  delaySeconds: number,
  context: LaunchContext,
): Promise<Launch> {
  const { settings, policy, noPrograms } = context;
  const contentsPath = pane.contents === null ? null : await context.store.contentsPath(pane.contents.sha256);
  const death = deathAgain(pane, window, settings);
  // A program that is recognised says more than the command of its pane, and one that has ended is not started again.
  const own =
    resumption === null && death === null ? judgeStartCommand(pane.startCommand, { ...policy, ...settings }) : null;
  const command = launchArguments({
    shell: settings.defaultShell,
    defaultCommand: settings.defaultCommand,
    contentsPath,
    notice: own?.notice ?? null,
    delaySeconds,
    resumption,
    argv: noPrograms || pane.dead ? [] : (own?.argv ?? []),
    death,
  });
  const wanted = resumption?.action === 'start' ? resumption.cwd : pane.currentPath;
  return { directory: usableDirectory(wanted, context.home), command };
}

function deathAgain(pane: Pane, window: Window, settings: ServerSettings): Death | null {
  const status = deathOf(pane, window, settings);
  return status === null ? null : { status, until: Math.floor(Date.now() / 1000) + DIE_WITHIN_S };
}

function isExecutable(path: Text): boolean {
  try {
    accessSync(Buffer.from(bytesFromText(path)), constants.X_OK);
    return statSync(Buffer.from(bytesFromText(path))).isFile();
  } catch {
    return false;
  }
}
