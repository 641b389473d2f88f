/**
 * Where the session bus listens. Only unix sockets count: a bus reached over TCP belongs to somebody else's machine.
 */

/** What `busAddress` reads of the environment. */
export type BusEnvironment = Readonly<Record<string, string | undefined>>;

/**
 * Returns the address of the user's session bus: DBUS_SESSION_BUS_ADDRESS, else the socket that a user manager provides,
 * which processes outside of a login session (cron, su, old panes) reach although nobody told them.
 */
export function busAddress(env: BusEnvironment, uid: number): string {
  const given = (env['DBUS_SESSION_BUS_ADDRESS'] ?? '').split(';').find((address) => address.startsWith('unix:'));
  // Spelled 'socket', dbus-next goes straight to node:net; older releases load a native addon for 'path'.
  if (given !== undefined) return given.replace(/^unix:(.*,)?path=/, 'unix:$1socket=');
  const runtimeDir = env['XDG_RUNTIME_DIR'] ?? '';
  return `unix:socket=${runtimeDir === '' ? `/run/user/${String(uid)}` : runtimeDir}/bus`;
}
