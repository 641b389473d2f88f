/**
 * `status --all`: every server of a user, those that live and those that were saved.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { before, suite, test } from 'node:test';
import type { StatusReport } from '../../src/model/report.js';
import { AgentRig, buildProgram } from '../support/agent-rig.js';

const ALL = ['status', '--all'];

suite('status --all', { concurrency: 2 }, () => {
  before(buildProgram);

  test('every server of a user has a line: named, elsewhere, only alive, only saved', async (t) => {
    const rig = await AgentRig.make(t);
    const all = (...args: readonly string[]) => rig.run([...ALL, ...args], { socket: [] });
    const none = await all();
    assert.deepEqual([none.code, none.stdout], [0, 'No tmux server runs, and nothing is saved.\n']);
    assert.equal((await all('--json')).stdout, '[]\n');

    const sockets = join(rig.home, `tmux-${String(process.getuid?.() ?? 0)}`);
    mkdirSync(sockets, { mode: 0o700 });
    const start = (name: string): void => {
      execFileSync('tmux', ['-f', '/dev/null', '-S', join(sockets, name), 'new-session', '-d', '-s', 'one'], {
        env: rig.env,
      });
    };
    for (const name of ['default', 'work', 'live', 'gone']) start(name);
    for (const name of ['default', 'work', 'gone'])
      assert.equal((await rig.run(['save'], { socket: ['-L', name] })).code, 0);
    execFileSync('tmux', ['-S', join(sockets, 'gone'), 'kill-server'], { env: rig.env });
    // The rig's own server lies outside of tmux's folder, and has an agent.
    await rig.begin('elsewhere');
    await rig.start();
    await rig.saved('it', (manifest) => manifest.sessions.length === 1);

    const json = JSON.parse((await all('--json')).stdout) as (StatusReport & { socket: string })[];
    const wanted = ['default', 'gone', 'live', 'work', rig.server.socketPath];
    assert.deepEqual(
      json.map(({ socket }) => socket),
      wanted,
    );
    const facts = json.map((one) => [
      one.server?.sessions ?? null,
      one.manifest?.sessions ?? null,
      one.agent.running,
      one.protected,
    ]);
    const saved = [1, 1, false, false];
    assert.deepEqual(facts, [saved, [null, 1, false, false], [1, null, false, false], saved, [1, 1, true, true]]);
    const hint = (name: string): string => json.find(({ socket }) => socket === name)?.problems[0]?.hint ?? '';
    assert.deepEqual(['default', 'work'].map(hint), [
      'tmux-persist agent --standalone',
      'tmux-persist -L work agent --standalone',
    ]);

    const shown = await all();
    assert.equal(shown.code, 0);
    const rows = shown.stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/ {2,}/));
    assert.deepEqual(rows[0], ['SOCKET', 'PROTECTED', 'LAST SAVE', 'SESSIONS', 'PROBLEMS']);
    const word = (at: number): (string | undefined)[] => rows.slice(1).map((row) => row[at]);
    assert.deepEqual(word(1), ['no, no agent', 'no, no agent', 'no, no agent', 'no, no agent', 'yes']);
    assert.deepEqual(word(3), ['1 open', 'none open, 1 saved', '1 open', '1 open', '1 open']);
    assert.equal(word(2)[2], 'never');
    assert.deepEqual(word(4).slice(3), ['1, the first: agent-not-running', 'none']);
    for (const name of ['default', 'work', 'live'])
      execFileSync('tmux', ['-S', join(sockets, name), 'kill-server'], { env: rig.env });
  });

  test('the way to an agent is by systemd where it serves the user, and without it elsewhere', async (t) => {
    const rig = await AgentRig.make(t);
    await rig.begin('main');
    const hint = async (): Promise<string> => {
      const shown = await rig.run(['status', '--json'], { socket: ['-L', 'work'] });
      return (JSON.parse(shown.stdout) as StatusReport).problems[0]?.hint ?? '';
    };
    assert.equal(await hint(), 'tmux-persist -L work agent --standalone');
    mkdirSync(join(rig.home, 'systemd/private'), { recursive: true });
    assert.equal(await hint(), 'tmux-persist -L work install --now');
  });
});
