/**
 * Odd names, missing words and broken state: each has its exit code and one line, and none changes anything.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import type { ForgetReport, RestoreReport } from '../../src/model/report.js';
import { AgentRig, buildProgram, entriesOf } from '../support/agent-rig.js';

before(buildProgram);

const COMMANDS = [['forget', 'web'], ['undo'], ['restore', 'web']] as const;

/** A server with one session that is saved; returns where its state lies. */
async function saved(rig: AgentRig): Promise<string> {
  await rig.begin('own');
  assert.equal((await rig.run(['save'])).code, 0);
  return (await rig.stateFolder()) ?? '';
}

describe('bad input', { concurrency: 4 }, () => {
  test('a name that nothing saved has exits 4 with one line that no terminal minds, whatever is in it', async (t) => {
    const rig = await AgentRig.make(t);
    const folder = await saved(rig);
    const before = await readFile(join(folder, 'manifest.json'), 'latin1');
    const names = [
      '',
      ' ',
      'a\nb',
      '\u001b]0;gotcha\u0007',
      'ünïcödé \u{1f980}',
      'a:b',
      'a.b',
      '=own',
      '*',
      '$0',
      '-x',
    ];
    for (const name of [...names, 'n'.repeat(300)]) {
      for (const command of ['forget', 'restore']) {
        const ran = await rig.run([command, '--', name]);
        assert.deepEqual([ran.code, ran.stdout], [4, ''], `${command} ${JSON.stringify(name)}`);
        assert.match(
          ran.stderr,
          /^tmux-persist: not (forgotten|restored): nothing saved has session '[^\u0000-\u001f\u007f]*\n$/,
        );
      }
    }
    assert.equal(await readFile(join(folder, 'manifest.json'), 'latin1'), before);
  });

  test('sessions of odd names are closed, undone and forgotten by the name that status shows', async (t) => {
    const rig = await AgentRig.make(t);
    await saved(rig);
    const names = ['-x', 'ünïcödé \u{1f980}', "it's $(id) `id` %1", 'n'.repeat(300)];
    for (const name of names) {
      // A target would take some of these names for something else.
      const close = (): Promise<string> => rig.tmux('kill-session', '-a', '-t', '=own');
      await rig.tmux('new-session', '-d', '-s', name);
      assert.equal((await rig.run(['save'])).code, 0);
      await close();
      const undone = await rig.json<RestoreReport>('undo');
      assert.deepEqual([undone.restored, undone.outcomes[0]?.session], [1, name]);
      await rig.sessions(['own', name]);
      await close();
      const ran = await rig.run(['forget', '--json', '--', name]);
      const report = JSON.parse(ran.stdout) as ForgetReport;
      assert.deepEqual([ran.code, report.session, report.forgotten], [0, name, 1]);
    }
    assert.deepEqual(entriesOf((await rig.manifest())?.pending ?? []), []);
  });

  test('missing and surplus words are a wrong use: exit 2, one line, and nothing is done', async (t) => {
    const rig = await AgentRig.make(t);
    await saved(rig);
    for (const args of [['forget'], ['forget', '-x'], ['forget', 'a', 'b'], ['undo', 'web'], ['undo', '--closed']]) {
      const ran = await rig.run(args);
      assert.deepEqual([ran.code, ran.stdout], [2, ''], args.join(' '));
      assert.match(ran.stderr, /^error: .*\n$/);
    }
    for (const command of ['undo', 'forget']) {
      const ran = await rig.run([command, '--help']);
      assert.deepEqual([ran.code, ran.stderr], [0, '']);
      assert.match(ran.stdout, new RegExp(`^Usage: tmux-persist ${command} `));
    }
  });

  test('with no state at all undo and forget exit 4, start no server and say what to do', async (t) => {
    const rig = await AgentRig.make(t);
    for (const args of [['undo', '--dry-run'], ['undo'], ['forget', 'web']]) {
      const ran = await rig.run(args);
      assert.deepEqual([ran.code, ran.stdout], [4, ''], args.join(' '));
      assert.match(ran.stderr, /^tmux-persist: .*nothing is saved.*tmux-persist save.*\n$/);
    }
    await assert.rejects(rig.serverPid());
  });

  test('a state that can not be read exits 6 and is left as it is: a newer format, or no file', async (t) => {
    const rig = await AgentRig.make(t);
    const path = join(await saved(rig), 'manifest.json');
    const newer = '{"format":"tmux-persist/9"}';
    await writeFile(path, newer);
    for (const args of COMMANDS) {
      const ran = await rig.run(args);
      assert.deepEqual([ran.code, ran.stdout], [6, ''], args.join(' '));
      assert.match(ran.stderr, /'tmux-persist\/9', which this version does not know/);
    }
    assert.equal(await readFile(path, 'utf8'), newer);
    await rm(path);
    await rm(join(path, '../history'), { recursive: true });
    await writeFile(join(path, '../history'), 'no folder');
    for (const args of COMMANDS) assert.equal((await rig.run(args)).code, 6, args.join(' '));
  });

  test('a damaged state is set aside, and an earlier one that has the name is used', async (t) => {
    const rig = await AgentRig.make(t);
    const folder = await saved(rig);
    await rig.tmux('new-session', '-d', '-s', 'web');
    await rig.run(['save']);
    await rig.tmux('kill-session', '-t', '=web');
    await rig.run(['save']);
    await rig.tmux('new-session', '-d', '-s', 'later');
    await rig.run(['save']);
    await writeFile(join(folder, 'manifest.json'), '{"format":"tmux-persist/1","id":');
    assert.equal((await rig.json<RestoreReport>('undo')).outcomes[0]?.session, 'web');
    await rig.sessions(['later', 'own', 'web']);
  });

  test('a lock that a living process holds exits 7, and nothing is changed', async (t) => {
    const rig = await AgentRig.make(t);
    const folder = await saved(rig);
    const before = await readFile(join(folder, 'manifest.json'), 'latin1');
    const holder = spawn('sleep', ['1000'], { env: { HOME: rig.home }, stdio: 'ignore' });
    t.after(() => holder.kill('SIGKILL'));
    const pid = holder.pid ?? 0;
    const stat = await readFile(`/proc/${String(pid)}/stat`, 'latin1');
    const bootId = (await readFile('/proc/sys/kernel/random/boot_id', 'latin1')).trim();
    const startTime = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    await writeFile(join(folder, 'lock'), JSON.stringify({ pid, startTime, bootId }));
    const runs = await Promise.all([['undo'], ['forget', 'own']].map((args) => rig.run(args)));
    for (const ran of runs) {
      assert.deepEqual([ran.code, ran.stdout], [7, '']);
      assert.match(ran.stderr, new RegExp(`is held by process ${String(pid)};`));
    }
    assert.equal((await rig.run(['undo', '--dry-run'])).code, 4, 'a dry run needs no lock');
    assert.equal(await readFile(join(folder, 'manifest.json'), 'latin1'), before);
  });

  test('a state folder that others may write exits 7, and without tmux undo exits 8 and forget works', async (t) => {
    const rig = await AgentRig.make(t);
    const folder = await saved(rig);
    await rig.tmux('new-session', '-d', '-s', 'web');
    await rig.run(['save']);
    await rig.tmux('kill-session', '-t', '=web');
    await rig.run(['save']);
    const env = { PATH: '/nonexistent' };
    assert.equal((await rig.run(['undo'], { env })).code, 8);
    assert.equal((await rig.run(['forget', 'web'], { env })).code, 0);
    await rm(join(folder, 'history'), { recursive: true });
    await mkdir(join(folder, 'history'));
    await chmod(join(folder, 'history'), 0o777);
    await rig.tmux('new-session', '-d', '-s', 'more');
    for (const args of [['undo'], ['forget', 'own']]) {
      const ran = await rig.run(args);
      assert.deepEqual([ran.code, ran.stdout], [7, ''], args.join(' '));
      assert.match(ran.stderr, /others may write/);
    }
  });
});
