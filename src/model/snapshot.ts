/**
 * What one complete look at a tmux server returns (R2). The records are those of the manifest; a live pane
 * also carries what only matters while it lives.
 */
import type { Pane, Server, Session, Window } from './manifest.js';
import type { Text } from './text.js';

/** A pane as it lives: the saved record, and what is needed to look at its processes and scrollback. */
export interface LivePane extends Pane {
  /** Pid of the pane's first process. */
  readonly pid: number;
  /** Path of the pane's terminal, `/dev/pts/N`. */
  readonly tty: string;
  /** Whether a full-screen program shows its alternate screen. */
  readonly alternateOn: boolean;
  /** Changes whenever the pane's text may have changed: when it is equal, a capture can be spared. */
  readonly contentsKey: string;
}

/** A window as it lives. */
export interface LiveWindow extends Window {
  readonly panes: LivePane[];
}

/** The server's own settings that decide how to restore into it; what the user's tmux.conf says is left to it. */
export interface ServerSettings {
  readonly baseIndex: number;
  readonly windowSize: string;
  readonly automaticRename: boolean;
  readonly remainOnExit: string;
  readonly destroyUnattached: string;
  readonly defaultShell: string;
  readonly defaultCommand: string;
  /** The `@tmux-persist-*` options as they stand, by name without the prefix; unset ones are absent. */
  readonly userOptions: Readonly<Record<string, string>>;
}

/** One complete look at a server; sessions are in the order of their ids. */
export interface Snapshot {
  readonly takenAt: string;
  readonly server: Server;
  readonly sessions: readonly Session[];
  readonly windows: readonly LiveWindow[];
  /** Name of the session that a client used last, or null. */
  readonly lastSession: Text | null;
  /** Counts what our hooks heard being set: options, hooks, environments, buffers. When it is equal, nothing of it changed that they hear. */
  readonly changes: number;
}

/** R1: what tells one server from another. */
export interface ServerIdentity {
  readonly bootId: string;
  readonly pid: number;
  /** tmux's own `#{start_time}`, in seconds since the epoch. */
  readonly startTime: number;
}

/** Returns whether two identities name the same server process (R1). */
export const sameServer = (left: ServerIdentity, right: ServerIdentity): boolean =>
  left.bootId === right.bootId && left.pid === right.pid && left.startTime === right.startTime;
