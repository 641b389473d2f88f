/**
 * What a person types for the socket that a status is about: a hint that is pasted must not act on another one.
 */
import { basename } from 'node:path';
import type { Context } from '../model/ports.js';
import { shellQuote } from '../model/shell-words.js';
import type { Commands } from '../model/status-problems.js';

type Socket = Pick<Context, 'isDefaultSocket' | 'socketPath' | 'units'>;

/** Returns `-L NAME ` or `-S PATH `, empty for the default socket. */
function socketWords({ isDefaultSocket, socketPath, units }: Socket): string {
  if (isDefaultSocket) return '';
  return units === null ? `-S ${shellQuote(socketPath)} ` : `-L ${shellQuote(basename(socketPath))} `;
}

/** Returns a hint of ours as it is to be typed for a socket. */
export const forSocket = (hint: string, socket: Socket): string =>
  hint
    .replace(/^tmux-persist (?!-[LS])/, `tmux-persist ${socketWords(socket)}`)
    .replace(/^tmux (?!-[LSV])/, `tmux ${socketWords(socket)}`);

/** Returns the commands for a socket; without a user manager, or a unit that can serve the socket, its agent is one without systemd. */
export function commandsFor(socket: Socket, hasManager: boolean): Commands {
  const program = `tmux-persist ${socketWords(socket)}`.trimEnd();
  return socket.units === null || !hasManager
    ? { program, start: `${program} agent --standalone`, log: `${program} doctor` }
    : { program, start: `${program} install --now`, log: `journalctl --user -u ${socket.units.agent}` };
}
