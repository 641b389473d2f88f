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
import type { AgentState, Problem, RestoreReport, SaveReport } from '../model/report.js';
import { decideRecovery, isOfAnother } from '../model/recovery.js';
import { putBackLeftOver } from './asides.js';
import { Caretaker } from './caretaker.js';
import { CRASH_LOOP, notBroughtBack, Problems } from './problems.js';
import { closeLeftOver, recordLoss, recordRestore, recordUnseenLoss } from './records.js';
import { restoreInto, startFor, type RestoreOrder, type Restored } from './restorer.js';
import { Retry } from './retry.js';
import { ExclusiveRunner } from './runner.js';
import type { Saver } from './saver.js';
import type { PresentServer } from './identify-server.js';
import type { EndSeen, ServerWatch } from './server-watch.js';
import type { ServerUnit } from './server-unit.js';

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

/** So often a restore that fails is tried in one server; then saving goes on, with everything kept in `pending`. */
const RESTORE_TRIES = 5;

/** A full disk or a server that hangs says nothing of a restore: it is due for as long as that lasts. */
const SAYS_NOTHING: readonly Failure['reason'][] = [
  'state-unwritable',
  'state-unreadable',
  'foreign-owner',
  'locked',
  'server-hung',
];

/** So many differences of one restore are logged. */
const DIFFERENCES_LOGGED = 50;

const ALL: RestoreRequest = { names: null, closed: false, isAutomatic: true };

/** Keeps one socket. */
export class Agent {
  readonly #parts: AgentParts;
  readonly #runner = new ExclusiveRunner();
  readonly #retry = new Retry();
  readonly #problems = new Problems(
    () => void this.#parts.listener.changed(this.#state, this.#problems.all()),
    ({ code, message }, text) => {
      this.#parts.log.error({ code, message }, text);
    },
    (failure) => this.#parts.describe(failure),
  );
  readonly #caretaker: Caretaker;
  #watch: ServerWatch | null = null;
  #state: AgentState = 'starting';
  #restoreTries = 0;

  constructor(parts: AgentParts) {
    this.#parts = parts;
    this.#caretaker = new Caretaker({
      saver: parts.saver,
      log: parts.log,
      problems: this.#problems,
      watch: () => this.#target,
      soon: (task) => this.#soon(task),
      saved: (report) => {
        parts.listener.saved(report);
      },
      restoreLost: async (names) => {
        const restored = await this.#restore({ ...ALL, names, from: null, dryRun: false, noPrograms: false }, true);
        if (restored.ok) await this.#caretaker.greet();
        else this.#problems.report(notBroughtBack(names, parts.describe(restored.error)), 'restoring failed');
      },
      announce: () => this.#setState(this.#state),
    });
  }

  /** Begins to watch; `watch` must have been made with this agent's own handlers. */
  async start(watch: ServerWatch): Promise<void> {
    this.#watch = watch;
    await this.#parts.saver.begin();
    watch.start();
    await watch.settled();
    if (watch.server === null) await this.#runner.run(() => this.#becomeWaiting('start'));
  }

  /** A server answers: restore into it if it is a new one, then keep it saved. */
  onServer(server: PresentServer): void {
    void this.#soon(() => this.#meet(server));
  }

  onChange(): void {
    this.#caretaker.noticeChange();
  }

  onGone(server: PresentServer, end: EndSeen): void {
    this.#caretaker.stop();
    void this.#soon(() => this.#mourn(server, end));
  }

  /** Saves at a person's request. */
  async save(): Promise<Result<SaveReport>> {
    // One that has just come is met first.
    if (this.#target.server === null) this.#target.poke();
    await this.#target.settled();
    return this.#runner.run(async () => {
      // Its user may have moved it: `adopt` asks for a save when it is done.
      if (this.#target.server !== null) this.#parts.unit.noteServer(this.#target.server.pid);
      const outcome = await this.#caretaker.save({ trigger: 'command', capture: 'all' });
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
    this.#caretaker.stop();
    this.#retry.stop();
    await this.#runner.run(async () => {
      const watch = this.#target;
      watch.stop();
      if (watch.server === null) return;
      await this.#caretaker.conclude(await this.#parts.unit.isShuttingDown());
      if (removesHooks) await this.#caretaker.removeHooks();
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
    await putBackLeftOver(saver, { ...this.#target.target, serverPid: server.pid }, { server });
    await this.#caretaker.readPolicy();
    const current = await saver.current();
    if (!current.ok) {
      this.#problems.fail(current.error, 'reading the saved state');
      this.#retry.later(() => {
        this.onServer(server);
      });
      return;
    }
    this.#retry.done();
    const previous = current.value?.manifest ?? null;
    if (previous !== null && isOfAnother(previous, server)) {
      await recordUnseenLoss(saver, previous);
      await closeLeftOver(saver);
    }
    const journal = await saver.store.readJournal();
    const recovery = decideRecovery(previous, server, journal.ok ? journal.value : []);
    if (recovery === 'crash-loop') this.#problems.report(CRASH_LOOP);
    if (recovery === 'restore') await this.#restoreAfterLoss(server);
    await this.#caretaker.start();
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
    this.#problems.fail(restored.error, 'restoring');
    const saysNothing = SAYS_NOTHING.includes(restored.error.reason);
    saver.restoreIsDue = saysNothing || ++this.#restoreTries < RESTORE_TRIES;
    if (!saver.restoreIsDue) return;
    this.#retry.later(() => {
      this.onServer(server);
    });
  }

  #restore(order: RestoreOrder, automatic: boolean): Promise<Result<Restored>> {
    const { saver, log, listener } = this.#parts;
    return saver.locked(async () => {
      const restored = await restoreInto(saver, this.#target.target, order);
      if (!restored.ok || order.dryRun) return restored;
      const { report, snapshot } = restored.value;
      this.#problems.solve('restore-failed');
      saver.restoreIsDue = false;
      // Nothing to do is no restore: the last one that was is what status tells of.
      if (automatic && report.outcomes.length === 0) return restored;
      await recordRestore(saver, restored.value, automatic);
      const { outcomes, differences, ...counts } = report;
      log.info({ ...counts, differences: differences.length }, 'restored');
      for (const difference of differences.slice(0, DIFFERENCES_LOGGED)) log.warn(difference, 'not as it was saved');
      const saved = await saver.saveLocked(this.#target.target, { trigger: 'restore', capture: 'none', snapshot });
      if (saved.ok) listener.saved(saved.value.report);
      else this.#problems.fail(saved.error, 'saving');
      listener.restored(report);
      return restored;
    });
  }

  async #mourn(server: PresentServer, end: EndSeen): Promise<void> {
    const { saver, unit, log, listener } = this.#parts;
    saver.memory.sample();
    const [word, isStopping] = [await unit.deathOf(server.pid), await unit.isShuttingDown()];
    const place = unit.place();
    const isHostStopped = await unit.wasHostStopped();
    const death = await recordLoss(saver, { server, place, unit: word, end, isStopping, isHostStopped });
    log.warn({ pid: server.pid, cause: death.cause, detail: death.detail }, 'tmux server lost');
    if (death.cause === 'stopped') await this.#caretaker.concludeStopped(server);
    listener.serverLost(death.cause);
    this.#problems.serverGone();
    this.#restoreTries = 0;
    saver.restoreIsDue = false;
    await this.#becomeWaiting(death.isClosed ? 'closed' : 'loss');
  }

  async #becomeWaiting(why: 'start' | 'loss' | 'closed'): Promise<void> {
    if (this.#target.server !== null) return;
    await this.#setState('waiting');
    const current = await this.#parts.saver.current();
    const manifest = current.ok ? (current.value?.manifest ?? null) : null;
    const wanted = manifest !== null && (manifest.sessions.length > 0 || manifest.pending.some(({ part }) => !part));
    const brought = current.ok ? await this.#parts.unit.bringBack(why, wanted) : current;
    if (brought.ok) this.#retry.done();
    else {
      this.#problems.fail(brought.error, current.ok ? 'starting the tmux server' : 'reading the saved state');
      this.#retry.later(() => {
        void this.#soon(() => this.#becomeWaiting(why));
      });
    }
    this.#target.poke();
  }

  async #setState(state: AgentState): Promise<void> {
    this.#state = state;
    await this.#parts.listener.changed(state, this.#problems.all());
  }

  /** Runs a task when its turn comes; what it throws is a bug, and stops nothing else. */
  async #soon(task: () => Promise<unknown>): Promise<void> {
    try {
      await this.#runner.run(task);
    } catch (error) {
      this.#parts.log.error({ err: error }, 'internal error');
    }
  }
}
