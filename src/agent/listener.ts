/**
 * Whether a socket has somebody behind it, asked of the kernel: a server that hangs has, a dead one's file has not.
 */
import { connect } from 'node:net';

/** Returns whether anything accepts connections on the socket: a dead server leaves its file behind. */
export function hasListener(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    const finish = (found: boolean): void => {
      socket.destroy();
      resolve(found);
    };
    socket.once('connect', () => {
      finish(true);
    });
    socket.once('error', () => {
      finish(false);
    });
    socket.setTimeout(1000, () => {
      finish(true);
    });
  });
}
