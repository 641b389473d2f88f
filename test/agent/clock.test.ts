/**
 * Steps of the wall clock, back and forth, under a running agent: nothing that is decided depends on it. The clock is the agent's
 * own (libfaketime), as that of the machine is not ours to set.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { AgentRig, buildProgram, entriesOf, namesOf } from '../support/agent-rig.js';

before(buildProgram);

const DAY_MS = 86_400_000;

describe('a clock that is set while the agent runs', { concurrency: 3 }, () => {
  for (const [what, steps] of [
    ['back by a day, and on by a year', ['-1d', '+400d']],
    ['on by a year, and back to where it was', ['+400d', '+0']],
  ] as const) {
    test(`${what}: saving goes on, a closing is decided once, history is kept, and a death is restored`, async (t) => {
      const rig = await AgentRig.make(t);
      const clock = join(rig.home, 'clock');
      const step = (to: string): Promise<void> => writeFile(clock, `${to}\n`);
      await step('+0');
      await rig.start('waiting', { env: under(clock) });
      const pid = await rig.begin('kept', '-n', 'one');
      await rig.tmux('new-session', '-d', '-s', 'done');
      const first = await rig.saved('both', ({ sessions }) => sessions.length === 2);

      const [early, late] = steps;
      await step(early);
      await rig.tmux('kill-session', '-t', '=done');
      await rig.tmux('rename-window', '-t', '=kept:', 'two');
      const stepped = await rig.saved('the closing', (m) => entriesOf(m.pending).includes('closing done'));
      const movedMs = Date.parse(stepped.savedAt) - Date.parse(first.savedAt);
      assert.ok(Math.abs(movedMs) > DAY_MS / 2, 'the agent believes its clock');
      await step(late);
      await rig.tmux('rename-window', '-t', '=kept:', 'three');
      const later = await rig.saved('the next change', ({ windows }) => windows.some(({ name }) => name === 'three'));
      assert.deepEqual([namesOf(later.sessions), entriesOf(later.pending)], [['kept'], ['closing done']]);
      await rig.saved('the closed session', ({ closed }) => entriesOf(closed).includes('kill-session done'), 60_000);

      const history = readdirSync(join((await rig.stateFolder()) ?? '', 'history'));
      assert.ok(
        history.some((name) => name.startsWith(first.id.slice(0, 8))),
        'what was saved before the steps is still there',
      );
      await rig.killServer(pid);
      await rig.sessions(['kept']);
      await rig.saved('the next server', ({ server }) => server !== null && server.pid !== pid);
      const { manifest, problems } = await rig.status();
      assert.deepEqual([manifest?.sessions, problems], [1, []]);
    });
  }

  test('a suspend of eight hours is no death and no closing: everything goes on as it was', async (t) => {
    const rig = await AgentRig.make(t);
    const clock = join(rig.home, 'clock');
    await writeFile(clock, '+0\n');
    const agent = await rig.start('waiting', { env: under(clock) });
    const pid = await rig.begin('kept');
    await rig.tmux('new-session', '-d', '-s', 'done');
    await rig.saved('both', ({ sessions }) => sessions.length === 2);
    await rig.tmux('kill-session', '-t', '=done');
    await rig.saved('the closing', ({ pending }) => pending.length === 1);
    const panes = (await rig.server.rows('list-panes', '#{pane_pid}', '-a')).map(Number);
    const all = [pid, agent.pid, ...panes];
    for (const stopped of all) process.kill(stopped, 'SIGSTOP');
    await writeFile(clock, '+8h\n');
    for (const stopped of all.reverse()) process.kill(stopped, 'SIGCONT');
    await rig.tmux('rename-window', '-t', '=kept:', 'awake');
    const manifest = await rig.saved('the next change', ({ windows }) => windows.some(({ name }) => name === 'awake'));
    assert.deepEqual([namesOf(manifest.sessions), entriesOf(manifest.pending)], [['kept'], ['closing done']]);
    await rig.saved('the closed session', ({ closed }) => entriesOf(closed).includes('kill-session done'), 60_000);
    const { lastLoss, lastRestore, problems } = await rig.status();
    assert.deepEqual([lastLoss, lastRestore, problems], [null, null, []]);
  });
});

/** The environment of a program whose clock is set by a file. */
const under = (clock: string): Record<string, string> => ({
  LD_PRELOAD: libraryPath(),
  FAKETIME_TIMESTAMP_FILE: clock,
  FAKETIME_NO_CACHE: '1',
  FAKETIME_DONT_FAKE_MONOTONIC: '1',
  DONT_FAKE_MONOTONIC: '1',
});

/** Returns the path of libfaketime for programs with threads. */
function libraryPath(): string {
  const path = '/usr/lib';
  const found = readdirSync(path)
    .map((folder) => join(path, folder, 'faketime/libfaketimeMT.so.1'))
    .find((candidate) => existsSync(candidate));
  assert.ok(found !== undefined, "libfaketime is missing: apt-get install faketime, or 'make prepare'");
  return found;
}
