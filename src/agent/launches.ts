/**
 * Prepares what starts in each restored pane: its directory, its scrollback, and its program or the user's shell.
 */
import { refOf, type Candidate } from '../model/candidates.js';
import { deathOf } from '../model/dead-pane.js';
import { windowsOf } from '../model/holds.js';
import type { Pane, Program, Window } from '../model/manifest.js';
import type { Launch } from '../model/plan-window.js';
import type { Policy } from '../model/policy.js';
import type { Store } from '../model/ports.js';
import type { ConversationCounts } from '../model/report.js';
import type { ServerSettings } from '../model/snapshot.js';
import { launchArguments, type Death } from '../programs/launcher.js';
import { procView } from '../programs/process-view.js';
import { resumptions } from '../programs/resume-context.js';
import type { Resumption } from '../programs/resumption.js';
import { judgeStartCommand } from '../programs/plain/start-commands.js';
import { usableDirectory } from './directories.js';

/** How long a pane that was dead may take to be made, in seconds; later it is the user who starts it anew. */
const DIE_WITHIN_S = 300;

/** The launches of a restore. */
export interface Launches {
  readonly launches: ReadonlyMap<string, Launch>;
  /** The programs that were put back into panes, started, offered or only named, by the ref of the pane. */
  readonly placed: ReadonlyMap<string, Program>;
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
  const placed = new Map<string, Program>();
  const counts = { resumed: 0, offered: 0, missing: 0 };
  const resume = resumptions(context, procView());
  for (const candidate of candidates) {
    for (const { pane, window } of panesOf(candidate)) {
      const ref = refOf(candidate, pane.id);
      if (launches.has(ref)) continue;
      const resumption = pane.program === null ? null : resume(pane.program);
      if (resumption !== null && resumption.counts !== 'none') counts[resumption.counts]++;
      if (pane.program !== null && resumption !== null && isPlaced(resumption)) placed.set(ref, pane.program);
      launches.set(ref, await launchOf(pane, window, resumption, context));
    }
  }
  return { launches, placed, conversations: counts };
}

const panesOf = ({ session, windows }: Candidate): { readonly pane: Pane; readonly window: Window }[] =>
  windowsOf(session, windows).flatMap((window) => window.panes.map((pane) => ({ pane, window })));

const isPlaced = ({ action, counts }: Resumption): boolean => action !== 'shell' || counts !== 'none';

async function launchOf(
  pane: Pane,
  window: Window,
  resumption: Resumption | null,
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
    resumption,
    argv: noPrograms || pane.dead ? [] : (own?.argv ?? []),
    death,
  });
  const wanted = resumption !== null && resumption.action !== 'shell' ? resumption.cwd : pane.currentPath;
  return { directory: usableDirectory(wanted, context.home), command };
}

function deathAgain(pane: Pane, window: Window, settings: ServerSettings): Death | null {
  const status = deathOf(pane, window, settings);
  return status === null ? null : { status, until: Math.floor(Date.now() / 1000) + DIE_WITHIN_S };
}
