/**
 * The agent: keeps one socket's server saved, and restores into the next server when it dies. Everything it learns is a
 * hint to look again; all work goes through one exclusive runner.
 *
 *   starting ──> watching <──> restoring
 *       └──────> waiting ───── a server comes ──> restoring / watching
 */
import type { Logger } from 'pino';
import type { RestoreRequest } from '../model/candidates.js';
import type { Failure, Result } from '../model/failure.js';
import { settleClosings } from '../model/lineage.js';
import { parsePolicy } from '../model/policy.js';
import type { AgentState, Problem, RestoreReport, SaveReport } from '../model/report.js';
import { decideRecovery, isOfAnother, isWaiting } from '../model/recovery.js';
import { displayText } from '../model/text.js';
import { hooksInstalled, installHooks, removeHooks } from '../tmux/events.js';
import { readSettings } from '../tmux/settings.js';
import { isLoginEnding } from '../systemd/logind.js';
import { Closings, closingKeys } from './closings.js';
import { livePanes } from './look.js';
import { Problems } from './problems.js';
import { recordLoss, recordUnseenLoss } from './loss.js';
import { restoreInto, startFor, type RestoreOrder, type Restored } from './restorer.js';
import { Retry } from './retry.js';
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

/** A server of this age, in ms, has not died soon after its restore (R15). */
const OUTLIVED_MS = 60_000;

/** So often a restore that fails is tried in one server; then saving goes on, with everything kept in `pending`. */
const RESTORE_TRIES = 5;

const CRASH_LOOP: Problem = {
  code: 'crash-loop',
  message:
    'the tmux server died within a minute of each of the last three restores; nothing is restored by itself any more',
  hint: 'find out why it dies, then run: tmux-persist restore --no-programs',
};

const ALL: RestoreRequest = { names: null, closed: false };

/** Keeps one socket. */
export class Agent {
  readonly #parts: AgentParts;
  readonly #runner = new ExclusiveRunner();
  readonly #triggers = new Triggers((trigger) => this.#look(trigger));
  readonly #closings = new Closings((keys) => this.#soon(() => this.#confirm(keys)));
  readonly #retry = new Retry();
  readonly #problems = new Problems(
    () => void this.#parts.listener.changed(this.#state, this.#problems.all()),
    ({ code, message }, text) => {
      this.#parts.log.error({ code, message }, text);
    },
  );
  #watch: ServerWatch | null = null;
  #state: AgentState = 'starting';
  #sessionIds = new Set<string>();
  #sweptAt = performance.now();
  #looks = 0;
  #restoreTries = 0;

  constructor(parts: AgentParts) {
    this.#parts = parts;
  }

  get state(): AgentState {
    return this.#state;
  }

  /** Begins to watch; `watch` must have been made with this agent's own handlers. */
  async start(watch: ServerWatch): Promise<void> {
    this.#watch = watch;
    watch.start();
    await watch.settled();
    if (watch.server === null) await this.#runner.run(() => this.#becomeWaiting('start'));
  }

  /** A server answers: restore into it if it is a new one, then keep it saved. */
  onServer(server: PresentServer): void {
    this.#soon(() => this.#meet(server));
  }

  onChange(): void {
    this.#triggers.request('change');
  }

  onGone(server: PresentServer, end: EndSeen): void {
    this.#triggers.stop();
    this.#closings.stop();
    this.#soon(() => this.#mourn(server, end));
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
        const started = await startFor(order, this.#parts.saver, () => this.#parts.unit.start());
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
    this.#retry.stop();
    await this.#runner.run(async () => {
      const watch = this.#target;
      watch.stop();
      if (watch.server === null) return;
      const stopping = await this.#parts.unit.isShuttingDown();
      // Before the last look: what is missing in that one may be dying with us, and is not known to be closed.
      const current = await this.#parts.saver.current();
      const closing = current.ok && current.value !== null ? closingKeys(current.value.manifest) : new Set<string>();
      await this.#save({ trigger: 'stop', capture: stopping ? 'none' : 'due', suspect: stopping });
      if (!stopping) await this.#confirm(closing);
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
      this.#retry.later(() => {
        this.onServer(server);
      });
      return;
    }
    this.#retry.done();
    this.#noticeSetAside();
    const previous = current.value?.manifest ?? null;
    if (previous !== null && isOfAnother(previous, server)) await recordUnseenLoss(saver, previous);
    const journal = await saver.store.readJournal();
    const recovery = decideRecovery(previous, server, journal.ok ? journal.value : []);
    if (recovery === 'crash-loop') this.#problems.report(CRASH_LOOP);
    if (recovery === 'restore') await this.#restoreAfterLoss(server);
    await this.#listen();
    this.#triggers.start();
    await this.#save({ trigger: 'server', capture: 'none' });
    await this.#setState('watching');
  }

  /** Restores into a new server; what fails is tried again while it lives, and until then its looks go to history alone (R3). */
  async #restoreAfterLoss(server: PresentServer): Promise<void> {
    const { saver } = this.#parts;
    this.#problems.solve('crash-loop');
    saver.restoreIsDue = true;
    await this.#setState('restoring');
    const restored = await this.#restore({ ...ALL, from: null, dryRun: false, noPrograms: false }, true);
    if (restored.ok) {
      this.#restoreTries = 0;
      return;
    }
    this.#report(restored.error, 'restoring');
    saver.restoreIsDue = ++this.#restoreTries < RESTORE_TRIES;
    if (!saver.restoreIsDue) return;
    this.#retry.later(() => {
      this.onServer(server);
    });
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
      saver.restoreIsDue = false;
      // Nothing to do is no restore: the last one that was is what status tells of.
      if (automatic && report.outcomes.length === 0) return restored;
      await saver.store.appendJournal({ ...entry, ...counts });
      log.info({ ...counts, differences: report.differences.length }, 'restored');
      const saved = await saver.saveLocked(this.#target.target, { trigger: 'restore', capture: 'none', snapshot });
      if (saved.ok) listener.saved(saved.value.report);
      else this.#report(saved.error, 'saving');
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
        const { server } = watch;
        if (server === null) return;
        if (trigger === 'look') await this.#maintain();
        const outcome = await this.#save({ trigger, capture: trigger === 'look' ? 'due' : 'none' });
        const isAway = !outcome.ok && outcome.error.reason === 'no-server';
        if (isAway && watch.reviveSocket()) this.#triggers.request('look');
        else if (outcome.ok && outcome.value.snapshot.server.pid !== server.pid && watch.server === server)
          watch.replaced();
        // The state folder may have been removed under us.
        if (outcome.ok && (await this.#parts.saver.store.readAgent()) === null) await this.#setState(this.#state);
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
    await this.#outlive();
    if (performance.now() - this.#sweptAt < SWEEP_EVERY_MS) return;
    this.#sweptAt = performance.now();
    await this.#parts.saver.store.sweepContents();
  }

  /** A server that lives, with nothing left to bring back, has ended a run of crashes. */
  async #outlive(): Promise<void> {
    const { server } = this.#target;
    if (!this.#problems.has('crash-loop') || server === null) return;
    const current = await this.#parts.saver.current();
    const waits = !current.ok || (current.value !== null && isWaiting(current.value.manifest));
    if (waits || Date.now() - server.startTime * 1000 < OUTLIVED_MS) return;
    this.#problems.solve('crash-loop');
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
    const [first] = problems;
    if (first === undefined) this.#problems.solve('bad-option');
    else this.#problems.report({ ...first, message: problems.map(({ message }) => message).join('; ') });
  }

  async #save(request: SaveRequest): Promise<Result<SaveOutcome>> {
    const { saver, log, listener } = this.#parts;
    const outcome = await saver.save(this.#target.target, request);
    if (!outcome.ok) {
      this.#report(outcome.error, 'saving');
      return outcome;
    }
    const { report, snapshot, lost } = outcome.value;
    this.#problems.saved();
    this.#noticeSetAside();
    this.#triggers.follow(livePanes(snapshot).map((pane) => pane.pid));
    const current = await saver.current();
    this.#closings.follow(current.ok ? (current.value?.manifest ?? null) : null);
    await this.#noticeSessions(snapshot.sessions.map((session) => session.id));
    if (report.saved && report.reason === null) {
      log.debug({ id: report.id, trigger: request.trigger, ms: report.durationMs }, 'saved');
    }
    if (report.saved) listener.saved(report);
    if (lost.length > 0 && request.trigger !== 'stop') {
      const names = lost.map((session) => displayText(session.name));
      log.warn({ sessions: names }, 'sessions were lost to memory pressure, restoring them');
      this.#soon(() => this.#restore({ names, closed: false, from: null, dryRun: false, noPrograms: false }, true));
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
    const [word, shuttingDown] = [await unit.deathOf(server.pid), await unit.isShuttingDown()];
    const isStopping = shuttingDown || (await isLoginEnding(server.unit));
    const death = await recordLoss(saver, server, word, end, isStopping);
    log.warn({ pid: server.pid, cause: death.cause, detail: death.detail }, 'tmux server lost');
    listener.serverLost(death.cause);
    this.#sessionIds = new Set();
    this.#restoreTries = 0;
    saver.restoreIsDue = false;
    await this.#becomeWaiting(death.clean ? 'closed' : 'loss');
  }

  async #becomeWaiting(why: 'start' | 'loss' | 'closed'): Promise<void> {
    if (this.#target.server !== null) return;
    await this.#setState('waiting');
    const current = await this.#parts.saver.current();
    const manifest = current.ok ? (current.value?.manifest ?? null) : null;
    const wanted = manifest !== null && manifest.sessions.length + manifest.pending.length > 0;
    const brought = current.ok ? await this.#parts.unit.bringBack(why, wanted) : current;
    if (brought.ok) this.#retry.done();
    else {
      this.#report(brought.error, current.ok ? 'starting the tmux server' : 'reading the saved state');
      this.#retry.later(() => {
        this.#soon(() => this.#becomeWaiting(why));
      });
    }
    this.#target.poke();
  }

  async #confirm(keys: ReadonlySet<string>): Promise<void> {
    const { saver } = this.#parts;
    if (keys.size === 0) return;
    const lock = await saver.store.lock(LOCK_WAIT_MS);
    if (!lock.ok) return;
    try {
      const current = await saver.current();
      const { server } = this.#target;
      if (!current.ok || current.value === null || server === null) return;
      if (isOfAnother(current.value.manifest, server)) return;
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

  async #setState(state: AgentState): Promise<void> {
    this.#state = state;
    await this.#parts.listener.changed(state, this.#problems.all());
  }

  #report(failure: Failure, doing: string): void {
    const message = this.#parts.describe(failure);
    this.#problems.report({ code: failure.reason, message, hint: 'run: tmux-persist status' }, `${doing} failed`);
  }

  /** R8: what could not be read is said for as long as this agent lives. */
  #noticeSetAside(): void {
    const paths = this.#parts.saver.setAside;
    if (paths.length === 0) return;
    this.#problems.report({
      code: 'set-aside',
      message: `a saved state could not be read and was set aside as '${paths.join("', '")}'; the newest readable one was used`,
      hint: 'see: tmux-persist history',
    });
  }

  /** Runs a task when its turn comes; what it throws is a bug, and stops nothing else. */
  #soon(task: () => Promise<unknown>): void {
    this.#runner.run(task).catch((error: unknown) => {
      this.#bug(error);
    });
  }

  #bug(error: unknown): void {
    this.#parts.log.error({ err: error }, 'internal error');
  }
}
