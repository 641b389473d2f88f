/**
 * Windows and panes that memory trouble took out of a living session (R4): offered, and brought back into it when asked for.
 */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { before, describe, test } from 'node:test';
import { lostParts } from '../../src/model/lost-parts.js';
import type { RestoreReport } from '../../src/model/report.js';
import { AgentRig, buildProgram } from '../support/agent-rig.js';

before(buildProgram);

/** A server whose session has lost a window and a pane, as an agent that saw an OOM kill writes it down. */
async function torn(rig: AgentRig): Promise<number> {
  const pid = await rig.begin('api', '-n', 'editor');
  await rig.tmux('split-window', '-d', '-h', '-t', '=api:editor', '-c', '/usr');
  await rig.tmux('new-window', '-d', '-t', '=api:4', '-n', 'logs', '-c', '/etc');
  await rig.tmux('split-window', '-d', '-t', '=api:logs', '-c', '/var');
  assert.equal((await rig.run(['save'])).code, 0);
  const whole = await rig.manifest();
  await rig.tmux('kill-window', '-t', '=api:logs');
  await rig.tmux('kill-pane', '-t', '=api:editor.1');
  await rig.tmux('new-window', '-d', '-t', '=api:4', '-n', 'mine');
  assert.equal((await rig.run(['save'])).code, 0);
  const now = await rig.manifest();
  assert.ok(whole !== null && now !== null);
  const pending = lostParts(whole, now, []).map((part) => ({ ...part, part: true, how: 'lost', since: now.savedAt }));
  const path = `${(await rig.stateFolder()) ?? ''}/manifest.json`;
  await writeFile(path, JSON.stringify({ ...now, pending }));
  return pid;
}

const windows = (rig: AgentRig): Promise<string[]> =>
  rig.server.rows(
    'list-panes',
    '#{window_index}:#{window_name} #{pane_current_path} #{window_active}',
    '-s',
    '-t',
    '=api',
  );

describe('windows that a living session lost', { concurrency: 2 }, () => {
  test('What memory trouble took out of a living session is offered, and comes back into it, beside what is there, without an agent and with one.', async (t) => {
    for (const withAgent of [false, true]) {
      const rig = await AgentRig.make(t);
      await torn(rig);
      if (withAgent) await rig.start();
      const before = await rig.picture();
      const { problems } = await rig.status();
      assert.deepEqual(
        problems.map(({ code }) => code).filter((code) => code !== 'agent-not-running'),
        ['windows-lost'],
      );
      assert.equal(await rig.picture(), before, 'nothing comes back by itself');
      const ran = await rig.run(['restore', '--json']);
      const report = JSON.parse(ran.stdout) as RestoreReport;
      assert.deepEqual([ran.code, report.restored, report.failed, report.differences], [0, 1, 0, []]);
      assert.deepEqual(await windows(rig), [
        `0:editor ${rig.home} 1`,
        `4:mine ${rig.home} 0`,
        '5:editor /usr 0',
        '6:logs /etc 0',
        '6:logs /var 0',
      ]);
      await rig.saved('nothing more to offer', ({ pending }) => pending.length === 0);
      assert.equal((await rig.json<RestoreReport>('restore')).restored, 0, 'nothing twice');
    }
  });

  test('Windows that came back are not brought back twice, by an earlier state nor after a restore that nobody could take note of.', async (t) => {
    const rig = await AgentRig.make(t);
    await torn(rig);
    const offered = await rig.manifest();
    const path = `${(await rig.stateFolder()) ?? ''}/manifest.json`;
    const text = await readFile(path, 'utf8');
    assert.ok(offered !== null);
    assert.equal((await rig.json<RestoreReport>('restore')).restored, 1);
    const before = await rig.picture();
    // As if its end had not been written down.
    await writeFile(path, text);
    const again = await rig.run(['restore', '--json']);
    const { outcomes, restored } = JSON.parse(again.stdout) as RestoreReport;
    assert.equal(restored, 0);
    assert.ok(outcomes.some(({ reason }) => reason === 'these windows are there already'));
    await rig.saved('nothing more to offer', ({ pending }) => pending.length === 0);
    assert.equal((await rig.run(['restore', '--from', offered.id, 'api', '--json'])).code, again.code);
    assert.equal(await rig.picture(), before);
    // One that its user closed since comes once more.
    await rig.tmux('kill-window', '-t', '=api:6');
    await rig.tmux('kill-window', '-t', '=api:5');
    assert.equal((await rig.json<RestoreReport>('restore', '--from', offered.id, 'api')).restored, 1);
  });

  test('a death of the server brings the session back as it was, and the offer stays', async (t) => {
    const rig = await AgentRig.make(t);
    const pid = await torn(rig);
    await rig.start();
    await rig.killServer(pid);
    await rig.saved('the next server', ({ server, sessions }) => server?.pid !== pid && sessions.length === 1);
    assert.deepEqual(
      (await windows(rig)).map((row) => row.split(' ')[0]),
      ['0:editor', '4:mine'],
    );
    const manifest = await rig.manifest();
    assert.deepEqual(
      manifest?.pending.map(({ part, how }) => [part, how]),
      [[true, 'lost']],
    );
    assert.equal((await rig.run(['restore', 'api'])).code, 0);
    assert.equal((await windows(rig)).length, 5);
  });
});
