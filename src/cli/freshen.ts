/**
 * Brings the saved state up to date for a command that asks what was closed: that may have happened a moment ago.
 * Where nothing can be looked at, what is saved has to do.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { ok, type Result } from '../model/failure.js';
import type { Context } from '../model/ports.js';
import type { SaveReport } from '../model/report.js';
import { openStore } from '../store/open-store.js';
import { EXIT, exitCodeOf } from './failures.js';
import { throughAgent } from './through-agent.js';

/** An agent knows of a server's end within milliseconds, and has written it down within a second. */
const HEARD_WITHIN_MS = 3000;
const POLL_MS = 50;

/** Saves, through the agent where one runs; fails only where a later write would fail as well. */
export async function freshen(context: Context, offline: () => Promise<Result<SaveReport>>): Promise<Result<void>> {
  const save = async () => (await throughAgent<'Save', SaveReport>(context, 'Save', [])) ?? (await offline());
  const saved = await save();
  if (saved.ok) return ok(undefined);
  const code = exitCodeOf(saved.error);
  if (code === EXIT.state || code === EXIT.refused) return saved;
  if (code === EXIT.noServer) {
    await heardOf(context);
    // A look that fell into the very change is no look; the next one is.
    await save();
  }
  return ok(undefined);
}

/** Waits until an agent whose server has just ended has written down what became of it. */
async function heardOf(context: Context): Promise<void> {
  const store = await openStore(context.stateFolder, { create: false });
  if (!store.ok) return;
  const before = await store.value.stamp();
  const deadline = performance.now() + HEARD_WITHIN_MS;
  while (performance.now() < deadline) {
    const agent = await store.value.readAgent();
    if (agent?.state !== 'watching' || (await store.value.stamp()) !== before) return;
    await delay(POLL_MS);
  }
}
