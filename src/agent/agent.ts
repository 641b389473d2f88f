/**
 * The agent: keeps one socket's server saved, and restores into the next server when it dies. Everything it learns is a
 * hint to look again; all work goes through one exclusive runner.
 *
 *   starting ──> watching <──> restoring
 *       └──────> waiting ───── a server comes ──> restoring / watching
 */
import type { Logger } from 'pino';
import type { RestoreRequest } from '../model/candidates.js';
import { isCrashLooping } from '../model/crash-loop.js';
import type { Failure, Result } from '../model/failure.js';
import type { JournalEntry } from '../model/journal.js';
import { settleClosings } from '../model/lineage.js';
import type { Manifest } from '../model/manifest.js';
import { parsePolicy } from '../model/policy.js';
import type { AgentState, Problem, RestoreReport, SaveReport } from '../model/report.js';
import { sameServer } from '../model/snapshot.js';
import { displayText } from '../model/text.js';
import { hooksInstalled, installHooks, removeHooks } from '../tmux/events.js';
import { readSettings } from '../tmux/settings.js';
import { Closings, closingKeys } from './closings.js';
import { livePanes } from './look.js';
import { recordLoss, recordUnseenLoss } from './loss.js';
import { restoreInto, type RestoreOrder, type Restored } from './restorer.js';
import { ExclusiveRunner } from './runner.js';
import type { Saver, SaveOutcome, SaveRequest } from './saver.js';
import type { EndSeen, PresentServer, ServerWatch } from './server-watch.js';
import type { ServerUnit } from './server-unit.js';
import { Triggers, type Trigger } from './triggers.js';

/** How often scrollback that nothing refers to is removed, in ms. */
const SWEEP_EVERY_MS = 600_000;
const LOCK_WAIT_MS = 10_000;

/** What the agent tells the outside of. */
export interface AgentListener {
  changed(state: AgentState, problems: readonly Problem[]): Promise<void>;
  saved(report: SaveReport): void;
  serverLost(cause: string): void;
  restored(report: RestoreReport): void;
}

/** What an agent is made of. */
export interface AgentParts {
  readonly saver: Saver;
  readonly unit: ServerUnit;
  readonly log: Logger;
  readonly listener: AgentListener;
  /** Returns a sentence for a failure. */
  readonly describe: (failure: Failure) => string;
}

const ALL: RestoreRequest = { names: null, closed: false };

/** Keeps one socket. */
export class Agent {
  readonly #parts: AgentParts;
  readonly #runner = new ExclusiveRunner();
  readonly #triggers = new Triggers((trigger) => this.#look(trigger));
  readonly #closings = new Closings((keys) => void this.#runner.run(() => this.#confirm(keys)));
  readonly #problems = new Map<string, Problem>();
  #watch: ServerWatch | null = null;
  #state: AgentState = 'starting';
  #sessionIds = new Set<string>();
  #sweptAt = performance.now();
  #looks = 0;

  constructor(parts: AgentParts) {
    this.#parts = parts;
  }

  get state(): AgentState {
    return this.#state;
  }

  /** Begins to watch; `watch` must have been made with this agent's own handlers. */
  async start(watch: ServerWatch): Promise<void> {
    this.#watch = watch;
    await this.#runner.run(async () => {
      const current = await this.#parts.saver.current();
      if (!current.ok) this.#report(current.error, 'reading the saved state');
      this.#adopt(current.ok ? (current.value?.manifest ?? null) : null);
    });
    watch.start();
    await watch.settled();
    if (watch.server === null) await this.#runner.run(() => this.#becomeWaiting('start'));
  }

  /** A server answers: restore into it if it is a new one, then keep it saved. */
  onServer(server: PresentServer): void {
    void this.#runner
      .run(() => this.#meet(server))
      .catch((error: unknown) => {
        this.#bug(error);
      });
  }

  onChange(): void {
    this.#triggers.request('change');
  }

  onGone(server: PresentServer, end: EndSeen): void {
    this.#triggers.stop();
    this.#closings.stop();
    void this.#runner
      .run(() => this.#mourn(server, end))
      .catch((error: unknown) => {
        this.#bug(error);
      });
  }

  /** Saves at a person's request. */
  save(): Promise<Result<SaveReport>> {
    return this.#runner.run(async () => {
      const outcome = await this.#save({ trigger: 'command', capture: 'all' });
      return outcome.ok ? { ok: true, value: outcome.value.report } : outcome;
    });
  }

  /** Restores at a person's request; with no server it has one started. */
  restore(order: RestoreOrder): Promise<Result<RestoreReport>> {
    return this.#runner.run(async () => {
      if (this.#target.server === null && !order.dryRun) {
        const started = await this.#parts.unit.start();
        if (!started.ok) return started;
      }
      const restored = await this.#restore(order, false);
      return restored.ok ? { ok: true, value: restored.value.report } : restored;
    });
  }

  /** Takes a last save, decides what was being closed, and leaves the server as it would be without us (P8). */
  async stop(removesHooks: boolean): Promise<void> {
    this.#triggers.stop();
    this.#closings.stop();
    await this.#runner.run(async () => {
      const watch = this.#target;
      watch.stop();
      if (watch.server === null) return;
      const stopping = await this.#parts.unit.isShuttingDown();
      await this.#save({ trigger: 'stop', capture: stopping ? 'none' : 'due', suspect: stopping });
      const current = await this.#parts.saver.current();
      if (!stopping && current.ok && current.value !== null) await this.#confirm(closingKeys(current.value.manifest));
      if (removesHooks) await removeHooks(watch.target, [...this.#sessionIds]);
    });
    await this.#setState('stopped');
  }

  get #target(): ServerWatch {
    if (this.#watch === null) throw new Error('the agent was not started');
    return this.#watch;
  }

  async #meet(server: PresentServer): Promise<void> {
    const { saver, log } = this.#parts;
    if (this.#target.server !== server) return;
    log.info({ pid: server.pid, version: server.version }, 'tmux server found');
    this.#parts.unit.noteServer(server.pid);
    await this.#readPolicy();
    const current = await saver.current();
    if (!current.ok) {
      this.#report(current.error, 'reading the saved state');
      return;
    }
    const previous = current.value?.manifest ?? null;
    if (previous !== null && isAnother(previous, server)) await recordUnseenLoss(saver, previous);
    if (previous !== null && (isAnother(previous, server) || isWaiting(previous))) await this.#restoreAfterLoss(server);
    await this.#listen();
    this.#triggers.start();
    await this.#save({ trigger: 'server', capture: 'none' });
    await this.#setState('watching');
  }

  async #restoreAfterLoss(server: PresentServer): Promise<void> {
    const { saver, log } = this.#parts;
    const journal = await saver.store.readJournal();
    const entries = journal.ok ? journal.value : [];
    if (wasRestored(entries, server)) return;
    if (isCrashLooping(entries)) {
      this.#problem({
        code: 'crash-loop',
        message:
          'the tmux server died within a minute of each of the last three restores; nothing is restored by itself any more',
        hint: 'find out why it dies, then run: tmux-persist restore --no-programs',
      });
      return;
    }
    saver.restoreIsDue = true;
    try {
      await this.#setState('restoring');
      const restored = await this.#restore({ ...ALL, from: null, dryRun: false, noPrograms: false }, true);
      if (!restored.ok) this.#report(restored.error, 'restoring');
    } finally {
      saver.restoreIsDue = false;
    }
    log.debug('restore finished');
  }

  async #restore(order: RestoreOrder, automatic: boolean): Promise<Result<Restored>> {
    const { saver, log, listener } = this.#parts;
    const lock = await saver.store.lock(LOCK_WAIT_MS);
    if (!lock.ok) return lock;
    try {
      const restored = await restoreInto(saver, this.#target.target, order);
      if (!restored.ok || order.dryRun) return restored;
      const { report, conversations, server, snapshot } = restored.value;
      const { manifestId, durationMs, adopted, skipped, failed } = report;
      const counts = { manifestId, durationMs, restored: report.restored, adopted, skipped, failed };
      const entry = {
        kind: 'restore' as const,
        at: new Date().toISOString(),
        bootId: saver.context.bootId,
        conversations,
        server,
        automatic,
      };
      await saver.store.appendJournal({ ...entry, ...counts });
      log.info({ ...counts, differences: report.differences.length }, 'restored');
      saver.restoreIsDue = false;
      await saver.saveLocked(this.#target.target, { trigger: 'restore', capture: 'none', snapshot });
      listener.restored(report);
      return restored;
    } finally {
      await lock.value.release();
    }
  }

  async #look(trigger: Trigger): Promise<void> {
    await this.#runner
      .run(async () => {
        const watch = this.#target;
        if (watch.server === null) return;
        if (trigger === 'look') await this.#maintain();
        await this.#save({ trigger, capture: trigger === 'look' ? 'due' : 'none' });
      })
      .catch((error: unknown) => {
        this.#bug(error);
      });
  }

  /** What the slow look does beside looking: hooks, options, and scrollback that nothing refers to. */
  async #maintain(): Promise<void> {
    this.#looks++;
    const installed = await hooksInstalled(this.#target.target);
    if (installed.ok && (!installed.value || this.#looks % 4 === 0)) await this.#listen();
    await this.#readPolicy();
    if (performance.now() - this.#sweptAt < SWEEP_EVERY_MS) return;
    this.#sweptAt = performance.now();
    await this.#parts.saver.store.sweepContents();
  }

  async #listen(): Promise<void> {
    const installed = await installHooks(this.#target.target, [...this.#sessionIds]);
    if (!installed.ok)
      this.#parts.log.warn({ reason: installed.error.reason }, 'cannot install hooks, looking every 15 s only');
  }

  async #readPolicy(): Promise<void> {
    const settings = await readSettings(this.#target.target);
    if (!settings.ok) return;
    const { policy, problems } = parsePolicy(settings.value.userOptions);
    this.#parts.saver.policy = policy;
    this.#problems.delete('bad-option');
    for (const problem of problems) this.#problem(problem);
  }

  async #save(request: SaveRequest): Promise<Result<SaveOutcome>> {
    const { saver, log, listener } = this.#parts;
    const outcome = await saver.save(this.#target.target, request);
    if (!outcome.ok) {
      this.#report(outcome.error, 'saving');
      return outcome;
    }
    const { report, snapshot, lost } = outcome.value;
    this.#solved();
    this.#triggers.follow(livePanes(snapshot).map((pane) => pane.pid));
    const current = await saver.current();
    this.#closings.follow(current.ok ? (current.value?.manifest ?? null) : null);
    await this.#noticeSessions(snapshot.sessions.map((session) => session.id));
    if (report.saved && report.reason === null) {
      log.debug({ id: report.id, trigger: request.trigger, ms: report.durationMs }, 'saved');
      listener.saved(report);
    }
    if (lost.length > 0 && request.trigger !== 'stop') {
      const names = lost.map((session) => displayText(session.name));
      log.warn({ sessions: names }, 'sessions were lost to memory pressure, restoring them');
      void this.#runner.run(() =>
        this.#restore({ names, closed: false, from: null, dryRun: false, noPrograms: false }, true),
      );
    }
    return outcome;
  }

  /** A new session may have hooks of its own, which shadow the global ones. */
  async #noticeSessions(ids: readonly string[]): Promise<void> {
    const isNew = ids.some((id) => !this.#sessionIds.has(id));
    this.#sessionIds = new Set(ids);
    if (isNew && this.#state === 'watching') await this.#listen();
  }

  async #mourn(server: PresentServer, end: EndSeen): Promise<void> {
    const { saver, unit, log, listener } = this.#parts;
    saver.memory.sample();
    const death = await recordLoss(saver, server, await unit.deathOf(server.pid), end, await unit.isShuttingDown());
    log.warn({ pid: server.pid, cause: death.cause, detail: death.detail }, 'tmux server lost');
    listener.serverLost(death.cause);
    this.#sessionIds = new Set();
    await this.#becomeWaiting(death.clean ? 'closed' : 'loss');
  }

  async #becomeWaiting(why: 'start' | 'loss' | 'closed'): Promise<void> {
    if (this.#target.server !== null) return;
    await this.#setState('waiting');
    const current = await this.#parts.saver.current();
    const manifest = current.ok ? (current.value?.manifest ?? null) : null;
    const wanted = manifest !== null && manifest.sessions.length + manifest.pending.length > 0;
    const brought = await this.#parts.unit.bringBack(why, wanted);
    if (!brought.ok) this.#report(brought.error, 'starting the tmux server');
    this.#target.poke();
  }

  async #confirm(keys: ReadonlySet<string>): Promise<void> {
    const { saver } = this.#parts;
    if (this.#target.server === null || keys.size === 0) return;
    const lock = await saver.store.lock(LOCK_WAIT_MS);
    if (!lock.ok) return;
    try {
      const current = await saver.current();
      if (!current.ok || current.value === null) return;
      saver.memory.sample();
      const settlement = saver.memory.oomKillsNear() > 0 ? 'lost' : 'closed';
      await saver.writeState(
        settleClosings(current.value.manifest, keys, settlement, new Date().toISOString()),
        'closing',
      );
    } finally {
      await lock.value.release();
    }
  }

  #adopt(manifest: Manifest | null): void {
    const { saver } = this.#parts;
    for (const pane of manifest?.windows.flatMap((window) => window.panes) ?? []) {
      saver.contents.adopt([pane]);
      if (pane.program !== null && pane.program.mode === 'offer') saver.sticky.expect(pane.id, pane.program, null);
    }
  }

  async #setState(state: AgentState): Promise<void> {
    this.#state = state;
    await this.#parts.listener.changed(state, [...this.#problems.values()]);
  }

  #report(failure: Failure, doing: string): void {
    const message = this.#parts.describe(failure);
    this.#problem({ code: failure.reason, message, hint: 'run: tmux-persist status' }, `${doing} failed`);
  }

  #problem(problem: Problem, text = problem.message): void {
    const known = this.#problems.get(problem.code);
    this.#problems.set(problem.code, problem);
    if (known?.message === problem.message) return;
    this.#parts.log.error({ code: problem.code, message: problem.message }, text);
    void this.#parts.listener.changed(this.#state, [...this.#problems.values()]);
  }

  /** A save that went through has solved what kept one from it. */
  #solved(): void {
    const before = this.#problems.size;
    for (const code of [
      'state-unwritable',
      'state-unreadable',
      'server-hung',
      'snapshot-incomplete',
      'locked',
      'no-server',
      'foreign-owner',
    ]) {
      this.#problems.delete(code);
    }
    if (this.#problems.size < before) void this.#parts.listener.changed(this.#state, [...this.#problems.values()]);
  }

  #bug(error: unknown): void {
    this.#parts.log.error({ err: error }, 'internal error');
  }
}

const isAnother = (manifest: Manifest, server: PresentServer): boolean =>
  manifest.server === null || !sameServer({ ...manifest.server, bootId: manifest.bootId }, server);

/** Whether sessions of an earlier server are still to come back: a save without an agent took note of them and no more. */
const isWaiting = (manifest: Manifest): boolean =>
  manifest.pending.some(({ how }) => how === 'lost' || how === 'imported');

const wasRestored = (entries: readonly JournalEntry[], server: PresentServer): boolean =>
  entries.some(
    (entry) =>
      entry.kind === 'restore' &&
      entry.automatic &&
      entry.bootId === server.bootId &&
      entry.server?.pid === server.pid &&
      entry.server.startTime === server.startTime,
  );
