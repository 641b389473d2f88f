/** What a restore must leave alone in the server that it comes into, and what it must not bring. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { RestoreReport } from '../../src/model/report.js';
import { AgentRig, buildProgram } from '../support/agent-rig.js';
import { waitFor } from '../support/tmux-rig.js';

before(buildProgram);

const hooksOf = (rig: AgentRig): Promise<string> => rig.tmux('show-hooks', '-g');

describe('a restore into a living server', { concurrency: 3 }, () => {
  test('that is interrupted is finished, and the hooks of its user are there', async (t) => {
    const rig = await AgentRig.make(t);
    const pid = await rig.begin('s0');
    for (let n = 1; n < 20; n++) await rig.tmux('new-session', '-d', '-s', `s${String(n)}`);
    assert.equal((await rig.run(['save'])).code, 0);
    await rig.killServer(pid);
    await rig.begin('live', 'sleep 1000');
    await rig.tmux('set-hook', '-g', 'session-created[2]', 'set-option -g @ran yes');
    const hooks = await hooksOf(rig);
    const restore = rig.launch({ args: ['restore'] });
    await waitFor('the hooks to be out', async () => (await hooksOf(rig)) !== hooks);
    assert.equal(await restore.end('SIGINT'), 0);
    assert.equal((await rig.tmux('list-sessions')).split('\n').length, 21);
    assert.equal(await hooksOf(rig), hooks);
    assert.equal(await rig.tmux('show-options', '-gqv', '@ran'), '');
  });

  test('leaves live windows their sizes under a global window-size manual', async (t) => {
    const rig = await AgentRig.make(t);
    await rig.begin('gone');
    await rig.begin('live', '-x', '90', '-y', '33', 'sleep 1000');
    await rig.tmux('resize-window', '-t', '=live:', '-x', '77', '-y', '22');
    await rig.tmux('set-option', '-wu', '-t', '=live:', 'window-size');
    await rig.tmux('set-option', '-gw', 'window-size', 'manual');
    assert.equal((await rig.run(['save'])).code, 0);
    await rig.tmux('kill-session', '-t', '=gone');
    const report = await rig.json<RestoreReport>('restore', 'gone');
    assert.deepEqual([report.restored, report.differences], [1, []]);
    const size = ['-t', '=live:', '#{window_width}x#{window_height}'];
    assert.equal(await rig.tmux('display-message', '-p', ...size), '77x22');
    assert.equal(await rig.tmux('show-options', '-wqv', '-t', '=live:', 'window-size'), '');
    assert.equal(await rig.tmux('show-options', '-gwv', 'window-size'), 'manual');
  });

  test('does not bring back what its user took away from this very server', async (t) => {
    const rig = await AgentRig.make(t);
    await rig.begin('one');
    await rig.begin('two');
    await rig.tmux('set-option', '-g', '@gone', '1');
    await rig.tmux('set-buffer', 'secret');
    assert.equal((await rig.run(['save'])).code, 0);
    await rig.tmux('set-option', '-gu', '@gone');
    await rig.tmux('delete-buffer');
    await rig.tmux('kill-session', '-t', '=two');
    assert.equal((await rig.json<RestoreReport>('restore')).restored, 1);
    assert.equal(await rig.tmux('show-options', '-gqv', '@gone'), '');
    assert.equal(await rig.tmux('list-buffers'), '');
  });

  test('that died half-way leaves stubs, which no save takes for sessions', async (t) => {
    const rig = await AgentRig.make(t);
    const pid = await rig.begin('work');
    assert.equal((await rig.run(['save'])).code, 0);
    await rig.killServer(pid);
    // What a restore has made when it is killed between its first batch and its second.
    await rig.begin('live', 'sleep 1000');
    await rig.tmux('new-session', '-d', '-s', 'work', 'cat', '-u', '--', '-');
    assert.equal((await rig.run(['save'])).code, 0);
    const manifest = await rig.manifest();
    assert.deepEqual(
      manifest?.pending.map(({ session }) => session.name),
      ['work'],
    );
    assert.deepEqual(
      manifest.sessions.map(({ name }) => name),
      ['live'],
    );
    assert.equal((await rig.json<RestoreReport>('restore')).restored, 1);
    assert.equal(
      await rig.tmux('list-panes', '-t', '=work', '-F', '#{pane_start_command}').then((text) => /cat/.test(text)),
      false,
    );
  });
});
