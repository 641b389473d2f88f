/**
 * Runs all machine tests on each Debian suite, a file after the other, and prints last one table of what ran where.
 * Exits 1 when one failed. One after the other: the tests measure times, and a machine needs a processor for itself.
 */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';
import { requirePrerequisites, skipReason } from './prerequisites.js';
import { machineRoot, suites, versionsOf } from './root.js';
import { Tally, tableOf } from './tally.js';

const folder = path.dirname(fileURLToPath(import.meta.url));
const named = process.argv.slice(2);
const files = readdirSync(folder)
  .filter((name) => name.endsWith('.test.js'))
  .filter((name) => named.length === 0 || named.some((part) => name.includes(part)))
  .map((name) => path.join(folder, name));
// Of an empty list node:test makes every test it can find.
if (files.length === 0) throw new Error(`no machine test is named ${named.join(' or ')}`);

/** Returns what came of the tests on one suite; its root is there before its first test, so that no test waits for it. */
async function testSuite(suite: string): Promise<Tally> {
  const startedAt = performance.now();
  const tally = await openTally(suite);
  if (tally.versions !== null) await runFiles(tally);
  tally.seconds = (performance.now() - startedAt) / 1000;
  return tally;
}

async function openTally(suite: string): Promise<Tally> {
  const skip = skipReason();
  const tally = new Tally(suite, null);
  if (skip !== null) tally.remarks.push(`not run: ${skip}`);
  else {
    try {
      requirePrerequisites();
      return new Tally(suite, versionsOf(await machineRoot(suite)));
    } catch (error) {
      tally.broke(`not run: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return tally;
}

function runFiles(tally: Tally): Promise<void> {
  // Each file reads it in a process of its own.
  process.env['MACHINES'] = tally.suite;
  return new Promise((resolve) => {
    const events = run({ files, concurrency: 1 });
    events.on('test:pass', (ended) => {
      // A file that has no test for this suite passes as one itself.
      if (!files.includes(ended.name)) tally.pass(ended);
    });
    events.on('test:fail', (ended) => {
      tally.fail(ended);
    });
    const report = new spec();
    events.pipe(report).pipe(process.stdout, { end: false });
    report.on('end', resolve);
  });
}

const tallies: Tally[] = [];
for (const suite of suites()) tallies.push(await testSuite(suite));
process.stdout.write(`\n${tableOf(tallies).join('\n')}\n`);
if (!tallies.every(({ isGood }) => isGood)) process.exitCode = 1;
