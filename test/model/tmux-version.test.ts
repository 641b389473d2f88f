/** Versions of tmux in order. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAtLeast } from '../../src/model/tmux-version.js';

const table: readonly [version: string, expected: boolean][] = [
  ['3.7', true],
  ['3.7c', true],
  ['3.10', true],
  ['4.0', true],
  ['next-3.8', true],
  ['3.8-rc', true],
  ['3.6b', false],
  ['2.9', false],
  ['next-3.6', false],
  ['', false],
  ['master', false],
];

for (const [version, expected] of table) {
  test(`tmux '${version}' is ${expected ? '' : 'not '}at least 3.7`, () => {
    assert.equal(isAtLeast(version, 3, 7), expected);
  });
}
