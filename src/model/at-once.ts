/**
 * Which sessions that memory trouble took from a living server come back at once (R4): not for ever, for one of them may be what
 * memory runs out for.
 */

/** So often a session comes back at once within this time, in ms; then it waits for its user. */
const LIMIT = 3;
const WITHIN_MS = 600_000;

/** When each session came back at once, by its name, in monotonic ms. */
export type Comebacks = ReadonlyMap<string, readonly number[]>;

/** Returns the names that come back now, those that wait for their user, and the comebacks with these in it. */
export function comeBackAtOnce(
  names: readonly string[],
  before: Comebacks,
  nowMs: number,
): { readonly now: readonly string[]; readonly later: readonly string[]; readonly comebacks: Comebacks } {
  const recent = new Map(
    [...before]
      .map(([name, times]): [string, number[]] => [name, times.filter((time) => nowMs - time < WITHIN_MS)])
      .filter(([, times]) => times.length > 0),
  );
  const isDue = (name: string): boolean => (recent.get(name) ?? []).length < LIMIT;
  const now = names.filter(isDue);
  const later = names.filter((name) => !isDue(name));
  for (const name of now) recent.set(name, [...(recent.get(name) ?? []), nowMs]);
  return { now, later, comebacks: recent };
}
