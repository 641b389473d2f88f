/**
 * `export`: its script is run against another server, its workspace is imported again, and both must give what was saved.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { before, describe, test, type TestContext } from 'node:test';
import type { RestoreReport } from '../../src/model/report.js';
import { AgentRig, buildProgram } from '../support/agent-rig.js';
import { TmuxRig, waitFor } from '../support/tmux-rig.js';

before(buildProgram);

const run = promisify(execFile);

const FORMAT =
  '#{session_name}:#{window_index}:#{pane_index} #{window_name} #{window_layout} #{pane_width}x#{pane_height} #{pane_current_path} #{window_active}#{pane_active} #{window_zoomed_flag} #{window_linked_sessions} #{session_group}';

/** What there is, without the numbers of panes in layouts and their checksums. */
async function shapeOf(tmux: (...args: readonly string[]) => Promise<string>): Promise<string[]> {
  const lines = (await tmux('list-panes', '-a', '-F', FORMAT)).split('\n');
  return lines.map((line) => line.replace(/ [0-9a-f]{4},(?=\d+x)/, ' ').replace(/(\d+x\d+,\d+,\d+),\d+/g, '$1')).sort();
}

/** A second server with this configuration, in the same HOME as nothing else. */
async function other(t: TestContext, config = ''): Promise<TmuxRig> {
  const rig = await TmuxRig.make(t, { config });
  await rig.startEmpty();
  return rig;
}

/** Saves a server with all that an export can hold; returns its folders. */
async function furnished(rig: AgentRig): Promise<void> {
  const folders = ["it's $(touch ran)", 'a b', '#{pane_id}', 'semi;', 'é 日本', '`touch ran`'].map((name) =>
    join(rig.home, 'work', name),
  );
  for (const folder of folders) await mkdir(folder, { recursive: true });
  const [first = '', second = '', third = '', fourth = '', fifth = '', sixth = ''] = folders;
  // tmux reads a name and a directory as formats.
  await rig.begin('web', '-n', "##S; it's", '-c', first);
  await rig.tmux('split-window', '-t', '=web:', '-h', '-c', second);
  await rig.tmux('split-window', '-t', '=web:', '-v', '-l', '5', '-c', third.replace('#', '##'));
  await rig.tmux('select-pane', '-t', '=web:.0');
  await rig.tmux('new-window', '-t', '=web:4', '-n', '$(id)\\;', '-c', `${fourth.slice(0, -1)}\\;`);
  for (let count = 0; count < 5; count++) {
    await rig.tmux('split-window', '-t', '=web:4', '-v', '-c', fifth);
    await rig.tmux('select-layout', '-t', '=web:4', 'even-vertical');
  }
  await rig.tmux('resize-pane', '-Z', '-t', '=web:4.2');
  await rig.tmux('new-session', '-d', '-s', "o'd $(x)", '-x', '120', '-y', '30', '-n', 'w', '-c', sixth);
  await rig.tmux('link-window', '-s', '=web:0', '-t', "=o'd $(x):7");
  await rig.tmux('new-session', '-d', '-t', '=web', '-s', 'member');
  await rig.tmux('select-window', '-t', '=member:0');
  assert.equal(
    await rig.tmux('display-message', '-p', '-t', '=web:0.2', '#{window_name} #{pane_current_path}'),
    `#S; it's ${third}`,
  );
  assert.equal((await rig.run(['save'])).code, 0);
}

describe('export', { concurrency: 4 }, () => {
  test('its script makes the same sessions, windows, layouts and directories on another server', async (t) => {
    const rig = await AgentRig.make(t);
    await furnished(rig);
    const ran = await rig.run(['export', '--script']);
    assert.deepEqual([ran.code, ran.stderr], [0, '']);
    const script = join(rig.home, 'again.sh');
    await writeFile(script, ran.stdout);
    for (const config of [
      '',
      'set -g base-index 1\nset -g pane-base-index 1\nset -g renumber-windows on\nset -g automatic-rename off\n',
    ]) {
      const server = await other(t, config);
      await run('sh', [script, server.socketPath], { env: rig.env, cwd: rig.home });
      const shift = (lines: string[]) => lines.map((line) => line.replace(/^([^:]*:\d+):\d+/, '$1'));
      assert.deepEqual(
        shift(await shapeOf((...args) => server.tmux(...args))),
        shift(await shapeOf((...args) => rig.tmux(...args))),
      );
      assert.equal(await server.tmux('show-options', '-t', '=web:'), '');
    }
    assert.ok(!(await readdir(rig.home)).includes('ran'), 'nothing was run');
  });

  test('its script makes nothing where one of the names is there already', async (t) => {
    const rig = await AgentRig.make(t);
    await rig.begin('web');
    await rig.tmux('new-session', '-d', '-s', 'api');
    await rig.run(['save']);
    const script = join(rig.home, 'again.sh');
    await writeFile(script, (await rig.run(['export', '--script'])).stdout);
    const server = await other(t);
    await server.tmux('new-session', '-d', '-s', 'web');
    await assert.rejects(run('sh', [script, server.socketPath], { env: rig.env }), /nothing was made: .*: web/);
    assert.equal(await server.tmux('list-sessions', '-F', '#{session_name}'), 'web');
  });

  test('its workspaces are imported again as what they were', async (t) => {
    const rig = await AgentRig.make(t);
    await furnished(rig);
    const ran = await rig.run(['export', '--tmuxp', 'web', "o'd $(x)"]);
    assert.equal(ran.code, 0);
    assert.match(ran.stderr, /^tmux-persist: these are 2 documents/);
    const next = await AgentRig.make(t);
    const path = join(next.home, 'all.yaml');
    await writeFile(path, ran.stdout);
    const read = await next.run(['import', path]);
    assert.deepEqual([read.code, read.stderr], [0, '']);
    assert.deepEqual((await next.json<RestoreReport>('restore')).differences, []);
    // A workspace knows neither groups, nor linked windows, nor zoom.
    const plain = (lines: string[]) =>
      lines
        .filter((line) => !line.startsWith('member'))
        .map((line) => line.replace(/(\d\d) \d \d+ .*$/, '$1').replace(/\d+x\d+ (?=\/)/, ''));
    assert.deepEqual(
      plain(await shapeOf((...args) => next.tmux(...args))),
      plain(await shapeOf((...args) => rig.tmux(...args))),
    );
  });

  test('programs stand in it as comments, on one line each', async (t) => {
    const rig = await AgentRig.make(t);
    await rig.begin('web', 'less', '+F', "a'b\nkill-server", '/etc/passwd');
    await waitFor('less in the saved state', async () => {
      await rig.run(['save']);
      return (await rig.manifest())?.windows[0]?.panes[0]?.program?.argv[0] === 'less';
    });
    for (const format of ['--script', '--tmuxp']) {
      const { stdout } = await rig.run(['export', format]);
      assert.match(stdout, /^\s*(- )?# it ran less .*$/m);
      assert.ok(!/^kill-server/m.test(stdout));
    }
  });

  test('a name that is not saved exits 4, and neither or both of the formats 2', async (t) => {
    const rig = await AgentRig.make(t);
    assert.equal((await rig.run(['export', '--script'])).code, 4);
    await rig.begin('web');
    await rig.run(['save']);
    assert.equal((await rig.run(['export', '--script', 'nothing'])).code, 4);
    assert.equal((await rig.run(['export'])).code, 2);
    assert.equal((await rig.run(['export', '--script', '--tmuxp'])).code, 2);
    const { stdout } = await rig.run(['export', '--tmuxp', 'web']);
    assert.match(stdout, /^session_name: web\nstart_directory: .*\nwindows:\n/);
  });
});
