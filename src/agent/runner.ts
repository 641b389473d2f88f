/**
 * Serialises what must never overlap: saves, restores and the handling of a death. A save so never sees a half-restored server.
 */

/** Runs tasks one after the other, in the order they came. */
export class ExclusiveRunner {
  #tail: Promise<unknown> = Promise.resolve();

  /** Returns what the task returns, after all tasks before it; a task that throws stops nobody else. */
  run<T>(task: () => Promise<T>): Promise<T> {
    const next = this.#tail.then(task, task);
    this.#tail = next.catch(() => undefined);
    return next;
  }

  /** Resolves when everything that was asked for so far is done. */
  idle(): Promise<unknown> {
    return this.#tail;
  }
}
