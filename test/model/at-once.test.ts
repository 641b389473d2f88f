/** Sessions that are lost again and again do not come back for ever. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { comeBackAtOnce, type Comebacks } from '../../src/model/at-once.js';

const MINUTE = 60_000;

test('a session comes back at once three times in ten minutes, then it waits for its user', () => {
  let comebacks: Comebacks = new Map();
  const told: string[] = [];
  for (let minute = 0; minute < 14; minute += 2) {
    const { now, later, comebacks: after } = comeBackAtOnce(['hog'], comebacks, minute * MINUTE);
    told.push(now.length === 1 ? 'now' : 'later');
    assert.equal(now.length + later.length, 1);
    comebacks = after;
  }
  assert.deepEqual(told, ['now', 'now', 'now', 'later', 'later', 'now', 'now']);
});

test('one that is lost again and again holds no other back, and is forgotten with time', () => {
  const before = new Map([['hog', [0, 1, 2]]]);
  assert.deepEqual(comeBackAtOnce(['hog', 'api'], before, 3).now, ['api']);
  assert.deepEqual([...comeBackAtOnce([], before, 11 * MINUTE).comebacks], []);
});
