/**
 * One save: look → judge → store. The look is taken under the lock, so that what is judged is never older than
 * what it is judged against. It decides nothing itself.
 */
import { countState } from '../model/counts.js';
import { fail, ok, type Result } from '../model/failure.js';
import { judge, type Circumstances, type Look, type State } from '../model/lineage.js';
import { takenPrograms, type TakenProgram } from '../model/lost-parts.js';
import type { Manifest, Pane, Session } from '../model/manifest.js';
import { DEFAULT_POLICY, parsePolicy, type Policy } from '../model/policy.js';
import type { Context, Store, StoredManifest } from '../model/ports.js';
import type { Problem, SaveReport } from '../model/report.js';
import { isOfAnother } from '../model/recovery.js';
import { sameServer, type Snapshot } from '../model/snapshot.js';
import { displayText, sameText } from '../model/text.js';
import { withoutUnsettled } from '../model/unsettled.js';
import { isGone, procView, type ProcessView } from '../programs/process-view.js';
import type { TmuxTarget } from '../tmux/exec.js';
import { readUpkeep, type Upkeep } from '../tmux/settings.js';
import { ContentsCache } from './capture.js';
import { DetailsCache } from './details-cache.js';
import { MemoryEvidence } from './evidence.js';
import { knowledgeOf } from './knowledge.js';
import { LastState } from './last-state.js';
import { completeLook, livePanes, observeTwice, readAhead } from './look.js';
import { PastHolders } from './past-holders.js';
import { isEnding, isTmuxServer, processAgeMs } from './server-process.js';
import { StickyPrograms } from './sticky-programs.js';
import { writeVerdict } from './write-verdict.js';

/** How long a save waits for another process that holds the lock, in ms. */
const LOCK_WAIT_MS = 10_000;

/** What a save was asked for. */
export interface SaveRequest {
  /** Why, as written into the manifest: `change`, `look`, `command`, `stop` ... */
  readonly trigger: string;
  /** Which panes' scrollback is captured: none, those that are due, or all that changed. */
  readonly capture: 'none' | 'due' | 'all';
  /** Whether what is missing now may be dying with the server: the machine is being stopped. */
  readonly isStopping?: boolean;
  /** The only server that may be judged: in any other a restore may be due. Whoever answers, where it is missing. */
  readonly of?: Pick<Snapshot['server'], 'pid' | 'startTime'>;
  /** A snapshot that was taken under the same lock just now, to be judged instead of a new one. */
  readonly snapshot?: Snapshot;
}

/** What a save did. */
export interface SaveOutcome {
  readonly report: SaveReport;
  readonly snapshot: Snapshot;
  /** Sessions that were lost while the server lives, to be restored at once. */
  readonly lost: readonly Session[];
  /** In how many ms a change of options, environments or buffers that was heard can be saved; null when there is none. */
  readonly detailsDueInMs: number | null;
}

/** Saves one server's state. */
export class Saver {
  readonly contents: ContentsCache;
  readonly details: DetailsCache;
  readonly memory = new MemoryEvidence();
  readonly sticky = new StickyPrograms();
  policy: Policy = DEFAULT_POLICY;
  /** While an automatic restore into the live server is due, its looks go to history alone (R3). */
  restoreIsDue = false;
  /** What a restore brought back or could not, until a save has taken note of it. */
  restored = new Set<string>();
  unrestored = new Map<string, 'failed' | 'skipped'>();
  readonly last: LastState;
  /** What was known of a server when the next one was saved before its end was on record. */
  overtaken: Manifest | null = null;
  #counters = '';
  readonly #holders = new PastHolders();
  /** The first processes of the panes of the last look. */
  #panePids: readonly number[] = [];
  /** The server that `contents`, `sticky`, `restored` and `unrestored` are about. */
  #server = '';

  constructor(
    readonly context: Context,
    readonly store: Store,
    /** Without `writes` it only reads, and sets nothing aside; with `meets` it sees servers begin. */
    readonly options: { readonly writes: boolean; readonly meets?: boolean } = { writes: true },
  ) {
    this.contents = new ContentsCache(store);
    this.details = new DetailsCache(store);
    this.last = new LastState(context, store, options.writes, (known, now) => {
      this.#takeOver(known, now);
    });
  }

  /** Reads the user's options anew; returns what else that showed of the server, and the values that can't be used. */
  async readPolicy(
    target: TmuxTarget,
    sessionIds: readonly string[],
  ): Promise<Result<Pick<Upkeep, 'missingHooks'> & { readonly problems: readonly Problem[] }>> {
    const upkeep = await readUpkeep(target, sessionIds);
    if (!upkeep.ok) return upkeep;
    const { settings, options, missingHooks } = upkeep.value;
    const { policy, problems } = parsePolicy(settings.userOptions);
    this.policy = policy;
    if (this.options.meets === true) this.details.meet(upkeep.value, options);
    return ok({ missingHooks, problems });
  }

  /** Begins where the last process that saved left off: what memory ran out for since then counts as near. */
  async begin(): Promise<void> {
    const counters = await this.store.readCounters();
    if (counters !== null) this.memory.startFrom(counters);
    this.memory.sample();
  }

  /** Returns what was saved; fails without having written anything. */
  save(target: TmuxTarget, request: SaveRequest): Promise<Result<SaveOutcome>> {
    return this.locked(() => this.saveLocked(target, request));
  }

  /** Returns what the task returns, which ran under the lock of the state folder; fails with `locked` without having run it. */
  async locked<T>(task: () => Promise<Result<T>>): Promise<Result<T>> {
    const lock = await this.store.lock(LOCK_WAIT_MS);
    if (!lock.ok) return lock;
    try {
      return await task();
    } finally {
      await lock.value.release();
    }
  }

  /** As `save`, for a caller that holds the lock. */
  async saveLocked(target: TmuxTarget, request: SaveRequest): Promise<Result<SaveOutcome>> {
    const startedAt = performance.now();
    this.memory.sample();
    const previous = await this.current();
    if (!previous.ok) return previous;
    const view = procView();
    const observed =
      request.snapshot === undefined
        ? await observeTwice(target, () => {
            readAhead(view, this.#panePids);
          })
        : ok(request.snapshot);
    if (!observed.ok) return observed;
    const snapshot = withoutUnsettled(observed.value);
    const { of = snapshot.server } = request;
    if (of.pid !== snapshot.server.pid || of.startTime !== snapshot.server.startTime)
      return fail({ reason: 'server-replaced', socketPath: this.context.socketPath });
    const entered = this.enter(snapshot, previous.value?.manifest ?? null);
    if (!entered.ok) return entered;
    const known = previous.value?.manifest ?? null;
    // How the server before this one ended may not be on record yet.
    if (known !== null && isOfAnother(known, { ...snapshot.server, bootId: this.context.bootId }))
      this.overtaken = known;
    this.#panePids = livePanes(snapshot).map(({ pid }) => pid);
    await this.contents.refresh(target, snapshot, this.policy, request.capture);
    await this.details.refresh(target, snapshot, this.policy, request);
    const knowledge = knowledgeOf(this.context, this.policy, previous.value?.manifest ?? null, view, this.#holders);
    const seen = completeLook(this.context, snapshot, this.contents, this.details, view, knowledge);
    // A server that dies takes the programs of its panes along, one after the other: what /proc shows of them then is no look (R2).
    if (isEnding(snapshot.server.pid)) return fail({ reason: 'no-server', socketPath: this.context.socketPath });
    this.#holders.note(seen.windows);
    for (const { id, program } of this.#takenFrom(previous.value?.manifest ?? null, seen, view))
      this.sticky.expectTaken(id, program);
    const look = this.sticky.carry(seen, livePanes(snapshot), view);
    const verdict = judge(previous.value?.manifest ?? null, look, this.#circumstances(snapshot, request));
    const lost = verdict.kind === 'replace' ? verdict.lost : [];
    const written = await writeVerdict(this, verdict, previous.value, request.trigger);
    if (!written.ok) return written;
    const { stored, saved, reason } = written.value;
    if (saved) this.#noted();
    await this.#noteCounters();
    const report: SaveReport = {
      saved,
      reason,
      id: stored.manifest.id,
      path: stored.path,
      ...withoutConversations(countState(stored.manifest)),
      bytes: stored.bytes,
      durationMs: Math.round(performance.now() - startedAt),
    };
    return ok({ report, snapshot, lost, detailsDueInMs: this.details.dueInMs(snapshot) });
  }

  /**
   * Begins with a living server: what is on record under the pane ids of another is forgotten, what the saved state says of this
   * very server is taken over. Fails with `foreign-owner` while the server that was saved last lives on another socket.
   */
  enter(live: Pick<Snapshot, 'server'>, previous: Manifest | null): Result<void> {
    const { bootId, stateFolder } = this.context;
    const identity = { ...live.server, bootId };
    const saved = previous?.server == null ? null : { ...previous.server, bootId: previous.bootId };
    const isSame = saved !== null && sameServer(saved, identity);
    if (saved !== null && !isSame && saved.bootId === bootId && !sameText(saved.socketPath, live.server.socketPath)) {
      const where = displayText(saved.socketPath);
      const detail = `it holds the state of the tmux server on '${where}' (pid ${String(saved.pid)}), which still lives`;
      if (isTmuxServer(saved.pid)) return fail({ reason: 'foreign-owner', path: stateFolder, detail });
    }
    const key = JSON.stringify([bootId, identity.pid, identity.startTime]);
    if (key === this.#server) return ok(undefined);
    this.#server = key;
    this.contents.clear();
    this.details.begin(live.server, isSame ? previous : null);
    this.sticky.clear();
    this.restored = new Set();
    this.unrestored = new Map();
    for (const pane of isSame && previous !== null ? panesOf(previous) : []) {
      this.contents.adopt([pane]);
      this.sticky.expectSaved(pane, previous?.savedAt ?? '');
    }
    return ok(undefined);
  }

  /** Returns the last good state on disk. */
  current(): Promise<Result<StoredManifest | null>> {
    return this.last.read();
  }

  /** See `LastState.write`. */
  writeState(state: State, trigger: string, bootId?: string): Promise<Result<StoredManifest>> {
    return this.last.write(state, trigger, bootId);
  }

  /**
   * Another process saved, perhaps after a restore: what it captured is newer than what we did, and what it put into panes that are new
   * to us stays on record until it is seen there.
   */
  #takeOver(known: Manifest, manifest: Manifest): void {
    const { server } = manifest;
    if (server !== null && isOfAnother(known, { ...server, bootId: manifest.bootId })) this.overtaken = known;
    if (server === null || JSON.stringify([manifest.bootId, server.pid, server.startTime]) !== this.#server) return;
    this.contents.adopt(panesOf(manifest));
    const ours = new Set(panesOf(known).map((pane) => pane.id));
    for (const pane of panesOf(manifest).filter(({ id }) => !ours.has(id)))
      this.sticky.expectSaved(pane, manifest.savedAt);
  }

  #takenFrom(previous: Manifest | null, look: Look, view: ProcessView): TakenProgram[] {
    if (previous === null || isOfAnother(previous, { ...look.server, bootId: look.bootId })) return [];
    if (this.memory.oomKillsNear() === 0) return [];
    return takenPrograms(previous, look, ({ pid, startTime }) => {
      const info = view.read(pid);
      return info?.startTime === startTime && !isGone(info);
    });
  }

  #circumstances(snapshot: Snapshot, request: SaveRequest): Circumstances {
    return {
      restoreIsDue: this.restoreIsDue,
      oomNear: this.memory.oomKillsNear() > 0,
      isStopping: request.isStopping === true,
      serverAgeMs: processAgeMs(snapshot.server.pid),
      restored: this.restored,
      unrestored: this.unrestored,
    };
  }

  /** Only when they moved: evidence is not worth a write at each look. */
  async #noteCounters(): Promise<void> {
    const counters = this.memory.counters();
    const text = JSON.stringify(counters);
    if (text === this.#counters) return;
    const noted = await this.store.writeCounters(counters);
    if (noted.ok) this.#counters = text;
  }

  /** What a restore did is in the saved state now. */
  #noted(): void {
    this.restored = new Set();
    this.unrestored = new Map();
  }
}

const panesOf = (manifest: Manifest): Pane[] => manifest.windows.flatMap((window) => window.panes);

const withoutConversations = ({ sessions, windows, panes }: ReturnType<typeof countState>) => ({
  sessions,
  windows,
  panes,
});
