/**
 * What the agent alone can see going wrong, for `status`: each problem once, until what solves it happens.
 */
import type { Failure } from '../model/failure.js';
import type { Problem } from '../model/report.js';

/** Problems that a save does not solve. */
const LASTING = ['bad-option', 'crash-loop', 'scrollback-budget', 'set-aside', 'restore-failed'];

/** What a look at a server met that is gone now. */
const OF_THE_SERVER = ['no-server', 'server-hung', 'snapshot-incomplete', 'tmux-failed'];

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
