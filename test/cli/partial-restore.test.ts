/**
 * A restore that fails in part: what failed is kept whole and named, the rest is back, and saving goes on beside it.
 */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import type { Manifest } from '../../src/model/manifest.js';
import type { RestoreReport } from '../../src/model/report.js';
import { AgentRig, buildProgram, entriesOf, namesOf } from '../support/agent-rig.js';

before(buildProgram);

/** new-session refuses what is wider than 65535 cells (cmd-new-session.c). */
const TOO_WIDE = 70_000;

const resultsOf = (report: RestoreReport): string[] =>
  report.outcomes.map(({ session, result }) => `${session} ${result}`).sort();

/** A dead server whose saved session `wide` no tmux can make: its window is wider than any may be. */
async function unmakeable(rig: AgentRig): Promise<number> {
  const pid = await rig.begin('good');
  await rig.tmux('new-session', '-d', '-s', 'wide', '-n', 'sheet', '-c', '/usr');
  await rig.tmux('split-window', '-d', '-t', '=wide:sheet', '-c', '/etc');
  await rig.tmux('new-session', '-d', '-s', 'other');
  assert.equal((await rig.run(['save'])).code, 0);
  await rig.killServer(pid);
  const path = join((await rig.stateFolder()) ?? '', 'manifest.json');
  const manifest = JSON.parse(await readFile(path, 'utf8')) as Manifest;
  const windows = manifest.windows.map((window) => ({
    ...window,
    ...(window.name === 'sheet' ? { width: TOO_WIDE, layout: '0000,70000x24,0,0,1' } : {}),
  }));
  await writeFile(path, JSON.stringify({ ...manifest, windows }), { mode: 0o600 });
  return pid;
}

/** The failed session is kept as it was saved. */
function assertKept(manifest: Manifest | null): void {
  assert.deepEqual(entriesOf(manifest?.pending ?? []), ['failed wide']);
  const [entry] = manifest?.pending ?? [];
  assert.deepEqual(
    entry?.windows.map(({ width, panes }) => [width, panes.map(({ currentPath }) => currentPath)]),
    [[TOO_WIDE, ['/usr', '/etc']]],
  );
}

describe('a restore that fails in part', { concurrency: 4 }, () => {
  test('it loses nothing of what failed, says so with 5, and every later save and restore goes on', async (t) => {
    const rig = await AgentRig.make(t);
    await unmakeable(rig);
    const ran = await rig.run(['restore', '--json']);
    assert.equal(ran.code, 5, ran.stderr);
    const report = JSON.parse(ran.stdout) as RestoreReport;
    assert.deepEqual([resultsOf(report), report.failed], [['good restored', 'other restored', 'wide failed'], 1]);
    await rig.sessions(['good', 'other']);
    assertKept(await rig.manifest());
    assert.match((await rig.run(['show'])).stdout, /^wide {2}1 window {2}could not be restored \d+ s ago$/m);

    await rig.tmux('new-session', '-d', '-s', 'later');
    assert.equal((await rig.run(['save'])).code, 0);
    const saved = await rig.manifest();
    assert.deepEqual(namesOf(saved?.sessions ?? []), ['good', 'later', 'other']);
    assertKept(saved);
    const again = await rig.run(['restore', '--json']);
    assert.equal(again.code, 5);
    assert.deepEqual(resultsOf(JSON.parse(again.stdout) as RestoreReport), [
      'good skipped',
      'later skipped',
      'other skipped',
      'wide failed',
    ]);
    assertKept(await rig.manifest());
    assert.equal((await rig.run(['forget', 'wide'])).code, 0);
    assert.equal((await rig.run(['restore'])).code, 0);
  });

  test('an agent whose restore fails in part goes on saving, and keeps what failed over the next server too', async (t) => {
    const rig = await AgentRig.make(t);
    const first = await unmakeable(rig);
    await rig.start('watching');
    await rig.sessions(['good', 'other']);
    const second = await rig.serverPid();
    assertKept(await rig.saved('the restore', (m) => m.server?.pid === second && m.server.pid !== first));
    const { problems } = await rig.status();
    assert.deepEqual(
      problems.map(({ code, message }) => [code, message]),
      [['not-restored', 'a session is not back: wide (to drop one: tmux-persist forget NAME)']],
    );
    await rig.tmux('new-session', '-d', '-s', 'later');
    assertKept(await rig.saved('a later session', (m) => m.sessions.length === 3));
    await rig.killServer(second);
    await rig.sessions(['good', 'later', 'other']);
    const third = await rig.serverPid();
    assertKept(await rig.saved('the next server', (m) => m.server?.pid === third && m.sessions.length === 3));
  });
});
