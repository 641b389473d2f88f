/**
 * What the units of a socket are called. The one rule: the default socket has names of its own, any other socket in tmux's folder an
 * instance of the templates, and a socket whose name no unit or bus name can hold has none.
 */

/** The units that serve one socket. */
export interface UnitNames {
  /** What stands after the `@`; null for the default socket. */
  readonly instance: string | null;
  readonly server: string;
  readonly agent: string;
  /** The agent's name on the session bus. */
  readonly busName: string;
}

const BUS_NAME = 'org.tmuxpersist.Agent1';

/** What `tmux` without -L and -S uses. */
const DEFAULT_SOCKET = 'default';

/** Of what a bus name can hold, a letter or `_` first; its 255 bytes leave room for much more (D-Bus specification, bus names). */
const INSTANCE = /^[A-Za-z_][A-Za-z0-9_-]{0,99}$/;

/** The units of the default socket. */
export const DEFAULT_UNITS: UnitNames = {
  instance: null,
  server: 'tmux-server.service',
  agent: 'tmux-persist.service',
  busName: BUS_NAME,
};

/** Returns the units of a socket of this name in tmux's own folder (`tmux -L NAME`), or null when it can have none. */
export function unitNames(socketName: string): UnitNames | null {
  if (socketName === DEFAULT_SOCKET) return DEFAULT_UNITS;
  if (!INSTANCE.test(socketName)) return null;
  return {
    instance: socketName,
    server: `tmux-server@${socketName}.service`,
    agent: `tmux-persist@${socketName}.service`,
    busName: `${BUS_NAME}.${socketName}`,
  };
}

/** Returns a name that systemd takes for a service, `.service` added where it is missing; null for what is none, or a template. */
export function serviceName(text: string): string | null {
  const name = text.endsWith('.service') ? text : `${text}.service`;
  return /^[A-Za-z0-9:_.\\-]+(@[A-Za-z0-9:_.\\-]+)?\.service$/.test(name) && name.length <= 255 ? name : null;
}

/** Returns the unit of the server that an agent's command line names with --server-unit, or null. */
export function serverUnitIn(argv: readonly string[]): string | null {
  const at = argv.indexOf('--server-unit');
  return at < 0 ? null : (argv[at + 1] ?? null);
}

/** Returns what installs these units, and starts them. */
export const installCommand = ({ instance }: UnitNames): string =>
  `tmux-persist ${instance === null ? '' : `-L ${instance} `}install --now`;
