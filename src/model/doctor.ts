/**
 * What `doctor` says: one check for each thing that tmux-persist needs. The one rule: `fail` is what does not work now, `warn` what works and
 * is at risk, or what could not be looked at.
 */
import type { Result } from './failure.js';
import { displayText } from './text.js';

/** One thing that was looked at. */
export interface Check {
  /** Short kebab-case, the same in every version. */
  readonly id: string;
  readonly status: 'ok' | 'warn' | 'fail';
  readonly message: string;
  /** What mends it, a command where there is one. */
  readonly hint: string | null;
}

/** The report of `doctor --json`. */
export interface DoctorReport {
  /** Whether nothing failed. */
  readonly ok: boolean;
  readonly checks: readonly Check[];
}

/** A fact, or why it can't be known here. */
export type Found<T> = Result<T, string>;

/** Returns a check of which all is well. */
export const passed = (id: string, message: string): Check => check(id, 'ok', message, null);

/** Returns a check of what works and is at risk. */
export const warned = (id: string, message: string, hint: string | null = null): Check =>
  check(id, 'warn', message, hint);

/** Returns a check of what does not work. */
export const failed = (id: string, message: string, hint: string | null = null): Check =>
  check(id, 'fail', message, hint);

/** Returns the check of a fact; a warning with the reason where it is not known. */
export const judged = <T>(id: string, found: Found<T>, judge: (fact: T) => Check): Check =>
  found.ok ? judge(found.value) : warned(id, `not checked: ${found.error}`);

/** Returns the report of all checks. */
export const doctorReport = (checks: readonly Check[]): DoctorReport => ({
  ok: checks.every(({ status }) => status !== 'fail'),
  checks,
});

// Names and paths of others are in them.
const check = (id: string, status: Check['status'], message: string, hint: string | null): Check => ({
  id,
  status,
  message: displayText(message),
  hint: hint === null ? null : displayText(hint),
});
