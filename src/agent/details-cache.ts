/**
 * Keeps what a server was told beside its structure: options, hooks, environments, paste buffers. It is read when our hooks have
 * heard a change, and once a minute for what they do not hear; an incomplete answer changes nothing (R2).
 */
import type { Look } from '../model/lineage.js';
import { isStorableVariable } from '../model/environment.js';
import {
  NO_USER_OPTIONS,
  type Manifest,
  type Pane,
  type PasteBuffer,
  type Session,
  type UserOptions,
  type Window,
} from '../model/manifest.js';
import type { Policy } from '../model/policy.js';
import type { Store } from '../model/ports.js';
import type { Snapshot } from '../model/snapshot.js';
import { showsSecret } from '../programs/secrets.js';
import { chooseBuffers, isAutomatic, readBuffer, type BufferRow } from '../tmux/buffers.js';
import { readDetails } from '../tmux/details.js';
import type { TmuxTarget } from '../tmux/exec.js';
import { processAgeMs } from './server-process.js';

/** How often everything is read regardless, in ms: `setw`, `new-session -e` and copy mode have no hook. */
const READ_EVERY_MS = 60_000;

/** The least time between two readings, in ms: a script may set hundreds of options. */
const LEAST_BETWEEN_MS = 2000;

/** How many readings a minute a change can ask for: some status lines set an option every second. */
const MOST_A_MINUTE = 10;

/** A server younger than this, in ms, holds what its tmux.conf set and nothing else. */
const YOUNG_MS = 10_000;

/** What decides whether a save reads. */
export interface Occasion {
  readonly trigger: string;
  readonly capture: 'none' | 'due' | 'all';
}

type ServerKey = Pick<Snapshot['server'], 'pid' | 'startTime'>;

/** What is known of one server. */
interface Held {
  readonly sessions: ReadonlyMap<string, Pick<Session, 'options' | 'environment'>>;
  readonly windows: ReadonlyMap<string, Window['options']>;
  readonly panes: ReadonlyMap<string, Pane['options']>;
  readonly options: UserOptions;
  readonly environment: Session['environment'];
  readonly buffers: readonly PasteBuffer[];
}

const NOTHING: Held = {
  sessions: new Map(),
  windows: new Map(),
  panes: new Map(),
  options: NO_USER_OPTIONS,
  environment: {},
  buffers: [],
};

/** The details of one server. */
export class DetailsCache {
  #held = NOTHING;
  #configured: UserOptions | null = null;
  #met: { readonly server: ServerKey; readonly options: UserOptions } | null = null;
  /** The change counter as of the last reading, or null before the first. */
  #changes: number | null = null;
  /** When the last readings were tried, the latest last. */
  #tried: readonly number[] = [];
  #readAt = -Infinity;
  /** The look that was read last. */
  #readFor: Snapshot | null = null;
  /** What of the policy the last reading went by. */
  #policy = '';
  /** The buffers whose bytes are stored, by name, size and time. */
  readonly #stored = new Map<string, PasteBuffer>();

  constructor(readonly store: Store) {}

  /** Takes note of the `@` options of a server that was just met: those of a young one are its tmux.conf's. */
  meet(server: ServerKey, options: UserOptions): void {
    if (this.#met !== null && isSame(this.#met.server, server)) return;
    this.#met = processAgeMs(server.pid) < YOUNG_MS ? { server, options } : null;
  }

  /** Begins with another server; `saved` is what the last good state says of this very one, or null. */
  begin(server: ServerKey, saved: Manifest | null): void {
    const met = this.#met !== null && isSame(this.#met.server, server) ? this.#met.options : null;
    this.#configured = saved === null ? met : (saved.server?.configured ?? null);
    this.#held = saved === null ? NOTHING : heldOf(saved);
    this.#stored.clear();
    this.#changes = null;
    this.#tried = [];
    this.#readAt = -Infinity;
  }

  /** Returns the time until a change that was heard, or what is new, may be read, in ms; null when there is neither. */
  dueInMs(snapshot: Snapshot): number | null {
    if (this.#changes === snapshot.changes && this.#knowsAll(snapshot)) return null;
    const oldest = this.#tried.length < MOST_A_MINUTE ? -Infinity : (this.#tried[0] ?? -Infinity);
    const latest = this.#tried.at(-1) ?? -Infinity;
    return Math.max(0, latest + LEAST_BETWEEN_MS - performance.now(), oldest + 60_000 - performance.now());
  }

  /** Reads everything anew if this save is an occasion to. */
  async refresh(target: TmuxTarget, snapshot: Snapshot, policy: Policy, occasion: Occasion): Promise<void> {
    const policyKey = JSON.stringify([policy.environment, policy.buffers]);
    if (policyKey === this.#policy && (this.#readFor === snapshot || !this.#isDue(snapshot, occasion))) return;
    const startedAt = performance.now();
    this.#tried = [...this.#tried, startedAt].slice(-MOST_A_MINUTE);
    const details = await readDetails(
      target,
      snapshot,
      (name, value) =>
        isStorableVariable(name, policy.environment) && (isStorableVariable(name, []) || !showsSecret(value)),
    );
    if (!details.ok) return;
    const { sessions, windows, panes, options, environment } = details.value;
    const buffers = policy.buffers ? await this.#keepBuffers(target, chooseBuffers(details.value.buffers)) : [];
    if (buffers === null) return;
    this.#held = {
      // What vanished since the look is as it was: it will be carried over whole (R3).
      sessions: merged(this.#held.sessions, sessions, snapshot.sessions),
      windows: merged(this.#held.windows, windows, snapshot.windows),
      panes: merged(
        this.#held.panes,
        panes,
        snapshot.windows.flatMap((window) => window.panes),
      ),
      options,
      environment,
      buffers,
    };
    this.#changes = snapshot.changes;
    this.#policy = policyKey;
    this.#readAt = startedAt;
    this.#readFor = snapshot;
  }

  /** Returns the look with what is known; what is new since the last reading has no options yet. */
  apply<T extends Pick<Look, 'server' | 'sessions' | 'windows'>>(look: T) {
    const { sessions, windows, panes, options, environment, buffers } = this.#held;
    return {
      ...look,
      server: {
        ...look.server,
        environment: { ...environment, ...look.server.environment },
        options,
        configured: this.#configured,
      },
      sessions: look.sessions.map((session) => ({ ...session, ...sessions.get(session.id) })),
      windows: look.windows.map((window) => ({
        ...window,
        options: windows.get(window.id) ?? window.options,
        panes: window.panes.map((pane) => ({ ...pane, options: panes.get(pane.id) ?? pane.options })),
      })),
      buffers: [...buffers],
    };
  }

  /** `new-window -n` sets an option of what it makes, and no hook tells of it. */
  #knowsAll({ sessions, windows }: Snapshot): boolean {
    const held = this.#held;
    return (
      sessions.every(({ id }) => held.sessions.has(id)) &&
      windows.every((window) => held.windows.has(window.id) && window.panes.every(({ id }) => held.panes.has(id)))
    );
  }

  #isDue(snapshot: Snapshot, { trigger, capture }: Occasion): boolean {
    if (this.#changes === null || capture === 'all' || trigger === 'restore') return true;
    if (capture === 'due' && performance.now() - this.#readAt >= READ_EVERY_MS) return true;
    const waitMs = this.dueInMs(snapshot);
    return waitMs === 0 || (waitMs !== null && (trigger === 'stop' || capture === 'due'));
  }

  /** Returns the buffers whose bytes are stored, or null when the server did not answer. */
  async #keepBuffers(target: TmuxTarget, rows: readonly BufferRow[]): Promise<PasteBuffer[] | null> {
    // One of this very second may be replaced by one of the same name, size and time.
    const startedAt = Math.floor(Date.now() / 1000);
    const kept = new Map<string, { readonly buffer: PasteBuffer; readonly isSettled: boolean }>();
    for (const row of rows) {
      const key = JSON.stringify([row.name, row.bytes, row.created]);
      const known = this.#stored.get(key);
      const buffer = known ?? (await this.#store(target, row));
      if (buffer === 'no-answer') return null;
      if (buffer !== null) kept.set(key, { buffer, isSettled: row.created < startedAt });
    }
    this.#stored.clear();
    for (const [key, { buffer, isSettled }] of kept) if (isSettled) this.#stored.set(key, buffer);
    return [...kept.values()].map(({ buffer }) => buffer);
  }

  async #store(target: TmuxTarget, row: BufferRow): Promise<PasteBuffer | 'no-answer' | null> {
    const read = await readBuffer(target, row);
    // It is gone or another one since it was listed: that is heard, and the next reading finds out.
    if (!read.ok) return read.error.reason === 'snapshot-incomplete' ? null : 'no-answer';
    const hash = await this.store.putContents(read.value);
    if (!hash.ok || hash.value === null) return null;
    return { name: row.name, automatic: isAutomatic(row.name), bytes: row.bytes, sha256: hash.value };
  }
}

const isSame = (left: ServerKey, right: ServerKey): boolean =>
  left.pid === right.pid && left.startTime === right.startTime;

const merged = <T>(
  before: ReadonlyMap<string, T>,
  now: ReadonlyMap<string, T>,
  live: readonly { readonly id: string }[],
): Map<string, T> => {
  const ids = new Set(live.map(({ id }) => id));
  return new Map([...before, ...now].filter(([id]) => ids.has(id)));
};

const heldOf = ({ sessions, windows, server, buffers }: Manifest): Held => ({
  sessions: new Map(sessions.map(({ id, options, environment }) => [id, { options, environment }])),
  windows: new Map(windows.map(({ id, options }) => [id, options])),
  panes: new Map(windows.flatMap((window) => window.panes.map(({ id, options }) => [id, options] as const))),
  options: server?.options ?? NO_USER_OPTIONS,
  environment: server?.environment ?? {},
  buffers,
});
