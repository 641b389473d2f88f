/**
 * Saving and restoring without an agent, for the command line: the same saver and restorer, under the same lock.
 */
import { setTimeout } from 'node:timers/promises';
import { fail, ok, type Result } from '../model/failure.js';
import { forget, forgetReport } from '../model/forget.js';
import type { Manifest } from '../model/manifest.js';
import { nothingReadable } from '../model/nothing-readable.js';
import type { Context } from '../model/ports.js';
import type { ForgetReport, RestoreReport, SaveReport } from '../model/report.js';
import type { Snapshot } from '../model/snapshot.js';
import { openStore } from '../store/open-store.js';
import { connectSessionBus } from '../systemd/bus.js';
import { userManager } from '../systemd/manager.js';
import { serverUnitOf } from '../systemd/unit-facts.js';
import type { TmuxTarget } from '../tmux/exec.js';
import { livePanes } from './look.js';
import { recordRestore } from './records.js';
import { restoreInto, startFor, type RestoreOrder } from './restorer.js';
import { Saver, type SaveRequest } from './saver.js';
import { isTmuxServer } from './server-process.js';
import { awaitServer, startDetachedServer } from './server-start.js';
import { Starter } from './starter.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const PROGRESS_EVERY_MS = 250;

/** Saves the living server once; `capture` says whose scrollback is read anew. */
export async function saveOffline(
  context: Context,
  capture: SaveRequest['capture'] = 'all',
): Promise<Result<SaveReport>> {
  const saver = await openSaver(context);
  if (!saver.ok) return saver;
  const target = targetOf(context);
  await saver.value.readPolicy(target, []);
  const outcome = await saver.value.save(target, { trigger: 'command', capture });
  return outcome.ok ? ok(outcome.value.report) : outcome;
}

/**
 * Restores what is missing; with no server it has one started, through the unit where a user manager answers, else detached. Then it
 * starts what waits for its turn, and tells `onWaiting` how many still do.
 */
export async function restoreOffline(
  context: Context,
  order: RestoreOrder,
  onWaiting: (waiting: number) => void = () => undefined,
): Promise<Result<RestoreReport>> {
  if (order.dryRun) return planOffline(context, order);
  const saver = await openSaver(context);
  if (!saver.ok) return saver;
  const target = targetOf(context);
  const done = await undisturbed(() =>
    saver.value.locked(async () => {
      let restored = await restoreInto(saver.value, target, order);
      if (!restored.ok && restored.error.reason === 'no-server') {
        const started = await startFor(order, saver.value, () => startServer(context, target));
        if (!started.ok) return started;
        restored = await restoreInto(saver.value, target, order);
      }
      if (!restored.ok) return restored;
      const { snapshot } = restored.value;
      await recordRestore(saver.value, restored.value, false);
      await saver.value.saveLocked(target, { trigger: 'restore', capture: 'none', snapshot });
      return restored;
    }),
  );
  if (!done.ok) return done;
  const { report, snapshot } = done.value;
  // An agent that is not on the bus sees them too, and stays.
  if ((await saver.value.store.readAgent()) === null) await giveTurns(saver.value, target, snapshot, onWaiting);
  return ok(report);
}

/** Resolves when every program that waits for its turn had it. A signal ends the patience: what is left then is an offer in its pane. */
async function giveTurns(
  saver: Saver,
  target: TmuxTarget,
  snapshot: Snapshot,
  onWaiting: (waiting: number) => void,
): Promise<void> {
  const starter = new Starter({
    target: () => target,
    home: () => saver.context.home,
    limit: () => saver.policy.resumeAtOnce,
  });
  const patience = new AbortController();
  const lose = (): void => {
    patience.abort();
  };
  for (const signal of SIGNALS) process.on(signal, lose);
  starter.notice(livePanes(snapshot));
  await starter.settled();
  while (starter.waiting > 0 && !patience.signal.aborted) {
    onWaiting(starter.waiting);
    await setTimeout(PROGRESS_EVERY_MS, null, { signal: patience.signal }).catch(() => undefined);
  }
  starter.stop();
  for (const signal of SIGNALS) process.off(signal, lose);
}

/** Takes a name out of restoring. An agent that runs has no part in it: it reads the saved state anew when somebody replaced it. */
export async function forgetOffline(context: Context, name: string): Promise<Result<ForgetReport>> {
  const saver = await openSaver(context);
  if (!saver.ok) return saver;
  return saver.value.locked(async () => {
    const current = await saver.value.current();
    if (!current.ok) return current;
    if (current.value === null) return fail(nothingReadable(context.stateFolder, saver.value.last.setAside));
    const { manifest } = current.value;
    const forgotten = forget(manifest, name, isServerLive(context, manifest));
    if (forgotten.entries.length > 0) {
      const written = await saver.value.writeState(forgotten.state, 'forget', manifest.bootId);
      if (!written.ok) return written;
    } else if (!forgotten.isLive) return fail({ reason: 'not-found', what: `session '${name}'` });
    return ok(forgetReport(manifest.id, name, forgotten));
  });
}

const isServerLive = (context: Context, { bootId, server }: Manifest): boolean =>
  server !== null && bootId === context.bootId && isTmuxServer(server.pid);

/** Half of a restore would leave the user's hooks out of the server: what has begun is finished, a second or two later. */
async function undisturbed<T>(task: () => Promise<T>): Promise<T> {
  const later = (): void => undefined;
  for (const signal of SIGNALS) process.on(signal, later);
  try {
    return await task();
  } finally {
    for (const signal of SIGNALS) process.off(signal, later);
  }
}

/** Says what a restore would do; it takes no lock and makes nothing. */
async function planOffline(context: Context, order: RestoreOrder): Promise<Result<RestoreReport>> {
  const store = await openStore(context.stateFolder, { create: false });
  if (!store.ok) return store;
  const saver = new Saver(context, store.value, { writes: false });
  const planned = await restoreInto(saver, targetOf(context), order);
  return planned.ok ? ok(planned.value.report) : planned;
}

/** Returns the server that a context is about. */
export const targetOf = (context: Context): TmuxTarget => ({ binary: context.tmux, socketPath: context.socketPath });

/** Returns a saver that goes on where the last one left off. */
export async function openSaver(context: Context): Promise<Result<Saver>> {
  const store = await openStore(context.stateFolder, { create: true });
  if (!store.ok) return store;
  const saver = new Saver(context, store.value);
  // What the kernel killed since somebody looked last is judged by who looks next.
  await saver.begin();
  return ok(saver);
}

async function startServer(context: Context, target: TmuxTarget): Promise<Result<void>> {
  const { units } = context;
  const bus = units === null ? null : await connectSessionBus(process.env);
  if (units !== null && bus?.ok === true) {
    const started = await userManager(bus.value).start(await serverUnitOf(bus.value, units));
    bus.value.close();
    if (started.ok) return awaitServer(target);
  }
  return startDetachedServer(target);
}
