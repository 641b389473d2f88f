/** Works on several things at a time, and tells of each in the order in which they were given, as soon as all before it are told. */

/** Works on all of them, `atOnce` at a time; returns what came of each. */
export async function inOrder<T, R>(
  things: readonly T[],
  atOnce: number,
  work: (thing: T) => Promise<R>,
  tell: (result: R) => void = () => undefined,
): Promise<readonly R[]> {
  const results = new Map<number, R>();
  const told: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let at = next++; at < things.length; at = next++) {
      results.set(at, await work(things[at] as T));
      for (let result = results.get(told.length); result !== undefined; result = results.get(told.length)) {
        told.push(result);
        tell(result);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, things.length) }, worker));
  return told;
}
