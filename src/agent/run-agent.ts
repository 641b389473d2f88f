/**
 * The composition root of the agent: builds the parts, in the order that makes it single and ready, and takes them down again.
 */
import { fail, ok, type Failure, type Result } from '../model/failure.js';
import type { AgentRecord, Context, Store } from '../model/ports.js';
import type { AgentState, Problem, StatusReport } from '../model/report.js';
import { DEFAULT_UNITS, type UnitNames } from '../model/unit-names.js';
import { ownIdentity } from '../store/process-identity.js';
import { openStore } from '../store/open-store.js';
import { connectSessionBus, lossGraceMs, type Bus } from '../systemd/bus.js';
import { serveAgent, type AgentService } from '../systemd/service.js';
import { watchUnit } from '../systemd/unit-watch.js';
import { Agent, type AgentListener } from './agent.js';
import { LineFile } from './line-file.js';
import { createLog } from './log.js';
import { Saver } from './saver.js';
import { ServerWatch } from './server-watch.js';
import { detachedServer, ManagedServer, type ServerUnit } from './server-unit.js';

/** How long the last save may take, in ms; the unit allows 15 s. */
const STOP_WITHIN_MS = 10_000;

/**
 * How long an agent that may not write waits before it ends, in ms. Its unit starts it again, and gives up after 20 starts in 300 s:
 * a full disk may take longer than that to be seen to.
 */
const REFUSED_FOR_MS = 15_000;

/** How an agent is run. */
export interface AgentOptions {
  /** Without systemd and without a bus. */
  readonly standalone: boolean;
  /** The user's own unit that runs the tmux server; null for ours. */
  readonly serverUnit: string | null;
  readonly logLevel: string;
  /** Returns the status as of now, for callers on the bus. */
  readonly status: () => Promise<Result<StatusReport>>;
  /** Returns the sentence for a failure. */
  readonly describe: (failure: Failure) => string;
}

/** Runs the agent until it is told to stop; fails when it can't begin, or when its bus is lost. */
export async function runAgent(context: Context, options: AgentOptions): Promise<Result<void>> {
  let historyDays = 30;
  const store = await openStore(context.stateFolder, { create: true, historyDays: () => historyDays });
  if (!store.ok) return refused(store, options);
  const record = agentRecord(context, options);
  const claimed = await store.value.writeAgent(record('starting', []));
  if (!claimed.ok) return refused(claimed, options);
  const bus = options.standalone ? ok(null) : await connectSessionBus(process.env);
  const units = context.units ?? DEFAULT_UNITS;
  const named = options.serverUnit === null ? units : { ...units, server: options.serverUnit };
  const result = bus.ok
    ? await serve({ ...context, units: named }, options, store.value, bus.value, record, (days) => (historyDays = days))
    : bus;
  await store.value.removeAgent();
  return result;
}

async function refused(failure: Result<never>, { standalone }: AgentOptions): Promise<Result<void>> {
  const isOfFolder = !failure.ok && failure.error.reason !== 'agent-running';
  if (isOfFolder && !standalone) await new Promise((resolve) => setTimeout(resolve, REFUSED_FOR_MS));
  return failure;
}

type MakeRecord = (state: AgentState, problems: readonly Problem[]) => AgentRecord;

function agentRecord(context: Context, options: AgentOptions): MakeRecord {
  let since = new Date().toISOString();
  let last: AgentState = 'starting';
  return (state, problems) => {
    if (state !== last) since = new Date().toISOString();
    last = state;
    return { ...ownIdentity(), state, since, onBus: !options.standalone, version: context.version, problems };
  };
}

async function serve(
  context: Context & { readonly units: UnitNames },
  options: AgentOptions,
  store: Store,
  bus: Bus | null,
  record: MakeRecord,
  keepHistory: (days: number) => void,
): Promise<Result<void>> {
  const log = createLog(options.logLevel);
  const saver = new Saver(context, store, { writes: true, meets: true });
  let service: AgentService | null = null;
  const watchRef: { current: ServerWatch | null } = { current: null };
  const target = () => watchRef.current?.target ?? { binary: context.tmux, socketPath: context.socketPath };
  const managed = bus === null ? null : new ManagedServer(target);
  const unit: ServerUnit = managed ?? detachedServer(target);
  const line = new LineFile({ saver, isUnit: bus !== null, serverPid: () => watchRef.current?.server?.pid ?? null });
  const listener: AgentListener = {
    async changed(state, problems) {
      keepHistory(saver.policy.historyDays);
      service?.update({ state });
      line.changed(state, problems);
      const written = await store.writeAgent(record(state, problems));
      if (!written.ok) log.warn({ reason: written.error.reason }, 'cannot write agent.json, ignoring');
    },
    saved(report) {
      service?.update({ lastSavedAt: new Date().toISOString(), sessions: report.sessions });
      if (report.reason === null) service?.saved(report.id ?? '');
      line.saved();
    },
    serverLost: (cause) => service?.serverLost(cause),
    restored: (report) => service?.restored(JSON.stringify(report)),
  };
  const agent = new Agent({ saver, unit, log, listener, describe: options.describe });
  const watch = new ServerWatch({ binary: context.tmux, socketPath: context.socketPath }, context.bootId, {
    onServer: (server) => {
      agent.onServer(server);
    },
    onChange: () => {
      agent.onChange();
    },
    onGone: (server, end) => {
      agent.onGone(server, end);
    },
  });
  watchRef.current = watch;

  if (bus !== null && managed !== null) {
    const watched = await watchUnit(bus, context.units.server, {
      onUp: ({ mainPid }) => {
        managed.onUp(mainPid);
        watch.poke();
      },
      onDown: (death) => {
        managed.onDown(death);
        watch.processEnded(death.mainPid);
      },
      onRest: (rest) => {
        managed.onRest(rest);
        watch.poke();
      },
    });
    if (!watched.ok) return watched;
    managed.attach(watched.value);
    const served = await serveAgent(
      bus,
      handlersOf(agent, options, (error) => {
        log.error({ err: error }, 'internal error');
      }),
      {
        state: 'starting',
        lastSavedAt: '',
        sessions: 0,
        version: context.version,
      },
      context.units.busName,
    );
    if (!served.ok) return served;
    service = served.value;
  }
  const ended = untilTold(bus);
  await agent.start(watch);
  const why = await ended;
  log.info({ why }, 'stopping');
  const stopped = agent.stop(await removesHooks(managed, context.units.agent, why));
  await Promise.race([stopped, new Promise((resolve) => setTimeout(resolve, STOP_WITHIN_MS).unref())]);
  unit.stop();
  bus?.close();
  // An end before that of the bus would hang the user manager; see lossGraceMs.
  if (why === 'bus-lost') await new Promise((resolve) => setTimeout(resolve, lossGraceMs));
  return why === 'bus-lost' ? fail({ reason: 'bus-unavailable', detail: 'the session bus went away' }) : ok(undefined);
}

function handlersOf(agent: Agent, options: AgentOptions, onBug: (error: unknown) => void) {
  const json = <T>(result: Result<T>): Result<string> => (result.ok ? ok(JSON.stringify(result.value)) : result);
  return {
    save: async () => json(await agent.save()),
    restore: async (
      sessions: readonly string[],
      { from, closed, dryRun, noPrograms }: { from?: string; closed?: boolean; dryRun?: boolean; noPrograms?: boolean },
    ) =>
      json(
        await agent.restore({
          names: sessions.length === 0 ? null : sessions,
          from: from === undefined || from === '' ? null : from,
          closed: closed ?? false,
          dryRun: dryRun ?? false,
          noPrograms: noPrograms ?? false,
        }),
      ),
    status: async () => json(await options.status()),
    describe: options.describe,
    onBug,
  };
}

/** Resolves when a signal or the loss of the bus ends the agent. */
function untilTold(bus: Bus | null): Promise<'SIGTERM' | 'SIGINT' | 'SIGHUP' | 'bus-lost'> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
      process.on(signal, () => {
        resolve(signal);
      });
    }
    bus?.onLost(() => {
      resolve('bus-lost');
    });
  });
}

/** Our hooks go when we are not coming back: without a unit, or once the unit is no longer enabled. */
async function removesHooks(managed: ManagedServer | null, agentUnit: string, why: string): Promise<boolean> {
  if (managed === null) return true;
  if (why === 'bus-lost') return false;
  const enabled = await managed.isEnabled(agentUnit);
  return enabled === false;
}
