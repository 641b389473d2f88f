/** Which pairs count when only times tell. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assign } from '../../../src/programs/claude/claude-assignment.js';

type Options = Readonly<Record<string, string>>;

/** Options by name, each a string of letters. */
const run = (options: Options): { pairs: string; forced: string } => {
  const { pairs, forced } = assign(new Map(Object.entries(options).map(([one, things]) => [one, Array.from(things)])));
  const show = ([one, thing]: readonly [string, string]): string => `${one}${thing}`;
  return {
    pairs: [...pairs].map(show).sort().join(' '),
    forced: [...pairs]
      .filter(([one]) => forced.has(one))
      .map(show)
      .sort()
      .join(' '),
  };
};

const cases: readonly (readonly [name: string, options: Options, forced: string])[] = [
  ['nothing', {}, ''],
  ['one without any', { p: '' }, ''],
  ['one and one', { p: 'a' }, 'pa'],
  ['one of two', { p: 'ab' }, ''],
  ['two for one', { p: 'a', q: 'a' }, ''],
  ['two with the same two', { p: 'ab', q: 'ab' }, ''],
  ['what is left when the other has only one', { p: 'ab', q: 'b' }, 'pa qb'],
  ['a chain', { p: 'ab', q: 'bc', r: 'c' }, 'pa qb rc'],
  ['a chain that is open at its end', { p: 'ab', q: 'bc', r: 'cd' }, ''],
  ['a ring beside a pair', { p: 'ab', q: 'ab', r: 'c' }, 'rc'],
  ['a ring with a tail', { p: 'ab', q: 'ab', r: 'bc' }, 'rc'],
  ['one never prompted', { p: '', q: 'a' }, 'qa'],
  ['one too many', { p: 'ab', q: 'ab', r: 'ab' }, ''],
  ['one too many for a part only', { p: 'a', q: 'a', r: 'b' }, 'rb'],
];

for (const [name, options, forced] of cases) {
  test(`${name}: ${forced === '' ? 'no pair counts' : forced}`, () => {
    assert.equal(run(options).forced, forced);
    const backwards = Object.fromEntries(
      Object.entries(options)
        .reverse()
        .map(([one, things]) => [one, Array.from(things).reverse().join('')]),
    );
    assert.equal(run(backwards).forced, forced, 'in any order');
  });
}

/** Returns all maximum matchings, by trying all. */
function maximumMatchings(options: ReadonlyMap<string, readonly string[]>): ReadonlyMap<string, string>[] {
  const all = [...options].reduce<ReadonlyMap<string, string>[]>(
    (ways, [one, things]) =>
      ways.flatMap((way) => [
        way,
        ...things.filter((thing) => ![...way.values()].includes(thing)).map((thing) => new Map([...way, [one, thing]])),
      ]),
    [new Map()],
  );
  const size = Math.max(...all.map((way) => way.size));
  return all.filter((way) => way.size === size);
}

test('counts exactly the pairs of every maximum matching, for every graph of three and three', () => {
  const subsets = ['', 'a', 'b', 'c', 'ab', 'ac', 'bc', 'abc'];
  for (const p of subsets)
    for (const q of subsets)
      for (const r of subsets) {
        const options = new Map(Object.entries({ p, q, r }).map(([one, things]) => [one, Array.from(things)]));
        const ways = maximumMatchings(options);
        const { pairs, forced } = assign(options);
        assert.equal(pairs.size, ways[0]?.size);
        assert.equal(new Set(pairs.values()).size, pairs.size);
        for (const [one, things] of options)
          for (const thing of things) {
            const isForced = ways.every((way) => way.get(one) === thing);
            assert.equal(forced.has(one) && pairs.get(one) === thing, isForced, `${p}/${q}/${r}: ${one}${thing}`);
          }
      }
});

test('is quick for sixty processes that may each have any of two hundred', () => {
  const things = Array.from({ length: 200 }, (_, index) => index);
  const started = performance.now();
  const { forced } = assign(new Map(things.slice(0, 60).map((one) => [one, things])));
  assert.equal(forced.size, 0);
  assert.ok(performance.now() - started < 2000);
});
