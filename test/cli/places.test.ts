/**
 * Where the program acts, and what it makes of odd surroundings: sockets, homes, foreign folders, hostile names.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chown, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { before, describe, test } from 'node:test';
import type { StatusReport } from '../../src/model/report.js';
import { assertRoot } from '../store/support.js';
import { AgentRig, buildProgram, namesOf, PROGRAM } from '../support/agent-rig.js';
import { waitFor } from '../support/tmux-rig.js';

before(buildProgram);

const codesOf = (report: StatusReport): string[] => report.problems.map(({ code }) => code);

describe('where the program acts', { concurrency: 4 }, () => {
  test('sockets are those of tmux: -S, -L, and inside a pane the server of that pane', async (t) => {
    const rig = await AgentRig.make(t);
    const pid = await rig.begin('by-path');
    const where = async (socket: string[], env = {}): Promise<string | undefined> => {
      const ran = await rig.run(['status', '--json'], { socket, env });
      return (JSON.parse(ran.stdout) as StatusReport).server?.socketPath;
    };
    const { socketPath } = rig.server;
    assert.equal(await where(['-S', socketPath]), socketPath);
    assert.equal(await where(['-S', 'socket']), socketPath, 'a relative path');
    assert.equal(await where([], { TMUX: `${socketPath},${String(pid)},0` }), socketPath);
    assert.equal(await where([]), undefined, 'the default socket has no server');
    const other = join(rig.home, `tmux-${String(process.getuid?.() ?? 0)}`, 'other');
    await mkdir(dirname(other), { mode: 0o700 });
    await rig.tmux('run-shell', `tmux -S '${other}' -f /dev/null new-session -d -s named`);
    assert.equal(await where(['-L', 'other']), other);
    assert.equal(await where(['-L', 'other'], { TMUX: `${socketPath},1,0` }), other, '-L is stronger than TMUX');
    const saved = await rig.run(['save'], { socket: ['-L', 'other'] });
    assert.match(saved.stdout, /tmux-persist\/[^/]+\/other\/manifest\.json\n$/);
    const inside = await rig.run(['save'], { socket: [], env: { TMUX: `${socketPath},1,0` } });
    assert.match(inside.stdout, /tmux-persist\/[^/]+\/path-[0-9a-f]{12}\/manifest\.json\n$/);
  });

  test('inside a pane of the server a save and a restore work as anywhere', async (t) => {
    const rig = await AgentRig.make(t);
    await rig.begin('own');
    await rig.program('inside', `'${process.execPath}' "$@" >"$HOME/out" 2>&1; echo "exit $?" >>"$HOME/out"`);
    await rig.tmux('send-keys', '-t', '=own:', `"$HOME/inside" '${PROGRAM}' save`, 'Enter');
    const out = await waitFor('the save', async () => {
      const text = await readFile(join(rig.home, 'out'), 'utf8').catch(() => '');
      return text.includes('exit') ? text : null;
    });
    assert.match(out, /^saved 1 session, 1 window, 1 pane to .*\/path-[0-9a-f]{12}\/manifest\.json\nexit 0\n$/);
  });

  test('without a home it exits 2 and says what is missing; a uid without a passwd entry is no bug', async (t) => {
    const rig = await AgentRig.make(t);
    const homeless = await rig.run(['status'], { env: { HOME: undefined } });
    assert.deepEqual([homeless.code, homeless.stdout], [2, '']);
    assert.match(homeless.stderr, /^tmux-persist: .*HOME.*\n$/);
    const relative = await rig.run(['status'], { env: { HOME: undefined, XDG_STATE_HOME: 'here' } });
    assert.equal(relative.code, 2, 'a relative XDG_STATE_HOME is ignored, as its specification wants');
    assertRoot();
    await mkdir(join(rig.home, 'theirs'));
    await chown(join(rig.home, 'theirs'), 12_345, 12_345);
    await chown(rig.home, 12_345, 12_345);
    const nobody = await rig.run(['status'], {
      through: ['setpriv', '--reuid=12345', '--clear-groups'],
      env: { HOME: undefined, XDG_STATE_HOME: join(rig.home, 'theirs') },
    });
    assert.deepEqual([nobody.code, nobody.stderr], [0, '']);
  });

  test('a home that is not there stops no restore: the server starts elsewhere', async (t) => {
    const rig = await AgentRig.make(t);
    const pid = await rig.begin('own');
    assert.equal((await rig.run(['save'])).code, 0);
    await rig.killServer(pid);
    const state = join(rig.home, '.local/state');
    const ran = await rig.run(['restore'], { env: { HOME: '/nonexistent', XDG_STATE_HOME: state } });
    assert.equal(ran.code, 0, ran.stderr);
    await rig.sessions(['own']);
  });

  test('a folder that was deleted under the shell is no reason to fail', async (t) => {
    const rig = await AgentRig.make(t);
    await rig.begin('own');
    await rig.program('away', 'mkdir "$HOME/gone"; cd "$HOME/gone"; rmdir "$HOME/gone"; exec "$@"');
    for (const command of ['save', 'status', 'restore', 'show']) {
      const ran = await rig.run([command], { through: [join(rig.home, 'away')] });
      assert.deepEqual([ran.code, ran.stderr], [0, ''], command);
    }
  });

  test('status without anything is a screen too, and changes nothing', async (t) => {
    const rig = await AgentRig.make(t);
    const ran = await rig.run(['status']);
    assert.deepEqual([ran.code, ran.stderr], [0, '']);
    assert.match(ran.stdout, /^Not protected: no agent is running,/);
    assert.match(ran.stdout, /\nagent: +not running\nserver: +none\nlast save: +never\n/);
    assert.equal(await rig.stateFolder(), null);
  });

  test('status prints beside a state folder that is refused, wherever on the way it lies, and writers exit 7', async (t) => {
    assertRoot();
    const rig = await AgentRig.make(t);
    await rig.begin('own');
    assert.equal((await rig.run(['save'])).code, 0);
    const folder = (await rig.stateFolder()) ?? '';
    for (const path of [folder, dirname(folder), dirname(dirname(folder))]) {
      await chown(path, 12_345, 12_345);
      const report = await rig.status();
      assert.deepEqual([report.server?.sessions, report.manifest], [1, null], path);
      assert.ok(codesOf(report).includes('foreign-owner'), path);
      for (const args of [['save'], ['restore'], ['agent', '--standalone']]) {
        const ran = await rig.run(args);
        assert.deepEqual([ran.code, ran.stdout], [7, ''], `${args.join(' ')} ${path}`);
        assert.match(ran.stderr, /belongs to uid 12345/);
      }
      await chown(path, 0, 0);
    }
    assert.deepEqual(codesOf(await rig.status()), ['agent-not-running']);
  });

  test('a state folder on a read-only file system is read, and told of', async (t) => {
    assertRoot();
    const rig = await AgentRig.make(t);
    await rig.begin('own');
    assert.equal((await rig.run(['save'])).code, 0);
    const folder = (await rig.stateFolder()) ?? '';
    execFileSync('mount', ['--bind', folder, folder]);
    try {
      execFileSync('mount', ['-o', 'remount,ro,bind', folder]);
      const report = await rig.status();
      assert.deepEqual([report.manifest?.sessions, codesOf(report)], [1, ['state-unwritable', 'agent-not-running']]);
      for (const args of [['show'], ['history'], ['restore', '--dry-run']]) {
        const ran = await rig.run(args);
        assert.deepEqual([ran.code, ran.stderr], [0, ''], args.join(' '));
      }
      for (const args of [['save'], ['restore'], ['agent', '--standalone']]) {
        const ran = await rig.run(args);
        assert.deepEqual([ran.code, ran.stdout], [6, ''], args.join(' '));
        assert.match(ran.stderr, /read-only file system/);
      }
    } finally {
      execFileSync('umount', [folder]);
    }
  });

  test('status tells of a state that can not be read, and show and restore use the newest one that can', async (t) => {
    const rig = await AgentRig.make(t);
    await rig.begin('old');
    assert.equal((await rig.run(['save'])).code, 0);
    await rig.tmux('new-session', '-d', '-s', 'new');
    assert.equal((await rig.run(['save'])).code, 0);
    const path = join((await rig.stateFolder()) ?? '', 'manifest.json');
    await writeFile(path, 'garbage');
    const report = await rig.status();
    assert.deepEqual([report.manifest?.sessions, codesOf(report)], [1, ['state-unreadable', 'agent-not-running']]);
    assert.match((await rig.run(['show'])).stdout, /^old {2}1 window$/m);
    assert.equal((await rig.run(['restore', '--dry-run'])).code, 0);
    assert.equal(await readFile(path, 'utf8'), 'garbage', 'who only reads sets nothing aside');
    assert.equal((await rig.run(['save'])).code, 0);
    assert.deepEqual(namesOf((await rig.manifest())?.sessions ?? []), ['new', 'old']);
    assert.deepEqual(codesOf(await rig.status()), ['agent-not-running']);
  });

  test('a saved state that was set aside and equals what is there now is written again', async (t) => {
    const rig = await AgentRig.make(t);
    await rig.begin('own', 'sleep 1000');
    assert.equal((await rig.run(['save'])).code, 0);
    await rig.tmux('rename-window', '-t', '=own:', 'x');
    assert.equal((await rig.run(['save'])).code, 0);
    await rm(join((await rig.stateFolder()) ?? '', 'manifest.json'));
    await rig.tmux('rename-window', '-t', '=own:', 'sleep');
    await rig.tmux('set-option', '-w', '-t', '=own:', 'automatic-rename', 'on');
    const ran = await rig.run(['save']);
    assert.equal(ran.code, 0, ran.stderr);
    assert.deepEqual(namesOf((await rig.manifest())?.sessions ?? []), ['own']);
  });

  test('names and paths with terminal escape sequences are printed harmlessly, by every command', async (t) => {
    const rig = await AgentRig.make(t);
    const hostile = join(rig.home, 'p\u001b]0;owned\u0007\u001b[2J\u009b31m');
    await mkdir(hostile);
    const pid = await rig.begin('s\u001b[31m', '-c', hostile, '-n', 'w\u001b[2J\u009b31m');
    await rig.tmux('select-pane', '-t', ':', '-T', 't\u001b]0;owned\u0007');
    assert.equal((await rig.run(['save'])).code, 0);
    const calm = async (...args: string[]): Promise<void> => {
      const ran = await rig.run(args);
      assert.ok([0, 4, 5].includes(ran.code ?? 1), `${args.join(' ')}: ${ran.stderr}`);
      assert.doesNotMatch(ran.stdout + ran.stderr, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/, args.join(' '));
    };
    for (const command of ['status', 'show', 'history', 'restore']) await calm(command);
    await calm('restore', 'nobody\u001b[2J\u009b31m');
    await calm('show', 'nothing\u001b[2J');
    await rig.killServer(pid);
    await calm('restore', '--dry-run');
    await rm(hostile, { recursive: true });
    await calm('restore');
    await calm('status');
  });
});
