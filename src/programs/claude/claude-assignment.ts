/**
 * Which process a conversation belongs to when only times tell. A pair counts only when it stands in every way to give as many processes
 * as possible a conversation each: where two ways are as good, there is no telling, and no order of starts or ages decides.
 */

/** One way to give as many as possible something, and what of it could not be otherwise. */
export interface Assignment<P, T> {
  readonly pairs: ReadonlyMap<P, T>;
  /** Those of the first whose pair stands in every such way. */
  readonly forced: ReadonlySet<P>;
}

/** Returns a maximum matching of a bipartite graph, given by what each may have. */
export function assign<P, T>(options: ReadonlyMap<P, readonly T[]>): Assignment<P, T> {
  const owners = new Map<T, P>();
  for (const one of options.keys()) augment([one], options, owners, null);
  const pairs = new Map([...owners].map(([thing, one]) => [one, thing]));
  const forced = new Set<P>();
  for (const [one, thing] of pairs) {
    // Without this pair, is there another way that serves as many?
    const rest = new Map([...owners].filter(([other]) => other !== thing));
    const unserved = [...options.keys()].filter((other) => other === one || !pairs.has(other));
    if (!augment(unserved, options, rest, { one, thing })) forced.add(one);
  }
  return { pairs, forced };
}

/** Serves one more of `unserved`, by giving others something else where need be; returns whether that was possible. */
function augment<P, T>(
  unserved: readonly P[],
  options: ReadonlyMap<P, readonly T[]>,
  owners: Map<T, P>,
  forbidden: { readonly one: P; readonly thing: T } | null,
): boolean {
  const seen = new Set<T>();
  const serve = (one: P): boolean => {
    for (const thing of options.get(one) ?? []) {
      if (seen.has(thing) || (forbidden?.one === one && forbidden.thing === thing)) continue;
      seen.add(thing);
      const owner = owners.get(thing);
      if (owner !== undefined && !serve(owner)) continue;
      owners.set(thing, one);
      return true;
    }
    return false;
  };
  return unserved.some(serve);
}
