/**
 * Expected failures are values: every edge returns a Result, and `throw` means a bug.
 * A reason is added here first; the tables of sentences, exit codes and bus errors do not compile without it.
 */

/** The outcome of anything that can fail in an expected way. */
export type Result<T, E = Failure> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: E };

/** Every expected failure; `reason` selects the sentence, the hint and the exit code. */
export type Failure =
  /** No tmux server answers on the socket. */
  | { readonly reason: 'no-server'; readonly socketPath: string }
  /** Another server answers than the one that was to be saved. */
  | { readonly reason: 'server-replaced'; readonly socketPath: string }
  /** A server owns the socket but did not answer before the deadline (stopped, hung or overloaded). */
  | { readonly reason: 'server-hung'; readonly socketPath: string; readonly timeoutMs: number }
  /** The server answered, but not in full (R2). */
  | { readonly reason: 'snapshot-incomplete'; readonly detail: string }
  /** tmux could not be started. */
  | { readonly reason: 'tmux-missing'; readonly detail: string }
  /** tmux is older than the oldest version that works. */
  | { readonly reason: 'tmux-too-old'; readonly version: string }
  /** A tmux command failed although the server lives. */
  | { readonly reason: 'tmux-failed'; readonly detail: string }
  /** Nothing is saved that could be restored. */
  | { readonly reason: 'nothing-saved'; readonly path: string }
  /** No saved state has this id, or no saved session has this name. */
  | { readonly reason: 'not-found'; readonly what: string }
  /** A file of the state folder can't be read. */
  | { readonly reason: 'state-unreadable'; readonly path: string; readonly detail: string }
  /** A file was written by a newer version. */
  | { readonly reason: 'format-unknown'; readonly path: string; readonly format: string }
  /** The state folder can't be written (full disk, read-only, permissions). */
  | { readonly reason: 'state-unwritable'; readonly path: string; readonly detail: string }
  /** The state folder belongs to or can be written by somebody else, or is a symlink. */
  | { readonly reason: 'foreign-owner'; readonly path: string; readonly detail: string }
  /** Another process holds the lock of the state folder. */
  | { readonly reason: 'locked'; readonly path: string; readonly pid: number }
  /** Another agent serves this socket. */
  | { readonly reason: 'agent-running'; readonly pid: number }
  /** The session bus can't be reached or was lost. */
  | { readonly reason: 'bus-unavailable'; readonly detail: string }
  /** The agent refused or failed a request made over the bus. */
  | { readonly reason: 'agent-error'; readonly name: string; readonly detail: string }
  /** There is no systemd user manager, or it refused. */
  | { readonly reason: 'systemd-unavailable'; readonly detail: string }
  /** No systemd user manager answers here. */
  | { readonly reason: 'no-user-manager'; readonly detail: string }
  /** Node is older than the oldest version that works. */
  | { readonly reason: 'node-too-old'; readonly version: string }
  /** A file in the place of one of ours is somebody else's. */
  | { readonly reason: 'not-ours'; readonly path: string; readonly detail: string }
  /** A file outside of the state folder can't be written or removed. */
  | { readonly reason: 'file-unwritable'; readonly path: string; readonly detail: string }
  /** The environment lacks what every command needs (HOME, a resolvable socket). */
  | { readonly reason: 'bad-environment'; readonly detail: string };

/** The `reason` of a Failure. */
export type Reason = Failure['reason'];

/** Returns a success that carries `value`. */
export const ok = <T>(value: T): { readonly ok: true; readonly value: T } => ({ ok: true, value });

/** Returns a failure that carries `error`. */
export const fail = <E = Failure>(error: E): { readonly ok: false; readonly error: E } => ({
  ok: false,
  error,
});

/** Makes a switch exhaustive at compile time; throws when a value of no known kind gets here all the same. */
export const unreachable = (value: never): never => {
  throw new Error(`unexpected value ${JSON.stringify(value)}`);
};
