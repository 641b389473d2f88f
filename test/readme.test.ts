/**
 * Keeps the README honest: what it promises is tested under that name.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CHECKOUT } from './support/agent-rig.js';

/** Returns the promises, each up to what only explains it. */
function promises(): string[] {
  const readme = readFileSync(join(CHECKOUT, 'README.md'), 'utf8');
  const section = /^## Promises$([\s\S]*?)^## /m.exec(readme)?.[1] ?? '';
  return [...section.matchAll(/^- (.*?)(?:: .*|\.)?$/gm)].map((match) => (match[1] ?? '').toLowerCase());
}

/** Returns the names of all tests, as they are written. */
function testNames(): string[] {
  const files = readdirSync(join(CHECKOUT, 'test'), { recursive: true, encoding: 'utf8' });
  const sources = files
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => readFileSync(join(CHECKOUT, 'test', file), 'utf8'));
  return sources.flatMap((source) =>
    [...source.matchAll(/\btest\(\s*(['"`])(.*?)\1,/gs)].map((match) => (match[2] ?? '').toLowerCase()),
  );
}

test('every promise of the README is the name, or the beginning of the name, of a test', () => {
  const names = testNames();
  assert.ok(promises().length >= 10, 'the README lists its promises');
  assert.deepEqual(
    promises().filter((promise) => !names.some((name) => name.startsWith(promise))),
    [],
  );
});
