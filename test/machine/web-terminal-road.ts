/**
 * The road from a browser on the host to a web terminal in a machine, whose network has no other. While nothing listens at its
 * end, the machine's reboot included, whoever tries it is refused, as a network does.
 */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import type { Machine } from './machine.js';

/** A way in; `close` it when its browser is gone. */
export interface Road {
  readonly url: string;
  close(): void;
}

/** Returns a road from a new port of the host's loopback to a Unix socket of the machine, through its reboots too. */
export async function openRoad(machine: Machine, socketPath: string): Promise<Road> {
  const travellers = new Set<Socket>();
  const server = createServer((near) => {
    travellers.add(near);
    near.on('close', () => travellers.delete(near));
    const far = reach(machine, socketPath);
    if (far === null) {
      near.resetAndDestroy();
      return;
    }
    near.on('error', () => far.destroy());
    far.on('error', () => near.resetAndDestroy());
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
    near.pipe(far).pipe(near);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () => {
      server.close();
      for (const traveller of travellers) traveller.destroy();
    },
  };
}

function reach(machine: Machine, socketPath: string): Socket | null {
  try {
    return connect(machine.hostPath(socketPath));
  } catch {
    // It is between two boots.
    return null;
  }
}
