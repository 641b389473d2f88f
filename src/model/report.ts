/**
 * What the commands print with --json, name for name the public contract: status, save, restore, history, doctor-like problems.
 */
/** Why a server was lost, in one word. */
export type Cause =
  'oom-kill' | 'signal' | 'core-dump' | 'exit-code' | 'kill-server' | 'stopped' | 'reboot' | 'unknown';

/** What became of one session in a restore. */
export interface Outcome {
  readonly session: string;
  readonly result: 'restored' | 'adopted' | 'skipped' | 'failed';
  readonly reason: string | null;
  readonly windows: number;
  readonly panes: number;
}

/** One thing that is not as it was saved. */
export interface Difference {
  readonly session: string;
  readonly window: string | null;
  readonly pane: string | null;
  readonly what: string;
  readonly expected: string;
  readonly actual: string;
}

/** What happened to the conversations of a restore. */
export interface ConversationCounts {
  readonly resumed: number;
  readonly offered: number;
  readonly missing: number;
}

/** The result of a restore; counts are sessions. */
export interface RestoreReport {
  readonly manifestId: string | null;
  readonly dryRun: boolean;
  readonly restored: number;
  readonly adopted: number;
  readonly skipped: number;
  readonly failed: number;
  readonly durationMs: number;
  readonly outcomes: readonly Outcome[];
  readonly differences: readonly Difference[];
}

/** One saved session that was forgotten: how it came to wait for a restore, and when. */
export interface ForgottenSession {
  readonly how: 'saved' | 'lost' | 'closing' | 'failed' | 'skipped' | 'imported' | 'kill-session' | 'kill-server';
  readonly at: string;
  readonly windows: number;
  readonly panes: number;
}

/** The result of a forgetting; `manifestId` is the state that still has what was forgotten, in history from now on. */
export interface ForgetReport {
  readonly session: string;
  readonly forgotten: number;
  readonly live: boolean;
  readonly manifestId: string;
  readonly entries: readonly ForgottenSession[];
}

/** What became of one session of an import. */
export interface ImportedSessionReport {
  readonly session: string;
  readonly result: 'imported' | 'skipped';
  readonly reason: string | null;
  readonly windows: number;
  readonly panes: number;
}

/** The result of an import; counts are sessions. \`manifestId\` is the state that has them, null where nothing was written. */
export interface ImportReport {
  readonly file: string;
  readonly format: 'tsv' | 'resurrect' | 'tmuxp';
  readonly dryRun: boolean;
  readonly manifestId: string | null;
  readonly imported: number;
  readonly skipped: number;
  readonly sessions: readonly ImportedSessionReport[];
  /** What could not be imported; the line is null where it is about all of the file. */
  readonly problems: readonly { readonly line: number | null; readonly message: string }[];
}

/** The result of a save. */
export interface SaveReport {
  readonly saved: boolean;
  readonly reason: string | null;
  readonly id: string | null;
  readonly path: string | null;
  readonly sessions: number;
  readonly windows: number;
  readonly panes: number;
  readonly bytes: number;
  readonly durationMs: number;
}

/** One line of history. */
export interface HistoryEntry {
  readonly id: string;
  readonly savedAt: string;
  readonly trigger: string;
  readonly sessions: number;
  readonly windows: number;
  readonly panes: number;
  readonly conversations: number;
  readonly bytes: number;
  readonly path: string;
}

/** Something that keeps a user from being protected, with the way out. */
export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

/** What the agent is doing. */
export type AgentState = 'starting' | 'watching' | 'restoring' | 'waiting' | 'stopped';

/** A program that waits for its user, and where: `SESSION:WINDOW.PANE`. */
export interface OfferedProgram {
  readonly pane: string;
  readonly program: string;
}

/** The programs of restored panes that were not started yet. */
export interface ProgramsReport {
  /** They wait for their turn. */
  readonly waiting: number;
  /** Whether none gets its turn now, because memory is short. */
  readonly held: boolean;
  /** They start when somebody looks at their pane. */
  readonly unseen: number;
  /** They start when their user presses Enter in their pane. */
  readonly offered: readonly OfferedProgram[];
}

/** The one screen. */
export interface StatusReport {
  readonly version: string;
  readonly agent: {
    readonly running: boolean;
    readonly pid: number | null;
    readonly state: AgentState;
    readonly since: string | null;
  };
  readonly server: {
    readonly running: boolean;
    readonly pid: number;
    readonly version: string;
    readonly socketPath: string;
    readonly unit: string | null;
    readonly cgroup: string | null;
    readonly sessions: number;
    readonly windows: number;
    readonly panes: number;
  } | null;
  readonly manifest: {
    readonly id: string;
    readonly savedAt: string;
    readonly checkedAt: string;
    readonly ageSeconds: number;
    readonly sessions: number;
    readonly windows: number;
    readonly panes: number;
    readonly conversations: number;
    readonly bytes: number;
    readonly path: string;
  } | null;
  readonly lastLoss: {
    readonly at: string;
    readonly cause: Cause;
    readonly detail: string;
    readonly sessions: number;
    readonly unit: string | null;
  } | null;
  readonly lastRestore: {
    readonly at: string;
    readonly manifestId: string | null;
    readonly durationMs: number;
    readonly restored: number;
    readonly adopted: number;
    readonly skipped: number;
    readonly failed: number;
    readonly conversations: ConversationCounts;
  } | null;
  readonly problems: readonly Problem[];
  /** Whether what is open now is saved, and would come back by itself. */
  readonly protected: boolean;
  /** Whether all of it starts at boot and outlives the logins of its user; null where systemd has no say. */
  readonly lingering: boolean | null;
  readonly programs: ProgramsReport | null;
}
