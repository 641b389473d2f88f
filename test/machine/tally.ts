/**
 * What came of the machine tests on one suite, and the table of all suites. A test that did not run is a row's business too:
 * it is counted, and named with its reason below the table.
 */
import { release } from 'node:os';
import { columns } from '../../src/cli/output.js';
import type { Versions } from './root.js';

/** What node:test tells of a test that ended (test:pass and test:fail). */
export interface Ended {
  readonly name: string;
  readonly skip?: string | boolean | undefined;
  readonly details: { readonly type?: string | undefined; readonly error?: Error };
}

/** One suite's tests. */
export class Tally {
  passed = 0;
  failed = 0;
  notRun = 0;
  seconds = 0;
  /** Why something did not run or did not pass, beside the tests' own failures; a line each. */
  readonly remarks: string[] = [];
  #isBroken = false;

  constructor(
    readonly suite: string,
    readonly versions: Versions | null,
  ) {}

  /** Whether every test that could be run has passed. */
  get isGood(): boolean {
    return this.failed === 0 && !this.#isBroken;
  }

  /** Notes that the suite could not be tested at all, or not to its end. */
  broke(reason: string): void {
    this.#isBroken = true;
    this.remarks.push(reason);
  }

  /** Counts a test that passed, or was left out by its own word. */
  pass({ name, skip, details }: Ended): void {
    if (details.type === 'suite') return;
    if (skip === undefined || skip === false) this.passed++;
    else {
      this.notRun++;
      this.remarks.push(`not run: ${name}: ${typeof skip === 'string' ? skip : 'no reason given'}`);
    }
  }

  /** Counts a test that failed, or whose machine did. */
  fail({ name, details }: Ended): void {
    if (details.type !== 'suite') this.failed++;
    // A suite also fails with a test of its own; what a hook of it did is told by nobody else.
    else if (failureType(details.error) === 'hookFailed') this.broke(`broken off: ${name}`);
  }
}

const failureType = (error: Error | undefined): unknown =>
  error !== undefined && 'failureType' in error ? error.failureType : null;

/** Returns the table of the suites, a line each, and below it what did not run and why. */
export function tableOf(tallies: readonly Tally[]): string[] {
  const rows = tallies.map((tally) => [
    tally.suite,
    tally.versions?.tmux ?? '-',
    tally.versions?.systemd ?? '-',
    release(),
    ...[tally.passed + tally.failed, tally.passed, tally.failed, tally.notRun].map(String),
    `${String(Math.round(tally.seconds))} s`,
  ]);
  const remarks = tallies.flatMap(({ suite, remarks: lines }) => lines.map((line) => `${suite}: ${line}`));
  return [
    ...columns([['MACHINE', 'TMUX', 'SYSTEMD', 'KERNEL', 'RUN', 'PASSED', 'FAILED', 'NOT RUN', 'TOOK'], ...rows]),
    ...remarks,
  ];
}
