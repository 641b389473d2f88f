/**
 * Whether the login that a server lives in is being ended. One that was started from a login lives in that login's scope: at a logout with
 * KillUserProcesses, at `loginctl terminate-session` and at every shutdown it gets a SIGTERM, which looks like the user's kill-server (R5).
 * Asked afterwards nobody can say: a scope is also gone when its last process ended by itself. So its jobs are heard from the beginning.
 */
import { connectSessionBus, type Bus } from './bus.js';
import { placementOf } from './cgroup.js';
import { subscribe, systemdManager, systemdName, systemdPath } from './manager.js';
import { unitPath } from './unit-state.js';

/** Where the bus of the whole machine listens. */
export const SYSTEM_BUS = 'unix:path=/run/dbus/system_bus_socket';

/** Watches the login of one server after the other. */
export class LoginWatch {
  /** Resolves with the system bus, or null where nobody can say; null for a server that lives in no login. */
  #bus: Promise<Bus | null> | null = null;
  #hadJob = false;

  /** Begins with the server that has this pid; returns the unit that it lives in. */
  follow(pid: number): string | null {
    this.stop();
    this.#hadJob = false;
    const { unit } = placementOf(pid);
    if (unit !== null && /^session-.*\.scope$/.test(unit)) this.#bus = this.#hear(unit, pid);
    return unit;
  }

  /** Returns whether the login is ending, or the machine, or nobody can say that they are not; false for a server that lives in none. */
  async isEnding(): Promise<boolean> {
    if (this.#bus === null) return false;
    const bus = await this.#bus;
    // Its answer comes after all that was told before it, the jobs of the scope among that.
    const state = bus === null ? null : await ask(bus, systemdPath, 'Manager', 'SystemState');
    return state === null || state === 'stopping' || this.#hadJob;
  }

  stop(): void {
    void this.#bus?.then((bus) => bus?.close());
    this.#bus = null;
  }

  async #hear(unit: string, pid: number): Promise<Bus | null> {
    const connected = await connectSessionBus({ DBUS_SESSION_BUS_ADDRESS: SYSTEM_BUS });
    if (!connected.ok) return null;
    const bus = connected.value;
    bus.onSignal(({ member, body }) => {
      // A scope that runs gets no job but that of its stop.
      if (member === 'JobNew' && body[2] === unit && !isElsewhere(pid, unit)) this.#hadJob = true;
    });
    const { interface: manager } = systemdManager;
    const rule = `type='signal',sender='${systemdName}',path='${systemdPath}',interface='${manager}',member='JobNew'`;
    const added = await bus.addMatch(`${rule},arg2='${unit}'`);
    const subscribed = added.ok ? await subscribe(bus) : added;
    const job = await ask(bus, unitPath(unit), 'Unit', 'Job');
    if (Array.isArray(job) && job[0] !== 0) this.#hadJob = true;
    if (subscribed.ok) return bus;
    bus.close();
    return null;
  }
}

/** Whether a server was moved out of the login meanwhile; one that is gone was not. */
function isElsewhere(pid: number, unit: string): boolean {
  const now = placementOf(pid).unit;
  return now !== null && now !== unit;
}

/** Returns a property of the system's manager or of a unit, or null. */
async function ask(bus: Bus, path: string, owner: 'Manager' | 'Unit', property: string): Promise<unknown> {
  const target = { ...systemdManager, path, interface: 'org.freedesktop.DBus.Properties' };
  const reply = await bus.call(target, 'Get', 'ss', [`${systemdName}.${owner}`, property]);
  return reply.ok ? reply.value[0] : null;
}
