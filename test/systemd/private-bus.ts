/**
 * A session bus of its own for one test: a real dbus-daemon in a temporary folder, gone at the end of the test.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { connectSessionBus, type Bus } from '../../src/systemd/bus.js';

export interface PrivateBus {
  readonly address: string;
  readonly folder: string;
  /** What a program on this bus has for its environment. */
  readonly env: Readonly<Record<string, string>>;
  connect(): Promise<Bus>;
  /** Sends the daemon a signal; resolves when it is gone, at once for SIGSTOP. */
  signal(name: 'SIGKILL' | 'SIGSTOP'): Promise<void>;
}

/** Starts a bus; `services` are activation files by name. */
export async function startPrivateBus(
  context: TestContext,
  services: (folder: string) => Readonly<Record<string, string>> = () => ({}),
): Promise<PrivateBus> {
  const folder = await mkdtemp(join(tmpdir(), 'tp-bus-'));
  const serviceFolder = join(folder, 'data/dbus-1/services');
  await mkdir(serviceFolder, { recursive: true });
  for (const [name, text] of Object.entries(services(folder))) await writeFile(join(serviceFolder, name), text);
  const address = `unix:path=${join(folder, 'bus')}`;
  const daemon = spawn(
    'dbus-daemon',
    ['--session', '--nofork', '--nopidfile', '--print-address', `--address=${address}`],
    {
      env: { PATH: process.env['PATH'], XDG_DATA_HOME: join(folder, 'data'), XDG_DATA_DIRS: folder },
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  const gone = once(daemon, 'exit');
  await once(daemon.stdout, 'data');
  const buses: Bus[] = [];
  context.after(async () => {
    for (const bus of buses) bus.close();
    daemon.kill('SIGKILL');
    await gone;
    await rm(folder, { recursive: true });
  });
  const env = { DBUS_SESSION_BUS_ADDRESS: address };
  return {
    address,
    folder,
    env,
    async connect() {
      const bus = await connectSessionBus(env);
      if (!bus.ok) throw new Error(JSON.stringify(bus.error));
      buses.push(bus.value);
      return bus.value;
    },
    async signal(name) {
      daemon.kill(name);
      if (name === 'SIGKILL') await gone;
    },
  };
}

/** Resolves with what the callback is given first; rejects after 5 s. */
export function firstOf<T>(listen: (tell: (value: T) => void) => unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error('nothing came in 5 s'));
    }, 5000);
    listen((value) => {
      clearTimeout(timer);
      resolve(value);
    });
  });
}
