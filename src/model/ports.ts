/**
 * Every edge of the program on one page. The agent and the CLI are composed of these; model/ knows nothing of what is behind them.
 */
import type { Aside } from './aside.js';
import type { Result } from './failure.js';
import type { JournalEntry } from './journal.js';
import type { Manifest } from './manifest.js';
import type { OomCounters } from './oom-counters.js';
import type { HistoryEntry } from './report.js';
import type { UnitNames } from './unit-names.js';

/** Where a run of the program acts: resolved once from its arguments and environment, passed to everything. */
export interface Context {
  readonly version: string;
  /** The tmux binary as a name or path. */
  readonly tmux: string;
  readonly socketPath: string;
  /** Whether the socket is the one that `tmux` without -L and -S uses. */
  readonly isDefaultSocket: boolean;
  /** The units that are for this socket, installed or not; null for a socket that they can't serve. */
  readonly units: UnitNames | null;
  readonly stateFolder: string;
  readonly home: string;
  readonly host: string;
  readonly machineId: string;
  readonly bootId: string;
}

/** A manifest as it lies on disk. */
export interface StoredManifest {
  readonly manifest: Manifest;
  readonly path: string;
  readonly bytes: number;
}

/** What was found where the last good manifest should be. */
export interface Loaded {
  /** The last good state: manifest.json, or the newest readable one of history; null when nothing was ever saved. */
  readonly stored: StoredManifest | null;
  /** Paths of files that could not be read and were set aside (R8). */
  readonly quarantined: readonly string[];
}

/** Holds the lock of the state folder until released. */
export interface Lock {
  release(): Promise<void>;
}

/** Who serves a socket, as written in agent.json by the agent itself. */
export interface AgentRecord {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat, in clock ticks since boot. */
  readonly startTime: string;
  readonly bootId: string;
  readonly state: 'starting' | 'watching' | 'restoring' | 'waiting' | 'stopped';
  readonly since: string;
  /** Whether it serves org.tmuxpersist.Agent1 on the session bus. */
  readonly onBus: boolean;
  readonly version: string;
  /** Problems that only the agent can see, as of its last change of state. */
  readonly problems: readonly { readonly code: string; readonly message: string; readonly hint: string }[];
}

/** A small text beside the state: what a status line says, and the last restore that a client was told of. */
export type Note = 'status-line' | 'told';

/** The state folder of one socket. Every method may fail with the state-* reasons. */
export interface Store {
  readonly folder: string;
  /** Returns the last good state; sets aside what can't be read and falls back to history (R8). */
  load(): Promise<Result<Loaded>>;
  /** As `load`, but changes nothing on disk: for readers that hold no lock. */
  peek(): Promise<Result<Loaded>>;
  /** Replaces manifest.json atomically and moves the one before it into history (R6, R7). */
  save(manifest: Manifest): Promise<Result<StoredManifest>>;
  /** Writes a manifest into history only. */
  archive(manifest: Manifest): Promise<Result<StoredManifest>>;
  /** Records that a look found the saved state unchanged (R9). */
  touchChecked(): Promise<Result<void>>;
  /** Records what the kernel had counted at the last look. */
  writeCounters(counters: OomCounters): Promise<Result<void>>;
  /** Returns what was recorded so, or null. */
  readCounters(): Promise<OomCounters | null>;
  /** Returns when the saved state was last confirmed, or null. */
  checkedAt(): Promise<Date | null>;
  /** Returns a stamp that changes whenever anybody replaces manifest.json, or null when there is none. */
  stamp(): Promise<string | null>;
  /** Returns history, newest first, manifest.json included as the first. */
  history(): Promise<Result<readonly HistoryEntry[]>>;
  /** Returns one saved state by its id. */
  find(id: string): Promise<Result<StoredManifest>>;
  readJournal(): Promise<Result<readonly JournalEntry[]>>;
  appendJournal(entry: JournalEntry): Promise<Result<void>>;
  /** Stores scrollback; returns its hash, or null when all of it together would be too much. Storing the same text twice writes once. */
  putContents(bytes: Uint8Array): Promise<Result<string | null>>;
  /** Returns the path of a stored scrollback, gzip-compressed, or null when it is not there. */
  contentsPath(sha256: string): Promise<string | null>;
  /** Returns a stored scrollback, or null when it is not there or damaged. */
  readContents(sha256: string): Promise<Uint8Array | null>;
  /** Removes scrollback that no manifest on disk refers to and, where there is too much, what only history does. */
  sweepContents(): Promise<Result<number>>;
  /** Takes the lock; waits up to `waitMs` for a living holder, takes over a dead one's. */
  lock(waitMs: number): Promise<Result<Lock>>;
  readAgent(): Promise<AgentRecord | null>;
  /** Claims or updates agent.json; fails with `agent-running` while another living agent holds it. */
  writeAgent(record: AgentRecord): Promise<Result<void>>;
  removeAgent(): Promise<void>;
  /** Returns what a restore has set aside in a server and not put back, or null. */
  readAside(): Promise<Aside | null>;
  /** Writes it before it is set aside; null says that all is back. */
  writeAside(aside: Aside | null): Promise<Result<void>>;
  /** Returns a note, or null. */
  readNote(note: Note): Promise<string | null>;
  writeNote(note: Note, text: string): Promise<Result<void>>;
}
