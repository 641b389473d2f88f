/**
 * Asks the running agent to do it, if there is one for this very socket on the bus; without auto-start.
 */
import { ok, type Result } from '../model/failure.js';
import type { Context } from '../model/ports.js';
import { openStore } from '../store/open-store.js';
import type { AgentMethods } from '../systemd/agent-client.js';

/** How long an agent may take, in ms: a restore of a thousand panes, with programs, takes under a minute. */
const ANSWER_WITHIN_MS = 180_000;

/** Returns the agent's answer, or null when no agent serves this socket on the bus. */
export async function throughAgent<M extends 'Save' | 'Restore', T>(
  context: Context,
  method: M,
  args: AgentMethods[M],
): Promise<Result<T> | null> {
  const store = await openStore(context.stateFolder, { create: false });
  const agent = store.ok ? await store.value.readAgent() : null;
  if (agent === null || !agent.onBus || context.units === null) return null;
  const [{ connectSessionBus }, { callAgent, isAgentAbsent }] = await Promise.all([
    import('../systemd/bus.js'),
    import('../systemd/agent-client.js'),
  ]);
  const bus = await connectSessionBus(process.env);
  if (!bus.ok) return null;
  const answer = await callAgent(bus.value, context.units.busName, method, args, ANSWER_WITHIN_MS);
  bus.value.close();
  if (!answer.ok) return isAgentAbsent(answer.error) ? null : answer;
  return ok(JSON.parse(answer.value) as T);
}
