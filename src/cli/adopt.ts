/**
 * `tmux-persist adopt`: a server that was started in a login, or in somebody's service, ends with that. Moved into a scope of the user's own
 * manager it does not. Nothing is restarted, and no pane notices.
 */
import type { Failure } from '../model/failure.js';
import type { Context } from '../model/ports.js';
import type { SaveReport } from '../model/report.js';
import { DEFAULT_UNITS } from '../model/unit-names.js';
import { attachTo, familyOf, ownerOf, startScope } from '../systemd/adoption.js';
import type { Bus } from '../systemd/bus.js';
import { placementOf } from '../systemd/cgroup.js';
import { userManager } from '../systemd/manager.js';
import { serverUnitOf } from '../systemd/unit-facts.js';
import { serverInfo } from '../tmux/server-info.js';
import { describeFailure, EXIT, exitCodeOf } from './failures.js';
import { print, warn } from './output.js';
import { throughAgent } from './through-agent.js';
import { connectManager } from './user-manager.js';

/** What a scope of ours is called; a server has one of its own, for an earlier one may live on in its. */
const scopeOf = (pid: number): string => `tmux-adopted-${String(pid)}.scope`;
const OWN_SCOPE = /^tmux-adopted-\d+\.scope$/;

/** Whoever forks while they are moved leaves a process behind: so often those are looked for. */
const ROUNDS = 10;

/** Moves the live server, says from where to where, and returns the exit code. */
export async function adopt(context: Context): Promise<number> {
  const server = await serverInfo({ binary: context.tmux, socketPath: context.socketPath });
  if (!server.ok) return refuse(server.error);
  const uid = process.getuid?.() ?? 0;
  const owner = ownerOf(server.value.pid);
  if (owner !== null && owner !== uid)
    return refuse({
      reason: 'foreign-owner',
      path: context.socketPath,
      detail: `its server runs as uid ${String(owner)}`,
    });
  const bus = await connectManager();
  if (!bus.ok) return refuse(bus.error);
  try {
    return await adoptWith(context, bus.value, server.value.pid, uid);
  } finally {
    bus.value.close();
  }
}

async function adoptWith(context: Context, bus: Bus, pid: number, uid: number): Promise<number> {
  const units = context.units ?? DEFAULT_UNITS;
  const managed = await userManager(bus).unitOfPid(pid);
  if (!managed.ok) return refuse(managed.error);
  const from = placementOf(pid);
  if (managed.value !== null && (managed.value === (await serverUnitOf(bus, units)) || OWN_SCOPE.test(managed.value))) {
    print(`the tmux server (pid ${String(pid)}) is in ${managed.value} of your user manager already`);
    return EXIT.done;
  }
  const first = familyOf(pid, uid, from.cgroup);
  const scope = scopeOf(pid);
  const started = await startScope(bus, scope, { pids: first.own, before: units.agent });
  if (!started.ok) return refuse(started.error);
  let moved = first.own.length;
  for (let round = 0; round < ROUNDS; round++) {
    const left = familyOf(pid, uid, from.cgroup).own;
    if (left.length === 0) break;
    const attached = await attachTo(bus, scope, left);
    if (attached.ok) moved += left.length;
  }
  if (placementOf(pid).unit !== scope)
    return refuse({ reason: 'systemd-unavailable', detail: `${scope} was started, and the server is not in it` });
  print(
    `moved the tmux server (pid ${String(pid)}), ${moved === 1 ? 'its only process' : `${String(moved)} processes`}, from ${from.unit ?? 'no unit'} to ${scope}`,
  );
  if (first.foreign.length > 0) warn(`processes of other users stay where they are: ${first.foreign.join(', ')}`);
  // The agent takes note of where it lives now.
  await throughAgent<'Save', SaveReport>(context, 'Save', []);
  return EXIT.done;
}

function refuse(failure: Failure): number {
  warn(describeFailure(failure));
  return exitCodeOf(failure);
}
