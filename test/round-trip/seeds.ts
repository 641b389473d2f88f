/**
 * Which random cases a run has.
 */

/** Returns the seeds that TMUX_PERSIST_SEEDS names, or the default ones: `1..200`, `3,9,12` or both. */
export function seeds(usual: string): number[] {
  return (process.env['TMUX_PERSIST_SEEDS'] ?? usual).split(',').flatMap((part) => {
    const [first = 1, last = first] = part.split('..').map(Number);
    return Array.from({ length: last - first + 1 }, (_, at) => first + at);
  });
}
