/**
 * Whose program starts now: the table of turns.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSettled, turnsNow, type StartingProgram, type WaitingPane } from '../../src/model/turns.js';

/** Panes from words such as `turn`, `view`, `enter`, in capitals where they are seen. */
const panes = (words: string): WaitingPane[] =>
  words
    .split(' ')
    .filter((word) => word !== '')
    .map((word, at) => ({
      paneId: `%${String(at)}`,
      pid: 100 + at,
      wait: word.toLowerCase() as WaitingPane['wait'],
      visible: word !== word.toLowerCase(),
    }));

const NOW = 100_000;
const begun = (agoMs: number, settled = false): StartingProgram => ({ startedAtMs: NOW - agoMs, settled });
const young = (count: number): StartingProgram[] => Array.from({ length: count }, () => begun(500));

const table: readonly {
  readonly what: string;
  readonly waiting: string;
  readonly starting?: readonly StartingProgram[];
  readonly pressure?: number;
  readonly limit?: number;
  readonly released: readonly number[];
}[] = [
  { what: 'nothing waits', waiting: '', released: [] },
  { what: 'fewer than the limit', waiting: 'turn turn turn', released: [0, 1, 2] },
  { what: 'more than the limit: as they come', waiting: 'turn turn turn turn turn turn', released: [0, 1, 2, 3] },
  { what: 'another limit', waiting: 'turn turn turn', limit: 1, released: [0] },
  { what: 'what is seen comes first', waiting: 'turn turn turn turn TURN TURN', released: [4, 5, 0, 1] },
  { what: 'some are starting', waiting: 'turn turn turn', starting: young(3), released: [0] },
  { what: 'the limit is reached', waiting: 'TURN turn', starting: young(4), released: [] },
  { what: 'the limit was made smaller', waiting: 'turn', starting: young(6), limit: 2, released: [] },
  { what: 'some are settled', waiting: 'turn', starting: [...young(3), begun(2000, true)], released: [0] },
  { what: 'one starts for ever', waiting: 'turn', starting: [...young(3), begun(15_000)], released: [0] },
  { what: 'one starts for long', waiting: 'turn', starting: [...young(3), begun(14_999)], released: [] },
  { what: 'a view that nobody has', waiting: 'view view', released: [] },
  { what: 'a view', waiting: 'view VIEW view', released: [1] },
  { what: 'views are paced too', waiting: 'VIEW VIEW', limit: 1, released: [0] },
  { what: 'seen ones among turns, by any wait', waiting: 'turn VIEW turn TURN', limit: 3, released: [1, 3, 0] },
  { what: 'an offer is its user’s', waiting: 'enter ENTER', released: [] },
  { what: 'memory is short', waiting: 'TURN VIEW turn', pressure: 20.01, released: [] },
  { what: 'memory is nearly short', waiting: 'turn', pressure: 20, released: [0] },
];

for (const { what, waiting, starting = [], pressure = 0, limit = 4, released } of table) {
  test(`turns: ${what}`, () => {
    const turns = { waiting: panes(waiting), starting, pressure, limit, nowMs: NOW };
    assert.deepEqual(
      turnsNow(turns).map(({ pid }) => pid - 100),
      released,
    );
  });
}

const settling: readonly (readonly [aliveMs: number, cores: number | null, settled: boolean])[] = [
  [0, null, false],
  [999, 0, false],
  [1000, null, false],
  [1000, 0, true],
  [1000, 0.25, false],
  [1000, 0.24, true],
  [14_999, 1.9, false],
  [15_000, 1.9, true],
  [15_000, null, true],
  // Children that ended without being waited for take their time away with them.
  [2000, -1, true],
];

for (const [aliveMs, cores, settled] of settling) {
  test(`a program of ${String(aliveMs)} ms that used ${String(cores)} cores is ${settled ? '' : 'not '}settled`, () => {
    assert.equal(isSettled({ aliveMs, cores }), settled);
  });
}
