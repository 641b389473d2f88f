/**
 * Calls the agent of this user. It is never started by a call: whoever asks about a stopped agent wants to hear so.
 */
import { fail, ok, type Failure, type Result } from '../model/failure.js';
import { agentName, agentPath, type RestoreOptions } from './agent-interface.js';
import type { Bus } from './bus.js';
import { toVariants } from './bus-values.js';

/** The methods of the agent, with what they take. */
export interface AgentMethods {
  readonly Save: readonly [];
  readonly Status: readonly [];
  readonly Restore: readonly [sessions: readonly string[], options: RestoreOptions];
}

/** Calls the agent that has this bus name and returns the text it answers; fails with `agent-error`, see `isAgentAbsent`, or `bus-unavailable`. */
export async function callAgent<Method extends keyof AgentMethods>(
  bus: Bus,
  name: string,
  method: Method,
  args: AgentMethods[Method],
  timeoutMs: number,
): Promise<Result<string>> {
  const target = { destination: name, path: agentPath, interface: agentName, autoStart: false };
  const [sessions, options] = args;
  const reply =
    sessions === undefined
      ? await bus.call(target, method, '', [], timeoutMs)
      : await bus.call(target, method, 'asa{sv}', [sessions, toVariants({ ...options })], timeoutMs);
  if (!reply.ok) return reply;
  const text = reply.value[0];
  if (typeof text === 'string') return ok(text);
  return fail({ reason: 'agent-error', name: `${agentName}.BadReply`, detail: `${method} did not return a text` });
}

/** Returns whether a failed call means that no agent has the name, or that it ended before it answered. */
export function isAgentAbsent(failure: Failure): boolean {
  if (failure.reason === 'bus-unavailable') return true;
  return failure.reason === 'agent-error' && /\.DBus\.Error\.(NameHasNoOwner|ServiceUnknown)$/.test(failure.name);
}
