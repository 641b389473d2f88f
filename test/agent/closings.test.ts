/**
 * The timers of closings: each is decided in the end, whatever got in the way of it (R4).
 */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Closings } from '../../src/agent/closings.js';
import { aManifest, aPending, aSession } from '../support/builders.js';

const manifest = aManifest({ sessions: [], pending: [aPending(aSession(1), { how: 'closing' })] });

/** Closings in a time of their own, and how often one was to be decided. */
function follow(t: TestContext): { closings: Closings; asked: () => number; pass: (ms: number) => void } {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let asked = 0;
  const closings = new Closings(() => asked++);
  closings.follow(manifest);
  const pass = (ms: number): void => {
    t.mock.timers.tick(ms);
  };
  return { closings, asked: () => asked, pass };
}

test('a closing that could not be decided, for a lock or a full disk, is decided half a minute later', (t) => {
  const { closings, asked, pass } = follow(t);
  pass(30_000);
  assert.equal(asked(), 1);
  closings.follow(manifest);
  pass(30_000);
  assert.equal(asked(), 2);
  closings.follow(aManifest());
  pass(60_000);
  assert.equal(asked(), 2, 'it is decided');
});

test('a server that is met again has its closings decided', (t) => {
  const { closings, asked, pass } = follow(t);
  closings.stop();
  pass(60_000);
  assert.equal(asked(), 0, 'nobody knows of the server meanwhile');
  closings.follow(manifest);
  pass(30_000);
  assert.equal(asked(), 1);
});

test('what was being closed before a stop is still known after it', (t) => {
  const { closings } = follow(t);
  closings.stop();
  assert.equal(closings.followedFor(0).size, 1);
});
