/**
 * What one user's own processes tell root of that user. They may tell anything: all of it is limited in size, checked, and harmless to print;
 * nothing in it is ever a path, a command or a format for root.
 */
import * as v from 'valibot';
import type { Cause, StatusReport } from './report.js';
import { displayText } from './text.js';

/** What is asked of a user by root, in one process. */
export interface RosterReport {
  readonly status: StatusReport;
  /** Of the agent that runs; null where none does. */
  readonly agentVersion: string | null;
  /** Whether systemd starts the agent at boot; null where no user manager answers. */
  readonly isEnabled: boolean | null;
  /** Server losses in the journal by cause, and restores; it holds the last 100 of all that happened. */
  readonly losses: Readonly<Partial<Record<Cause, number>>>;
  readonly restores: number;
}

/** What root goes by: the part of a report that it uses. */
export type CheckedReport = v.InferOutput<typeof schema>;

/** Characters that turn the direction of a line, or can't be seen. */
const INVISIBLE = /[\p{Cf}\p{Zl}\p{Zp}]/gu;

const text = v.pipe(
  v.string(),
  v.maxLength(4096),
  v.transform((raw) => displayText(raw).replace(INVISIBLE, '\ufffd')),
);
const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER));
const time = v.pipe(v.string(), v.maxLength(40), v.isoTimestamp());
const CAUSES = ['oom-kill', 'signal', 'core-dump', 'exit-code', 'kill-server', 'stopped', 'reboot', 'unknown'] as const;

const schema = v.object({
  status: v.object({
    agent: v.object({
      running: v.boolean(),
      state: v.picklist(['starting', 'watching', 'restoring', 'waiting', 'stopped']),
    }),
    server: v.nullable(v.object({ sessions: count })),
    manifest: v.nullable(v.object({ checkedAt: time, ageSeconds: count, sessions: count, bytes: count })),
    lastLoss: v.nullable(v.object({ at: time, cause: v.picklist(CAUSES), sessions: count })),
    protected: v.boolean(),
    problems: v.pipe(v.array(v.object({ code: text, message: text, hint: text })), v.maxLength(100)),
  }),
  agentVersion: v.nullable(text),
  isEnabled: v.nullable(v.boolean()),
  losses: v.record(v.picklist(CAUSES), count),
  restores: count,
});

/** Returns what a user's process printed as this schema has it, or null when it is none. */
export function checkedJson<S extends v.GenericSchema>(wanted: S, printed: string): v.InferOutput<S> | null {
  try {
    const parsed = v.safeParse(wanted, JSON.parse(printed));
    return parsed.success ? parsed.output : null;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return null;
  }
}

/** Returns the report in what a user's process printed, or null when it is none. */
export const checkedReport = (printed: string): CheckedReport | null => checkedJson(schema, printed);

/** Returns what a user's process said last on its standard error, fit to be printed by root; a text of its own where it said nothing. */
export function lastWords(stderr: string, otherwise: string): string {
  const line = stderr.slice(-8192).trim().split('\n').at(-1)?.trim() ?? '';
  const words = displayText(line.replace(/^tmux-persist: /, '')).replace(INVISIBLE, '\ufffd');
  return words === '' ? otherwise : words.slice(0, 300);
}

/** What is known of one user; `report` is null where nothing could be asked, and `error` says why. */
export interface RosterRow {
  readonly user: string;
  readonly lingering: boolean;
  readonly report: CheckedReport | null;
  readonly error: string | null;
  /** How long the asking took. */
  readonly seconds: number;
}

/** Returns whether a user's sessions are saved, and come back after a crash and after a reboot. */
export function isProtected({ lingering, report }: RosterRow): boolean {
  if (!lingering || report === null) return false;
  return report.status.agent.running && report.status.protected && report.isEnabled === true;
}
