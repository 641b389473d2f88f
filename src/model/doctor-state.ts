/**
 * Judges what is saved and who saves it: the agent, the state folder, its disk, the clock, and whether the saved programs are still there.
 * Facts in, checks out.
 */
import { failed, judged, passed, warned, type Check, type Found } from './doctor.js';
import type { AgentRecord } from './ports.js';

/** What is known of the state folder. Its path is as a person types it. */
export interface FolderFacts {
  readonly path: string;
  /** Why it is not used at all, with a way out; null when it is. */
  readonly refused: { readonly message: string; readonly hint: string } | null;
  /** Null while it is not there. */
  readonly mode: number | null;
  /** Whether we may write into it, or make it. */
  readonly isWritable: boolean;
}

/** Room on the disk of the state folder. */
export interface Room {
  readonly freeBytes: number;
  /** Null where the file system makes inodes as it needs them. */
  readonly freeInodes: number | null;
  /** What one more save may take. */
  readonly neededBytes: number;
  readonly neededInodes: number;
}

/** What is saved. */
export type SavedFacts =
  | { readonly state: 'none' }
  | { readonly state: 'broken'; readonly message: string; readonly hint: string }
  | {
      readonly state: 'saved';
      readonly savedAt: string;
      readonly sessions: number;
      /** Damaged files in whose place an earlier one is used. */
      readonly damaged: readonly string[];
    };

/** How the hooks of one coding agent stand; as the reports of `hooks status`. */
export interface HookFacts {
  readonly tool: string;
  readonly state: 'installed' | 'not-installed' | 'outdated' | 'disabled' | 'not-found' | 'refused';
  readonly detail: string | null;
}

/** Returns whether an agent serves this socket; `unit` is the one by which systemd could run it, or null. */
export const agentCheck = (found: Found<AgentRecord | null>, unit: string | null): Check =>
  judged('agent', found, (agent) => {
    const id = 'agent';
    if (agent === null)
      return failed(
        id,
        'none runs: nothing is saved, and nothing comes back by itself',
        unit === null ? 'tmux-persist agent --standalone' : `systemctl --user enable --now ${unit}`,
      );
    const [problem] = agent.problems.filter(({ code }) => code !== 'bad-option');
    if (problem !== undefined) return warned(id, `it says: ${problem.message}`, problem.hint);
    return passed(id, `${agent.state}, pid ${String(agent.pid)}${agent.onBus ? '' : ', standalone'}`);
  });

/** Returns whether the agent is of the version of this program. */
export const agentVersionCheck = (found: Found<AgentRecord | null>, own: string, unit: string | null): Check =>
  judged('agent-version', found, (agent) => {
    const id = 'agent-version';
    if (agent === null) return passed(id, `no agent; this program is ${own}`);
    if (agent.version === own) return passed(id, own);
    return warned(
      id,
      `the agent is ${agent.version}, this program is ${own}`,
      agent.onBus
        ? `systemctl --user restart ${unit ?? 'tmux-persist.service'}`
        : `kill ${String(agent.pid)}, and start it again as it was started`,
    );
  });

/** Returns whether the state folder can be used, and by its user alone. */
export const folderCheck = (found: Found<FolderFacts>): Check =>
  judged('state-folder', found, ({ path, refused, mode, isWritable }) => {
    const id = 'state-folder';
    if (refused !== null) return failed(id, refused.message, refused.hint);
    if (!isWritable)
      return failed(id, `${path} can't be written`, mode === null ? `mkdir -p ${path}` : `chmod u+rwx ${path}`);
    if (mode === null) return passed(id, `${path} is made by the first save`);
    if ((mode & 0o077) !== 0)
      return warned(id, `${path} is open to others (mode ${mode.toString(8)})`, `chmod 700 ${path}`);
    return passed(id, path);
  });

/** Returns whether what is saved can be read. */
export const savedCheck = (found: Found<SavedFacts>): Check =>
  judged('saved-state', found, (saved) => {
    const id = 'saved-state';
    if (saved.state === 'none') return passed(id, 'nothing is saved yet');
    if (saved.state === 'broken') return failed(id, saved.message, saved.hint);
    const { savedAt, sessions, damaged } = saved;
    if (damaged.length > 0)
      return warned(id, `damaged, an earlier one is used: ${damaged.join(', ')}`, 'tmux-persist history');
    return passed(id, `of ${savedAt}, sessions: ${String(sessions)}`);
  });

const MEGABYTE = 1024 * 1024;
/** Less than this is worth a word: saves go on, and logs of others fill it. */
const SCARCE_BYTES = 100 * MEGABYTE;
const SCARCE_INODES = 1000;

/** Returns whether there is room for saves. */
export const spaceCheck = (found: Found<Room>): Check =>
  judged('disk-space', found, ({ freeBytes, neededBytes }) =>
    scarce('disk-space', {
      left: `${String(Math.floor(freeBytes / MEGABYTE))} MB free`,
      isFull: freeBytes < neededBytes,
      isScarce: freeBytes < SCARCE_BYTES,
      hint: 'df -h',
    }),
  );

/** Returns whether there are inodes for saves. */
export const inodesCheck = (found: Found<Room>): Check =>
  judged('disk-inodes', found, ({ freeInodes, neededInodes }) =>
    freeInodes === null
      ? passed('disk-inodes', 'made as they are needed')
      : scarce('disk-inodes', {
          left: `${String(freeInodes)} inodes free`,
          isFull: freeInodes < neededInodes,
          isScarce: freeInodes < SCARCE_INODES,
          hint: 'df -i',
        }),
  );

interface Scarcity {
  readonly left: string;
  readonly isFull: boolean;
  readonly isScarce: boolean;
  readonly hint: string;
}

function scarce(id: string, { left, isFull, isScarce, hint }: Scarcity): Check {
  if (isFull) return failed(id, `${left} where states are saved: nothing can be saved`, hint);
  return isScarce ? warned(id, `${left} where states are saved`, hint) : passed(id, left);
}

/** Clocks of one machine differ by less, in ms. */
const CLOCK_SLACK_MS = 60_000;

/** Returns whether the clock is behind what was written before; `stamps` are ISO 8601. */
export const clockCheck = (found: Found<readonly string[]>, now: number): Check =>
  judged('clock', found, (stamps) => {
    const latest = Math.max(...stamps.map((stamp) => Date.parse(stamp)).filter(Number.isFinite));
    if (latest <= now + CLOCK_SLACK_MS) return passed('clock', 'nothing saved is from the future');
    return warned(
      'clock',
      `what is saved is of ${new Date(latest).toISOString()}, the clock says ${new Date(now).toISOString()}`,
      'timedatectl set-ntp true',
    );
  });

/** Returns whether the saved programs can be started; `missing` has a name for each pane whose program is not found. */
export const programsCheck = (found: Found<{ total: number; missing: readonly string[] }>): Check =>
  judged('programs', found, ({ total, missing }) => {
    if (missing.length === 0)
      return passed('programs', total === 0 ? 'none is saved' : `all ${String(total)} are found`);
    const names = [...new Set(missing)];
    const list = `${names.slice(0, 5).join(', ')}${names.length > 5 ? ' ...' : ''}`;
    return warned(
      'programs',
      `not found any more, so that panes come back as shells: ${list} (in ${String(missing.length)} of ${String(total)})`,
    );
  });

/** Returns whether the hooks of coding agents, where they were wanted, still reach us. */
export const hooksCheck = (found: Found<readonly HookFacts[]>): Check =>
  judged('hooks', found, (reports) => {
    const id = 'hooks';
    const of = (...states: HookFacts['state'][]) => reports.filter(({ state }) => states.includes(state));
    const [broken] = of('outdated', 'refused', 'disabled');
    const outdated = of('outdated').map(({ tool }) => tool);
    if (broken !== undefined)
      return warned(
        id,
        of('outdated', 'refused', 'disabled')
          .map(({ tool, state, detail }) => `${tool}: ${detail ?? state}`)
          .join('; '),
        outdated.length === 0 ? null : `tmux-persist hooks install ${outdated.join(' ')}`,
      );
    const installed = of('installed').map(({ tool }) => tool);
    const without = of('not-installed').map(({ tool }) => tool);
    const parts = [
      ...(installed.length === 0 ? [] : [`installed for ${installed.join(', ')}`]),
      ...(without.length === 0 ? [] : [`not installed for ${without.join(', ')}, which is your choice`]),
    ];
    return passed(id, parts.length === 0 ? 'no coding agent is here' : parts.join('; '));
  });
