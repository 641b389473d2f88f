/**
 * The programs that can come back in a set of panes. Panes are judged together, because one conversation belongs to
 * one pane, and what one process holds explains away a doubt about another.
 */
import { uptime } from 'node:os';
import { posix } from 'node:path';
import type { Conversation, Program } from '../model/manifest.js';
import { modeFor, type ProgramChoice } from '../model/program-choices.js';
import { lowestMode } from '../model/resume-mode.js';
import { displayText, type Text } from '../model/text.js';
import { baseName } from './command-line.js';
import { familiesFor } from './families.js';
import type { Around, Family, Held, Identity } from './family.js';
import { fileView } from './file-view.js';
import { findProgram, type Found } from './find-program.js';
import { readFlags } from './flags.js';
import type { HookRecord } from './hooks/hook-records.js';
import type { ProcessView } from './process-view.js';
import { withoutSecrets } from './secrets.js';

/** What identification may know beside the processes; all of it can be left out. */
export interface Knowledge {
  /** When the machine started, in ms since the epoch. */
  readonly bootMs?: number;
  readonly records?: readonly HookRecord[];
  readonly previous?: (pid: number, startTime: string) => Conversation | null;
  readonly heldAt?: (id: string, at: number) => boolean;
  /** What the user chose for programs. */
  readonly choices?: readonly ProgramChoice[];
}

/** Returns the program of each pane, null where nothing is known that could come back. */
export function identifyPrograms(
  panes: readonly { readonly paneId: string; readonly pid: number }[],
  view: ProcessView,
  home: string,
  knowledge: Knowledge = {},
): Map<string, Program | null> {
  const { choices = [] } = knowledge;
  const families = familiesFor(choices);
  const found = panes.flatMap(({ paneId, pid }) => findProgram(paneId, pid, view, families) ?? []);
  const programs = new Map<string, Program | null>(panes.map(({ paneId }) => [paneId, null]));
  for (const [{ family, held }, identity] of identitiesOf(found, aroundOf(view, home, knowledge)))
    programs.set(held.paneId, programOf(family, held, identity, choices));
  return oneIdOnePane(programs);
}

/** Returns what families may look at. */
export function aroundOf(view: ProcessView, home: string, knowledge: Knowledge = {}): Around {
  const { bootMs = Date.now() - uptime() * 1000, records = [] } = knowledge;
  const { previous = () => null, heldAt = () => false } = knowledge;
  return { home, bootMs, now: Date.now(), view, files: fileView(), records, previous, heldAt };
}

/** Returns the identity of each process; those of one family are judged together. */
export function identitiesOf(found: readonly Found[], around: Around): Map<Found, Identity> {
  const identities = new Map<Found, Identity>();
  for (const family of new Set(found.map((one) => one.family))) {
    const own = found.filter((one) => one.family === family);
    const answers = family.conversations?.identify(
      own.map(({ held }) => held),
      around,
    );
    for (const [index, one] of own.entries()) {
      const cwd = one.held.info.cwd ?? around.home;
      identities.set(one, answers?.[index] ?? { conversation: null, cwd });
    }
  }
  return identities;
}

function programOf(
  family: Family,
  held: Held,
  { conversation, cwd }: Identity,
  choices: readonly ProgramChoice[],
): Program {
  const { info } = held;
  const { argv, withheld } = withoutSecrets(info.argv, family.flags);
  const isWhole = !withheld && (family.flags === null || !readFlags(held.command.args, family.flags).isUnsure);
  const isSure =
    info.state !== 'T' && isWhole && (family.conversations === null || conversation?.confidence === 'exact');
  const name = baseName(held.command.script ?? info.argv[0] ?? '');
  const mode = modeFor(choices, family.kind, name, family.mode);
  return {
    kind: family.kind,
    exe: info.exe ?? info.argv[0] ?? '',
    argv: [...argv],
    cwd,
    env: keptEnvironment(family, held),
    mode: isSure ? mode : lowestMode(mode, 'offer'),
    conversation,
    process: { pid: info.pid, startTime: info.startTime },
  };
}

function keptEnvironment({ variables }: Family, { environment, info }: Held): Record<string, Text> {
  const kept: Record<string, Text> = {};
  for (const name of ['PATH', ...variables]) {
    const value = environment?.get(name);
    if (value === undefined || value === '') continue;
    // A relative folder means another one elsewhere.
    const { cwd } = info;
    const isFolder = /_(DIR|HOME)$/.test(name) && typeof value === 'string' && cwd !== null;
    kept[name] = isFolder ? posix.resolve(displayText(cwd), value) : value;
  }
  return kept;
}

/** Returns the programs with every conversation sure in at most one pane: the first. Families settle what they can tell better. */
function oneIdOnePane(programs: ReadonlyMap<string, Program | null>): Map<string, Program | null> {
  const owners = new Map<string, string>();
  const judged = new Map<string, Program | null>();
  for (const [paneId, program] of programs) {
    const conversation = program?.conversation;
    if (program === null || conversation?.confidence !== 'exact') {
      judged.set(paneId, program);
      continue;
    }
    const key = `${program.kind} ${conversation.id}`;
    const owner = owners.get(key) ?? paneId;
    owners.set(key, owner);
    judged.set(
      paneId,
      owner === paneId
        ? program
        : {
            ...program,
            mode: lowestMode(program.mode, 'offer'),
            conversation: { ...conversation, confidence: 'ambiguous' },
          },
    );
  }
  return judged;
}
