/**
 * Whether a login is on its way out, asked of the system's manager. A server that was started from a login lives in that login's
 * scope: at a logout with KillUserProcesses and at every shutdown it gets a SIGTERM, which looks like the user's own kill-server (R5).
 */
import { connectSessionBus, type Target } from './bus.js';
import { systemdName, systemdPath } from './manager.js';
import { unitPath } from './unit-state.js';

const SYSTEM_BUS = 'unix:path=/run/dbus/system_bus_socket';

/** Returns whether a unit is a login's scope that is ending, or that nobody can say is not; false for every other unit. */
export async function isLoginEnding(unit: string | null): Promise<boolean> {
  if (unit === null || !/^session-.*\.scope$/.test(unit)) return false;
  const bus = await connectSessionBus({ DBUS_SESSION_BUS_ADDRESS: SYSTEM_BUS });
  if (!bus.ok) return true;
  try {
    const ask = async (path: string, owner: string, property: string): Promise<unknown> => {
      const target: Target = {
        destination: systemdName,
        path,
        interface: 'org.freedesktop.DBus.Properties',
        autoStart: false,
      };
      const reply = await bus.value.call(target, 'Get', 'ss', [`${systemdName}.${owner}`, property]);
      return reply.ok ? reply.value[0] : null;
    };
    const [system, state, job] = await Promise.all([
      ask(systemdPath, 'Manager', 'SystemState'),
      ask(unitPath(unit), 'Unit', 'ActiveState'),
      ask(unitPath(unit), 'Unit', 'Job'),
    ]);
    const hasJob = Array.isArray(job) && job[0] !== 0;
    return system === null || system === 'stopping' || state !== 'active' || hasJob;
  } finally {
    bus.value.close();
  }
}
