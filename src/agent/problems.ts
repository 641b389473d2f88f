/**
 * What the agent alone can see going wrong, for `status`: each problem once, until what solves it happens.
 */
import type { Failure } from '../model/failure.js';
import type { Problem } from '../model/report.js';
import { oneLine } from '../model/shell-words.js';

/** Problems that a save does not solve. */
const LASTING = ['bad-option', 'crash-loop', 'scrollback-budget', 'set-aside', 'restore-failed'];

/** What a look at a server met that is gone now. */
const OF_THE_SERVER = ['no-server', 'server-hung', 'snapshot-incomplete', 'tmux-failed'];

/** What is said while automatic restores are stopped. */
export const CRASH_LOOP: Problem = {
  code: 'crash-loop',
  message:
    'the tmux server died within a minute of each of the last three restores; nothing is restored by itself any more. Find out why it dies; a restore by hand only offers programs, until a server has lived for a minute',
  hint: 'tmux-persist restore',
};

/** Returns what is said of sessions whose own restore failed; a save does not solve it, it only notes that they are missing. */
export const notBroughtBack = (names: readonly string[], why: string): Problem => ({
  code: 'restore-failed',
  message: `what memory trouble took could not be brought back (${names.map(oneLine).join(', ')}): ${why}`,
  hint: 'tmux-persist restore',
});

/** The problems at the moment. */
export class Problems {
  readonly #byCode = new Map<string, Problem>();

  constructor(
    readonly changed: () => void,
    readonly reported: (problem: Problem, text: string) => void,
    /** Returns a sentence for a failure. */
    readonly describe: (failure: Failure) => string,
  ) {}

  all(): Problem[] {
    return [...this.#byCode.values()];
  }

  has(code: string): boolean {
    return this.#byCode.has(code);
  }

  /** Takes note of a problem; `text` is what the log says of it, once. */
  report(problem: Problem, text = problem.message): void {
    const known = this.#byCode.get(problem.code);
    this.#byCode.set(problem.code, problem);
    if (known?.message === problem.message) return;
    this.reported(problem, text);
    this.changed();
  }

  /** Takes note of a failure; `doing` says in what, for the log. */
  fail(failure: Failure, doing: string): void {
    const message = this.describe(failure);
    this.report({ code: failure.reason, message, hint: 'run: tmux-persist status' }, `${doing} failed`);
  }

  /** Takes note that these are solved. */
  solve(...codes: readonly string[]): void {
    const before = this.#byCode.size;
    for (const code of codes) this.#byCode.delete(code);
    if (this.#byCode.size < before) this.changed();
  }

  /** Takes note of whether a problem is there at the moment. */
  follow(code: string, problem: Problem | null): void {
    if (problem === null) this.solve(code);
    else this.report(problem);
  }

  /** With a server goes what kept a look from it: that there is none is a state, and no problem. */
  serverGone(): void {
    this.solve(...OF_THE_SERVER);
  }

  /** A save that went through has solved what kept one from it. */
  saved(): void {
    this.solve(...[...this.#byCode.keys()].filter((code) => !LASTING.includes(code)));
  }
}
