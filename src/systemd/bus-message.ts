/**
 * Messages of dbus-next, in the shape that the rest of the program reads; its types are wrong in two places, mended here.
 */
import { Message } from 'dbus-next';
import { unwrap } from './bus-values.js';

/** A signal; variants in its body are unwrapped. */
export interface Signal {
  readonly sender: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly body: readonly unknown[];
}

// The specification lets a call leave out its interface.
type Received = Omit<Message, 'interface'> & { readonly interface?: string };

/** Returns a received signal or call with its variants unwrapped; a missing interface is empty. */
export const signalOf = (message: Received): Signal => ({
  sender: message.sender,
  path: message.path,
  interface: message.interface ?? '',
  member: message.member,
  body: unwrap(message.body) as unknown[],
});

/** Returns the error reply to a call. */
export const errorReply = (message: Message, name: string, detail: string): Message =>
  // Declared for a string; it reads the fields of a Message.
  (Message.newError as unknown as (message: Message, name: string, detail: string) => Message)(message, name, detail);
