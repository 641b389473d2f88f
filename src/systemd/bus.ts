/**
 * The session bus as raw messages, with deadlines and with its loss made known.
 * dbus-next's proxies and exported classes stay unused: they lose signals when a peer is replaced, let a read-only property
 * be written and send stack traces to callers. There is no reconnect: after a loss the process ends and systemd starts it anew.
 */
import { DBusError, Message, MessageFlag, MessageType, sessionBus, type MessageBus } from 'dbus-next';
import type { Socket } from 'node:net';
import { fail, ok, type Result } from '../model/failure.js';
import { busAddress, type BusEnvironment } from './bus-address.js';
import { errorReply, signalOf, type Signal } from './bus-message.js';
import { unwrap } from './bus-values.js';

/** An interface of an object on the bus. */
export interface Target {
  readonly destination: string;
  readonly path: string;
  readonly interface: string;
  /** False: fail instead of having the bus start the owner of the name. */
  readonly autoStart?: boolean;
}

/** A method call that somebody made to us; variants in its body are unwrapped. */
export interface IncomingCall extends Signal {
  readonly signature: string;
}

/** The answer to a method call. */
export type Reply =
  | { readonly signature: string; readonly body: readonly unknown[] }
  | { readonly errorName: string; readonly detail: string };

/** One connection to the session bus. */
export interface Bus {
  /** Calls a method; fails with `agent-error` for an error reply or none in time, `bus-unavailable` when the bus is lost. */
  call(
    target: Target,
    member: string,
    signature?: string,
    body?: readonly unknown[],
    timeoutMs?: number,
  ): Promise<Result<readonly unknown[]>>;
  /** Sends a signal; does nothing once the bus is lost. */
  emit(path: string, interfaceName: string, member: string, signature: string, body: readonly unknown[]): void;
  /** Asks the bus for the signals that match; listeners see all of them. A rule is never withdrawn. */
  addMatch(rule: string): Promise<Result<void>>;
  /** Calls the listener for every signal that arrives; returns its removal. */
  onSignal(listener: (signal: Signal) => void): () => void;
  /** Calls the listener once when the bus is lost, at once if it is already; not for `close`. Returns its removal. */
  onLost(listener: (detail: string) => void): () => void;
  /** Answers every method call made to this connection; returns its removal. The handler must not reject. */
  serve(handler: (call: IncomingCall) => Promise<Reply>): () => void;
  /** Returns whether this connection now owns the name; it never queues for it. */
  requestName(name: string): Promise<Result<boolean>>;
  /** Sends what is queued and disconnects. */
  close(): void;
}

/** The bus itself, as a peer. */
export const busDaemon: Target = {
  destination: 'org.freedesktop.DBus',
  path: '/org/freedesktop/DBus',
  interface: 'org.freedesktop.DBus',
};

/**
 * How long a service waits between the loss of the bus and its own end, in ms. A user manager that learns of any unit's end
 * before that of dbus-daemon tries to reconnect to it and hangs, restarting nothing, for 90 s (seen with systemd 252).
 */
export const lossGraceMs = 1000;

const noReply = 'org.freedesktop.DBus.Error.NoReply';
const connectDeadlineMs = 2000;
const callDeadlineMs = 5000;
// D-Bus specification, RequestName: flag and answer.
const doNotQueue = 4;
const primaryOwner = 1;

const unavailable = (detail: string) => fail({ reason: 'bus-unavailable', detail } as const);

/** Returns dbus-next's socket, which its types hide; only there can the end of the connection be seen. */
const socketOf = (connection: MessageBus): Socket =>
  (connection as unknown as { readonly _connection: { readonly stream: Socket } })._connection.stream;

/** Connects to the user's session bus within 2 s; fails with `bus-unavailable`. */
export async function connectSessionBus(env: BusEnvironment): Promise<Result<Bus>> {
  const address = busAddress(env, process.getuid?.() ?? 0);
  let connection: MessageBus;
  try {
    connection = sessionBus({ busAddress: address });
  } catch (error) {
    return unavailable(`${address}: ${textOf(error)}`);
  }
  const socket = socketOf(connection);
  const problem = await new Promise<string | null>((resolve) => {
    const timer = setTimeout(resolve, connectDeadlineMs, `no answer in ${String(connectDeadlineMs)} ms`);
    const settle = (detail: string | null) => {
      clearTimeout(timer);
      resolve(detail);
    };
    connection.on('connect', () => {
      settle(null);
    });
    // These listeners stay: an 'error' nobody listens to would end the process.
    connection.on('error', (error: unknown) => {
      settle(textOf(error));
    });
    socket.on('close', () => {
      settle('the connection was closed');
    });
  });
  if (problem === null) return ok(wrap(connection, socket));
  socket.destroy();
  return unavailable(`${address}: ${problem}`);
}

function wrap(connection: MessageBus, socket: Socket): Bus {
  const signalListeners = new Set<(signal: Signal) => void>();
  const lossListeners = new Set<(detail: string) => void>();
  const inFlight = new Set<(detail: string) => void>();
  let lost: string | null = null;
  let lastError = 'the connection ended';

  const lose = (detail: string) => {
    if (lost !== null) return;
    lost = detail;
    // dbus-next never settles a call whose connection died.
    for (const reject of [...inFlight]) reject(detail);
    for (const listener of [...lossListeners]) listener(detail);
  };
  connection.on('error', (error: unknown) => {
    // Not fatal in itself: a message that can't be parsed is reported here too. A dead socket also says 'close'.
    lastError = textOf(error);
  });
  socket.on('end', () => {
    lose(lastError);
  });
  socket.on('close', () => {
    lose(lastError);
  });
  connection.on('message', (message) => {
    if (message.type !== MessageType.SIGNAL) return;
    const signal = signalOf(message);
    for (const listener of [...signalListeners]) {
      try {
        listener(signal);
      } catch (error) {
        // dbus-next would swallow it and send it to the peer; a throw is a bug and must end the process.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  });

  const call: Bus['call'] = (target, member, signature = '', body = [], timeoutMs = callDeadlineMs) => {
    if (lost !== null) return Promise.resolve(unavailable(lost));
    return new Promise((resolve, reject) => {
      const settle = (result: Result<readonly unknown[]>) => {
        clearTimeout(timer);
        inFlight.delete(abandon);
        resolve(result);
      };
      const abandon = (detail: string) => {
        settle(unavailable(detail));
      };
      const timer = setTimeout(() => {
        const detail = `no reply to ${target.interface}.${member} in ${String(timeoutMs)} ms`;
        settle(fail({ reason: 'agent-error', name: noReply, detail }));
      }, timeoutMs);
      inFlight.add(abandon);
      const message = new Message({
        destination: target.destination,
        path: target.path,
        interface: target.interface,
        member,
        signature,
        body: [...body],
        ...(target.autoStart === false ? { flags: MessageFlag.NO_AUTO_START } : {}),
      });
      connection.call(message).then(
        (reply) => {
          settle(ok(unwrap(reply?.body ?? []) as unknown[]));
        },
        (error: unknown) => {
          if (error instanceof DBusError) {
            settle(fail({ reason: 'agent-error', name: error.type, detail: error.text }));
          } else if (!socket.writable) {
            abandon(textOf(error));
          } else {
            // The body does not fit its signature: a bug of the caller.
            settle(unavailable(textOf(error)));
            reject(error instanceof Error ? error : new Error(String(error)));
          }
        },
      );
    });
  };

  return {
    call,
    emit(path, interfaceName, member, signature, body) {
      if (lost !== null || !socket.writable) return;
      connection.send(Message.newSignal(path, interfaceName, member, signature, [...body]));
    },
    async addMatch(rule) {
      const added = await call(busDaemon, 'AddMatch', 's', [rule]);
      return added.ok ? ok(undefined) : added;
    },
    onSignal(listener) {
      signalListeners.add(listener);
      return () => signalListeners.delete(listener);
    },
    onLost(listener) {
      if (lost !== null) listener(lost);
      else lossListeners.add(listener);
      return () => lossListeners.delete(listener);
    },
    serve(handler) {
      const answer = (message: Message) => {
        void handler({ ...signalOf(message), signature: message.signature }).then((reply) => {
          if (lost !== null || !socket.writable || (message.flags & MessageFlag.NO_REPLY_EXPECTED) !== 0) return;
          connection.send(
            'errorName' in reply
              ? errorReply(message, reply.errorName, reply.detail)
              : Message.newMethodReturn(message, reply.signature, [...reply.body]),
          );
        });
        // Handled: dbus-next's own answers to standard interfaces are never wanted.
        return true;
      };
      connection.addMethodHandler(answer);
      return () => {
        connection.removeMethodHandler(answer);
      };
    },
    async requestName(name) {
      const reply = await call(busDaemon, 'RequestName', 'su', [name, doNotQueue]);
      return reply.ok ? ok(reply.value[0] === primaryOwner) : reply;
    },
    close() {
      lossListeners.clear();
      lose('the connection was closed by this program');
      socket.end(() => socket.destroy());
    },
  };
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
