/** The end of `install --now`: the agent runs from what was just installed, has saved once, and its user sees how things stand. */
import type { Context } from '../model/ports.js';
import type { UnitNames } from '../model/unit-names.js';
import { openStore } from '../store/open-store.js';
import type { Bus } from '../systemd/bus.js';
import { runJob } from '../systemd/unit-files.js';
import { describeFailure, EXIT, exitCodeOf } from './failures.js';
import { print, warn } from './output.js';
import { status } from './status.js';

/** A server that the agent has started answers within some 100 ms; so long is waited for it, in ms. */
const WATCHES_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 50;

/** Runs a task in which one agent may follow another, and keeps the server saved meanwhile. */
export type TakeOver = <T>(task: () => Promise<T>) => Promise<T>;

/** Starts the agent, or has the one that runs replaced, saves, and prints the status; returns the exit code. */
export async function startInstalled(
  context: Context,
  bus: Bus,
  { agent, busName }: UnitNames,
  takeOver: TakeOver,
): Promise<number> {
  const { started, watching } = await takeOver(async () => {
    const restarted = await runJob(bus, 'RestartUnit', agent);
    return { started: restarted, watching: restarted.ok && (await watches(context)) };
  });
  if (!started.ok) {
    warn(describeFailure(started.error));
    return exitCodeOf(started.error);
  }
  print(`started ${agent}`);
  if (watching) {
    const { callAgent } = await import('../systemd/agent-client.js');
    const saved = await callAgent(bus, busName, 'Save', [], WATCHES_WITHIN_MS);
    if (!saved.ok) warn(`not saved: ${describeFailure(saved.error)}`);
  }
  print('');
  await status(context, false);
  return EXIT.done;
}

/** Returns whether the agent has a server to save, as soon as it has one. */
async function watches(context: Context): Promise<boolean> {
  const deadline = performance.now() + WATCHES_WITHIN_MS;
  while (performance.now() < deadline) {
    const store = await openStore(context.stateFolder, { create: false });
    const agent = store.ok ? await store.value.readAgent() : null;
    if (agent?.state === 'watching') return true;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  return false;
}
