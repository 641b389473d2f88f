/** The user manager, for commands that can do nothing without it. */
import { fail, ok, type Result } from '../model/failure.js';
import { connectSessionBus, type Bus } from '../systemd/bus.js';
import { awaitManager } from '../systemd/manager.js';

/** A manager that is there is there already; at a login it may be some ms behind its bus. */
const MANAGER_WITHIN_MS = 1000;

/** Returns the bus on which a user manager answers; fails with `no-user-manager`. The caller closes it. */
export async function connectManager(): Promise<Result<Bus>> {
  const bus = await connectSessionBus(process.env);
  const there = bus.ok ? await awaitManager(bus.value, MANAGER_WITHIN_MS) : bus;
  if (bus.ok && there.ok) return ok(bus.value);
  if (bus.ok) bus.value.close();
  const detail = !there.ok && 'detail' in there.error ? there.error.detail : 'it does not answer';
  return fail({ reason: 'no-user-manager', detail });
}
