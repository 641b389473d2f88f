/**
 * Retention (R6), on times alone.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HISTORY_LIMIT, retain, type Retained } from '../../src/model/retention.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const now = new Date('2026-06-15T12:34:56.000Z');

/** Returns a state of that age; its id is its age in ms. */
const aged = (age: number, serverKey: string | null = null): Retained => ({
  id: String(age),
  savedAt: new Date(now.getTime() - age).toISOString(),
  serverKey,
});

const every = (step: number, count: number, from = 0): Retained[] =>
  Array.from({ length: count }, (_, index) => aged(from + index * step));

const keptAges = (entries: readonly Retained[], days?: number): number[] =>
  [...retain(entries, now, days)].map(Number).sort((left, right) => left - right);

test('the state before a forgetting is kept for as long as history is, and of a run of them the one before the first', () => {
  const forgotten = (age: number): Retained => ({ ...aged(age), trigger: 'forget' });
  const entries = [
    ...every(MINUTE, 5),
    ...[2, 3].map((minutes) => forgotten(5 * HOUR + minutes * MINUTE)),
    ...every(MINUTE, 5, 5 * HOUR + 4 * MINUTE),
    ...every(DAY, 38, DAY),
    forgotten(40 * DAY),
    aged(40 * DAY + MINUTE),
  ];
  const kept = keptAges(entries).filter((age) => (age > HOUR && age < DAY) || age > 39 * DAY);
  assert.deepEqual(kept, [5 * HOUR + 2 * MINUTE, 5 * HOUR + 3 * MINUTE, 5 * HOUR + 4 * MINUTE]);
});

test('nothing kept of nothing, and the only state always', () => {
  assert.deepEqual(keptAges([]), []);
  assert.deepEqual(keptAges([aged(1000 * DAY)]), [1000 * DAY]);
});

test('all of the last hour is kept', () => {
  const entries = every(30 * SECOND, 119);
  assert.equal(keptAges(entries).length, 119);
});

test('before the last hour the newest of each clock hour is kept, for a day', () => {
  const ages = keptAges(every(10 * MINUTE, 6 * 24, 0)).filter((age) => age >= HOUR);
  const hours = ages.map((age) => new Date(now.getTime() - age).toISOString().slice(0, 13));
  assert.equal(new Set(hours).size, hours.length);
  assert.equal(hours.length, 23);
  for (const age of ages) assert.equal(new Date(now.getTime() - age + 10 * MINUTE).getUTCMinutes() < 10, true);
});

test('before the last day the newest of each day is kept, for thirty days or as many as asked', () => {
  const entries = every(6 * HOUR, 4 * 60);
  const days = (ages: readonly number[]): string[] =>
    ages.filter((age) => age > DAY).map((age) => new Date(now.getTime() - age).toISOString().slice(0, 10));
  const month = days(keptAges(entries));
  assert.equal(new Set(month).size, month.length);
  assert.equal(month.length, 29);
  assert.ok(keptAges(entries).every((age) => age < 30 * DAY));
  assert.equal(days(keptAges(entries, 7)).length, 6);
  assert.ok(keptAges(entries, 0).every((age) => age < DAY));
});

test('the last state of each server is kept, though a later server saved in the same hour', () => {
  const entries = [
    aged(3 * DAY, 'third'),
    aged(3 * DAY + MINUTE, 'third'),
    aged(3 * DAY + 2 * MINUTE, 'second'),
    aged(3 * DAY + 3 * MINUTE, 'second'),
    aged(3 * DAY + 4 * MINUTE, 'first'),
    aged(0, 'fourth'),
  ];
  assert.deepEqual(keptAges(entries), [0, 3 * DAY, 3 * DAY + 2 * MINUTE, 3 * DAY + 4 * MINUTE]);
  assert.deepEqual(keptAges(entries, 1), [0]);
});

test('over the cap the last hour is thinned evenly, not at one end', () => {
  const kept = keptAges(every(SECOND, 3590));
  assert.equal(kept.length, HISTORY_LIMIT);
  assert.equal(kept[0], 0);
  const gaps = kept.slice(1).map((age, index) => age - (kept[index] ?? 0));
  assert.ok(Math.max(...gaps) <= 3 * (3590 / HISTORY_LIMIT) * SECOND, `largest gap ${Math.max(...gaps)}`);
  assert.ok((kept.at(-1) ?? 0) > 3500 * SECOND);
});

test('thinning at every save of a long hour leaves even gaps as well', () => {
  let states: Retained[] = [];
  for (let second = 3590; second >= 0; second -= 2) {
    const then = new Date(now.getTime() - second * SECOND);
    states.push(aged(second * SECOND));
    const keep = retain(states, then);
    states = states.filter((state) => keep.has(state.id));
  }
  const ages = states.map((state) => Number(state.id)).sort((left, right) => left - right);
  assert.equal(ages.length, HISTORY_LIMIT);
  assert.equal(ages[0], 0);
  const gaps = ages.slice(1).map((age, index) => age - (ages[index] ?? 0));
  assert.ok(Math.max(...gaps) <= 60 * SECOND, `largest gap ${Math.max(...gaps)}`);
});

test('the cap never takes the newest of an hour or a day, or the last of a server', () => {
  const crashes = every(DAY / 20, 20 * 25, 2 * DAY).map((entry) => ({ ...entry, serverKey: entry.id }));
  const recent = every(SECOND, 600);
  const kept = retain([...recent, ...crashes], now);
  for (const crash of crashes) assert.ok(kept.has(crash.id));
  assert.ok(kept.has('0'), 'the newest of all');
  const rest = [...kept].filter((id) => Number(id) < HOUR);
  assert.ok(rest.length <= 2, 'the last hour gives way');
});

test('a year of daily states is not cut at the cap', () => {
  assert.equal(keptAges(every(DAY, 365), 365).length, 365);
});

test('states of the future, left by a clock that was set back, count as new', () => {
  assert.deepEqual(keptAges([aged(-5 * DAY), aged(-5 * DAY - MINUTE), aged(0)]), [-5 * DAY - MINUTE, -5 * DAY, 0]);
});

test('a clock that jumps ahead, and a machine that was off for long, make nothing old', () => {
  const before = every(HOUR, 12, 400 * DAY);
  assert.equal(keptAges([aged(0), aged(MINUTE), ...before]).filter((age) => age >= 400 * DAY).length, 1);
  const days = every(DAY, 29, 400 * DAY);
  assert.equal(keptAges([aged(0), ...days]).length, 30);
});

test('the order of the states does not matter', () => {
  const entries = every(7 * MINUTE, 500);
  assert.deepEqual(keptAges([...entries].reverse()), keptAges(entries));
});
