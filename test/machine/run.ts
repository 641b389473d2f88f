/**
 * Runs all machine tests, a file after the other, and prints last how many ran on what. Exits 1 when one failed.
 * One after the other: the tests measure times, and a machine needs a processor for itself.
 */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';

const SUMMARY = /^machine tests: (\d+) ran on (.*)$/gm;

const folder = path.dirname(fileURLToPath(import.meta.url));
const named = process.argv.slice(2);
const files = readdirSync(folder)
  .filter((name) => name.endsWith('.test.js'))
  .filter((name) => named.length === 0 || named.some((part) => name.includes(part)))
  .map((name) => path.join(folder, name));

const counts = new Map<string, number>();
const stream = run({ files, concurrency: 1 });
stream.on('test:fail', () => {
  process.exitCode = 1;
});
stream.on('test:stdout', ({ message }) => {
  for (const [, count = '0', versions = ''] of message.matchAll(SUMMARY)) {
    counts.set(versions, (counts.get(versions) ?? 0) + Number(count));
  }
});
const report = new spec();
stream.pipe(report).pipe(process.stdout);
report.on('end', () => {
  for (const [versions, count] of counts) console.log(`machine tests: ${count} ran on ${versions}`);
});
