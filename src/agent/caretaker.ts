/**
 * Takes care of a living server: looks when it is time to, saves, keeps our hooks in place, reads the user's options, and follows
 * sessions that are being closed. It meets no server and mourns none: the agent does.
 */
import type { Logger } from 'pino';
import { fail, ok, type Result } from '../model/failure.js';
import { comeBackAtOnce, type Comebacks } from '../model/at-once.js';
import { settleClosings } from '../model/closing.js';
import type { SaveReport } from '../model/report.js';
import { isOfAnother, isWaiting } from '../model/recovery.js';
import { displayText } from '../model/text.js';
import { installHooks, removeHooks, setHooks } from '../tmux/events.js';
import { putBackLeftOver } from './asides.js';
import { Closings, closingKeys } from './closings.js';
import { Greeter } from './greeter.js';
import { livePanes } from './look.js';
import { OomScores } from './oom-scores.js';
import type { Problems } from './problems.js';
import type { Saver, SaveOutcome, SaveRequest } from './saver.js';
import type { PresentServer } from './identify-server.js';
import { isTmuxServer, processAgeMs } from './server-process.js';
import type { ServerWatch } from './server-watch.js';
import { Starter } from './starter.js';
import { Triggers, type Trigger } from './triggers.js';

/** How often scrollback that nothing refers to is removed, in ms. */
const SWEEP_EVERY_MS = 600_000;

/** What vanished so long before everything was stopped, in ms, did not die of that: its user closed it. */
const MEANT_AFTER_MS = 5000;

/** A server of this age, in ms, has not died soon after its restore (R15). */
const OUTLIVED_MS = 60_000;

/** What a caretaker needs. */
export interface CaretakerParts {
  readonly saver: Saver;
  readonly log: Logger;
  readonly problems: Problems;
  readonly watch: () => ServerWatch;
  /** Runs a task when its turn comes. */
  readonly soon: (task: () => Promise<unknown>) => Promise<void>;
  readonly saved: (report: SaveReport) => void;
  /** Has sessions restored that were lost while their server lives. */
  readonly restoreLost: (names: readonly string[]) => Promise<unknown>;
  /** Tells again who serves the socket: the state folder may have been removed under us. */
  readonly announce: () => Promise<void>;
}

/** Takes care of one living server at a time. */
export class Caretaker {
  readonly #parts: CaretakerParts;
  readonly #triggers = new Triggers((trigger) => this.#parts.soon(() => this.#look(trigger)));
  readonly #closings = new Closings((keys) => void this.#parts.soon(() => this.#confirm(keys)));
  readonly #oomScores = new OomScores();
  readonly #greeter: Greeter;
  readonly #starter = new Starter({
    target: () => this.#parts.watch().target,
    home: () => this.#parts.saver.context.home,
    limit: () => this.#parts.saver.policy.resumeAtOnce,
  });
  #comebacks: Comebacks = new Map();
  #sessionIds = new Set<string>();
  #isActive = false;
  #sweptAt = performance.now();

  constructor(parts: CaretakerParts) {
    this.#parts = parts;
    this.#greeter = new Greeter(parts.saver);
  }

  /** Begins with a server that was met. */
  async start(): Promise<void> {
    await this.#listen();
    this.#triggers.start();
    this.#isActive = true;
    await this.greet();
    await this.save({ trigger: 'server', capture: 'none' });
  }

  /** Ends with the server. */
  stop(): void {
    this.#isActive = false;
    this.#triggers.stop();
    this.#closings.stop();
    this.#starter.stop();
    this.#greeter.stop();
    this.#sessionIds = new Set();
  }

  /** Something may have been restored that a client is to be told of. */
  async greet(): Promise<void> {
    const { server } = this.#parts.watch();
    if (server !== null) await this.#greeter.expect(server);
  }

  /** Something changed in the server. */
  noticeChange(): void {
    this.#triggers.request('change');
  }

  /** Takes a last save and decides what was being closed; `stopping` says that the machine may be taking everything down. */
  async conclude(stopping: boolean): Promise<void> {
    // Before the last look: what is missing in that one may be dying with us, and is not known to be closed.
    const current = await this.#parts.saver.current();
    const closing = current.ok && current.value !== null ? closingKeys(current.value.manifest) : new Set<string>();
    await this.save({ trigger: 'stop', capture: stopping ? 'none' : 'due', isStopping: stopping });
    await this.#confirm(stopping ? this.#closings.followedFor(MEANT_AFTER_MS) : closing);
  }

  /** Decides what was being closed when a server was stopped on request. */
  async concludeStopped(server: PresentServer): Promise<void> {
    await this.#confirm(this.#closings.followedFor(MEANT_AFTER_MS), server);
  }

  /** Takes our hooks out of the server. */
  async removeHooks(): Promise<void> {
    await removeHooks(this.#parts.watch().target, [...this.#sessionIds]);
  }

  /** Reads the user's options anew; returns the commands that put our hooks back where they are missing. */
  async readPolicy(): Promise<readonly string[]> {
    const { saver, problems } = this.#parts;
    const read = await saver.readPolicy(this.#parts.watch().target, [...this.#sessionIds]);
    if (!read.ok) return [];
    const [first] = read.value.problems;
    if (first === undefined) problems.solve('bad-option');
    else problems.report({ ...first, message: read.value.problems.map(({ message }) => message).join('; ') });
    return read.value.missingHooks;
  }

  /** Saves, and takes note of what the look showed. */
  async save(request: SaveRequest): Promise<Result<SaveOutcome>> {
    const { saver, log, saved } = this.#parts;
    const { server, target } = this.#parts.watch();
    if (server === null) return fail({ reason: 'no-server', socketPath: target.socketPath });
    const outcome = await saver.save(target, { ...request, of: server });
    if (!outcome.ok) {
      if (outcome.error.reason !== 'server-replaced') this.#parts.problems.fail(outcome.error, 'saving');
      return outcome;
    }
    const { report, snapshot, lost, detailsDueInMs } = outcome.value;
    this.#parts.problems.saved();
    this.#parts.problems.follow('scrollback-budget', saver.contents.problem);
    this.#noticeSetAside();
    if (detailsDueInMs !== null) this.#triggers.requestIn('change', detailsDueInMs);
    this.#triggers.follow(livePanes(snapshot).map((pane) => pane.pid));
    for (const mismatch of saver.sticky.takeMismatches())
      log.warn(mismatch, 'a program that was started for one conversation has another');
    const panes = livePanes(snapshot).filter(({ dead }) => !dead);
    if (this.#isActive) this.#starter.notice(panes, saver.sticky.spent);
    if (saver.policy.oomProtection) this.#oomScores.raise(server.pid, livePanes(snapshot));
    else this.#oomScores.forget();
    const current = await saver.current();
    this.#closings.follow(current.ok ? (current.value?.manifest ?? null) : null);
    await this.#noticeSessions(snapshot.sessions.map((session) => session.id));
    if (report.saved && report.reason === null) {
      log.debug({ id: report.id, trigger: request.trigger, ms: report.durationMs }, 'saved');
    }
    if (report.saved) saved(report);
    if (this.#isActive) await this.#greeter.notice(target, snapshot.sessions);
    if (lost.length > 0 && request.trigger !== 'stop') {
      const names = lost.map((session) => displayText(session.name));
      const { now, later, comebacks } = comeBackAtOnce(names, this.#comebacks, performance.now());
      this.#comebacks = comebacks;
      log.warn({ sessions: now, leaving: later }, 'sessions were lost to memory pressure, restoring them');
      if (now.length > 0) void this.#parts.soon(() => this.#parts.restoreLost(now));
    }
    return outcome;
  }

  async #look(trigger: Trigger): Promise<void> {
    const watch = this.#parts.watch();
    const { server } = watch;
    if (server === null) return;
    if (trigger === 'look') await this.#maintain();
    const outcome = await this.save({ trigger, capture: trigger === 'look' ? 'due' : 'none' });
    const isAway = !outcome.ok && outcome.error.reason === 'no-server';
    if (isAway && (await watch.reviveSocket())) this.#triggers.request('look');
    const isReplaced = !outcome.ok && outcome.error.reason === 'server-replaced';
    if (isReplaced && watch.server === server) {
      // One that lives is out of everybody's reach now; one that is dead is mourned.
      if (isTmuxServer(server.pid)) watch.replaced();
      else watch.poke();
    }
    if (outcome.ok && (await this.#parts.saver.store.readAgent()) === null) await this.#parts.announce();
  }

  /** What the slow look does beside looking: options, hooks, and scrollback that nothing refers to. */
  async #maintain(): Promise<void> {
    await setHooks(this.#parts.watch().target, await this.readPolicy());
    await this.#putBack();
    await this.#outlive();
    if (performance.now() - this.#sweptAt < SWEEP_EVERY_MS) return;
    this.#sweptAt = performance.now();
    await this.#parts.saver.store.sweepContents();
  }

  /** A restore by hand that was killed may have left the user's hooks out. */
  async #putBack(): Promise<void> {
    const { saver } = this.#parts;
    const { server, target } = this.#parts.watch();
    if (server === null || (await saver.store.readAside()) === null) return;
    await saver.locked(async () => {
      await putBackLeftOver(saver, { ...target, serverPid: server.pid }, { server });
      return ok(undefined);
    });
  }

  /** A server that lives, with nothing left to bring back, has ended a run of crashes. */
  async #outlive(): Promise<void> {
    const { server } = this.#parts.watch();
    if (!this.#parts.problems.has('crash-loop') || server === null) return;
    const current = await this.#parts.saver.current();
    const waits = !current.ok || (current.value !== null && isWaiting(current.value.manifest));
    if (waits || processAgeMs(server.pid) < OUTLIVED_MS) return;
    this.#parts.problems.solve('crash-loop');
  }

  async #listen(): Promise<void> {
    const installed = await installHooks(this.#parts.watch().target, [...this.#sessionIds]);
    if (!installed.ok)
      this.#parts.log.warn({ reason: installed.error.reason }, 'cannot install hooks, looking every 15 s only');
  }

  /** A new session may have hooks of its own, which shadow the global ones. */
  async #noticeSessions(ids: readonly string[]): Promise<void> {
    const isNew = ids.some((id) => !this.#sessionIds.has(id));
    this.#sessionIds = new Set(ids);
    if (isNew && this.#isActive) await this.#listen();
  }

  async #confirm(keys: ReadonlySet<string>, server = this.#parts.watch().server): Promise<void> {
    const { saver } = this.#parts;
    if (keys.size === 0) return;
    await saver.locked(async () => {
      const current = await saver.current();
      if (!current.ok || current.value === null || server === null) return current;
      if (isOfAnother(current.value.manifest, server)) return current;
      saver.memory.sample();
      const settlement = saver.memory.oomKillsNear() > 0 ? 'lost' : 'closed';
      const state = settleClosings(current.value.manifest, keys, settlement, new Date().toISOString());
      return saver.writeState(state, 'closing');
    });
  }

  /** R8: what could not be read is said for as long as this agent lives. */
  #noticeSetAside(): void {
    const paths = this.#parts.saver.last.setAside;
    if (paths.length === 0) return;
    this.#parts.problems.report({
      code: 'set-aside',
      message: `a saved state could not be read and was set aside as '${paths.join("', '")}'; the newest readable one was used`,
      hint: 'tmux-persist history',
    });
  }
}
