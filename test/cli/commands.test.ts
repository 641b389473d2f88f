/**
 * The contract of the command line: exit codes, JSON by its exact names, results on stdout and everything else on stderr.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import type { Manifest } from '../../src/model/manifest.js';
import type { HistoryEntry, RestoreReport, SaveReport, StatusReport } from '../../src/model/report.js';
import { AgentRig, buildProgram, PROGRAM } from '../support/agent-rig.js';
import { waitFor } from '../support/tmux-rig.js';

before(buildProgram);

const keys = (value: object | null | undefined): string => Object.keys(value ?? {}).join(' ');

/** A rig whose server holds two sessions that are saved. */
async function saved(rig: AgentRig): Promise<number> {
  const pid = await rig.begin('api', '-n', 'editor');
  await rig.tmux('split-window', '-d', '-t', '=api:editor');
  await rig.tmux('new-session', '-d', '-s', 'web', '-n', 'build');
  assert.equal((await rig.run(['save'])).code, 0);
  return pid;
}

describe('the contract of the command line', { concurrency: 4 }, () => {
  test('the JSON of every command has exactly the names that are promised', async (t) => {
    const rig = await AgentRig.make(t);
    const pid = await saved(rig);
    await rig.start('watching');
    await rig.killServer(pid);
    await rig.sessions(['api', 'web']);
    await waitFor('the restore in status', async () => (await rig.status()).lastRestore !== null);

    const status = await rig.json<StatusReport>('status');
    assert.equal(
      keys(status),
      'version agent server manifest lastLoss lastRestore problems protected lingering programs',
    );
    assert.equal(keys(status.agent), 'running pid state since');
    assert.equal(keys(status.server), 'running pid version socketPath unit cgroup sessions windows panes');
    assert.equal(
      keys(status.manifest),
      'id savedAt checkedAt ageSeconds sessions windows panes conversations bytes path',
    );
    assert.equal(keys(status.lastLoss), 'at cause detail sessions unit');
    assert.equal(keys(status.lastRestore), 'at manifestId durationMs restored adopted skipped failed conversations');
    assert.equal(keys(status.lastRestore?.conversations), 'resumed offered missing');
    assert.deepEqual([status.server?.running, status.server?.sessions, status.server?.panes], [true, 2, 3]);
    assert.deepEqual([status.agent.running, status.agent.state, status.server?.version], [true, 'watching', '3.3a']);

    const save = await rig.json<SaveReport>('save');
    assert.equal(keys(save), 'saved reason id path sessions windows panes bytes durationMs');
    assert.deepEqual([save.saved, save.sessions, save.windows, save.panes], [true, 2, 2, 3]);

    const restore = await rig.json<RestoreReport>('restore');
    assert.equal(keys(restore), 'manifestId dryRun restored adopted skipped failed durationMs outcomes differences');
    assert.equal(keys(restore.outcomes[0]), 'session result reason windows panes');

    const history = await rig.json<HistoryEntry[]>('history');
    assert.equal(keys(history[0]), 'id savedAt trigger sessions windows panes conversations bytes path');
    assert.deepEqual(
      history.map(({ id }) => id),
      history
        .map(({ id }) => id)
        .sort()
        .reverse(),
      'newest first',
    );

    const show = await rig.json<Manifest>('show');
    assert.deepEqual(show, JSON.parse(await readFile(join((await rig.stateFolder()) ?? '', 'manifest.json'), 'utf8')));
    assert.equal(
      keys(show),
      'format id savedAt trigger host machineId bootId programVersion complete server sessions windows pending closed buffers lastSession',
    );
    const earlier = history.at(-1)?.id ?? '';
    assert.equal((await rig.json<Manifest>('show', earlier)).id, earlier);
  });

  test('a difference is told with its session, window and pane, and ends with exit code 5', async (t) => {
    const rig = await AgentRig.make(t);
    await mkdir(join(rig.home, 'gone'));
    const pid = await rig.begin('own', '-c', join(rig.home, 'gone'));
    assert.equal((await rig.run(['save'])).code, 0);
    await rig.killServer(pid);
    await rm(join(rig.home, 'gone'), { recursive: true });
    const ran = await rig.run(['restore', '--json']);
    assert.equal(ran.code, 5);
    const { differences, restored } = JSON.parse(ran.stdout) as RestoreReport;
    assert.equal(restored, 1);
    assert.deepEqual(differences, [
      {
        session: 'own',
        window: '0',
        pane: '0',
        what: 'directory',
        expected: join(rig.home, 'gone'),
        actual: rig.home,
      },
    ]);
  });

  test('without a server save exits 3, says so in its JSON as well, and changes nothing', async (t) => {
    const rig = await AgentRig.make(t);
    const ran = await rig.run(['save', '--json']);
    assert.equal(ran.code, 3);
    const report = JSON.parse(ran.stdout) as SaveReport;
    assert.equal(keys(report), 'saved reason id path sessions windows panes bytes durationMs');
    assert.deepEqual([report.saved, report.id, report.path, report.sessions], [false, null, null, 0]);
    assert.match(report.reason ?? '', /no tmux server answers/);
    assert.match(ran.stderr, /^tmux-persist: not saved: no tmux server answers on '.*\/socket'; .*\n$/);
    assert.equal(await rig.manifest(), null);
  });

  test('with nothing saved restore, show and history exit 4 and name the way out', async (t) => {
    const rig = await AgentRig.make(t);
    for (const args of [['show'], ['history'], ['restore', '--dry-run'], ['restore']]) {
      const isLast = args.join(' ') === 'restore';
      if (isLast)
        assert.deepEqual((await readdir(rig.home)).sort(), ['.tmux.conf', 'tmux.conf'], 'readers make nothing');
      const ran = await rig.run(args);
      assert.deepEqual([ran.code, ran.stdout], [4, ''], args.join(' '));
      assert.match(ran.stderr, /^tmux-persist: .*nothing is saved.*tmux-persist save.*\n$/);
    }
    const history = await rig.run(['history', '--json']);
    assert.deepEqual([history.code, history.stdout], [0, '[]\n']);
  });

  test('what is unknown exits 4: a session, a state to show, a state to restore from; and no server is started for it', async (t) => {
    const rig = await AgentRig.make(t);
    const pid = await saved(rig);
    await rig.killServer(pid);
    for (const args of [
      ['restore', 'nobody'],
      ['restore', 'api', 'nobody'],
      ['restore', '--from', '20200101T000000.000Z-0000'],
      ['restore', '--from', '../manifest'],
      ['show', '20200101T000000.000Z-0000'],
      ['show', '../../../etc/passwd'],
    ]) {
      const ran = await rig.run(args);
      assert.deepEqual([ran.code, ran.stdout], [4, ''], args.join(' '));
      assert.match(ran.stderr, /^tmux-persist: .*nothing saved has .*\n$/);
    }
    await assert.rejects(rig.serverPid());
  });

  test('a wrong command line exits 2 with one line, and never the whole help', async (t) => {
    const rig = await AgentRig.make(t);
    for (const args of [
      ['status', '--nope'],
      ['nope'],
      ['status', 'extra'],
      ['restore', '--from'],
      ['--nope', 'status'],
    ]) {
      const ran = await rig.run(args);
      assert.deepEqual([ran.code, ran.stdout], [2, ''], args.join(' '));
      assert.match(ran.stderr, /^error: .*\n$/);
    }
    const slash = await rig.run(['status'], { socket: ['-L', 'a/b'] });
    assert.deepEqual([slash.code, slash.stdout], [2, '']);
    assert.match(slash.stderr, /-L takes a name.*-S/);
    for (const args of [['--help'], ['restore', '--help'], ['--version']]) {
      const ran = await rig.run(args);
      assert.deepEqual([ran.code, ran.stderr], [0, ''], args.join(' '));
    }
  });

  test('a state folder that can not be written exits 6, and one that is not ours alone 7', async (t) => {
    const rig = await AgentRig.make(t);
    await saved(rig);
    const folder = (await rig.stateFolder()) ?? '';
    const good = await readFile(join(folder, 'manifest.json'));
    await rm(join(folder, 'history'), { recursive: true });
    await writeFile(join(folder, 'history'), 'not a folder');
    for (const args of [['save'], ['restore'], ['agent', '--standalone']]) {
      const ran = await rig.run(args);
      assert.deepEqual([ran.code, ran.stdout], [6, ''], args.join(' '));
    }
    await rm(join(folder, 'history'));
    await mkdir(join(folder, 'history'), { mode: 0o777 });
    await chmod(join(folder, 'history'), 0o777);
    for (const args of [['save'], ['restore'], ['agent', '--standalone']]) {
      const ran = await rig.run(args);
      assert.deepEqual([ran.code, ran.stdout], [7, ''], args.join(' '));
      assert.match(ran.stderr, /others may write/);
    }
    assert.deepEqual(await readFile(join(folder, 'manifest.json')), good);
  });

  test('a lock that a living process holds exits 7 after ten seconds and names it; a dead one holds up nobody', async (t) => {
    const rig = await AgentRig.make(t);
    await saved(rig);
    const holder = spawn('sleep', ['1000'], { env: { HOME: rig.home }, stdio: 'ignore' });
    const pid = holder.pid ?? 0;
    const stat = await readFile(`/proc/${String(pid)}/stat`, 'latin1');
    const bootId = (await readFile('/proc/sys/kernel/random/boot_id', 'latin1')).trim();
    const startTime = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    const lock = join((await rig.stateFolder()) ?? '', 'lock');
    await writeFile(lock, JSON.stringify({ pid, startTime, bootId }));
    const startedAt = performance.now();
    const runs = await Promise.all([rig.run(['save']), rig.run(['restore'])]);
    const tookMs = performance.now() - startedAt;
    for (const ran of runs) {
      assert.deepEqual([ran.code, ran.stdout], [7, '']);
      assert.match(ran.stderr, new RegExp(`is held by process ${String(pid)};`));
    }
    assert.ok(tookMs > 9_000 && tookMs < 13_000, `after ${String(Math.round(tookMs))} ms`);
    assert.equal((await rig.run(['status'])).code, 0, 'readers need no lock');
    assert.equal((await rig.run(['restore', '--dry-run'])).code, 0, 'nor does a dry run');
    holder.kill('SIGKILL');
    await waitFor('a save', async () => (await rig.run(['save'])).code === 0);
  });

  test('without tmux in PATH save and restore exit 8, and status still prints', async (t) => {
    const rig = await AgentRig.make(t);
    const pid = await saved(rig);
    await rig.killServer(pid);
    const env = { PATH: '/nonexistent' };
    for (const command of ['save', 'restore']) {
      const ran = await rig.run([command], { env });
      assert.deepEqual([ran.code, ran.stdout], [8, ''], command);
      assert.match(ran.stderr, /install tmux 3\.2 or later/);
    }
    const status = await rig.run(['status', '--json'], { env });
    assert.equal(status.code, 0);
    const report = JSON.parse(status.stdout) as StatusReport;
    assert.deepEqual([report.server, report.manifest?.sessions], [null, 2]);
    assert.ok(report.problems.some(({ code }) => code === 'tmux-missing'));
  });

  test('a reader that leaves early is no failure, and a result that can not be written is one; neither has a stack trace', async (t) => {
    const rig = await AgentRig.make(t);
    await saved(rig);
    for (const command of ['status', 'show', 'history']) {
      const script = `'${process.execPath}' '${PROGRAM}' -S '${rig.server.socketPath}' ${command} 2>"$HOME/err" | true; exec cat "$HOME/err"`;
      const ran = await rig.program('early', script).then((path) => output(path, rig));
      assert.equal(ran, '', command);
    }
    const full = openSync('/dev/full', 'w');
    const child = spawn(process.execPath, [PROGRAM, '-S', rig.server.socketPath, 'show', '--json'], {
      env: rig.env,
      stdio: ['ignore', full, 'pipe'],
    });
    const errors: Buffer[] = [];
    child.stderr?.on('data', (chunk: Buffer) => errors.push(chunk));
    const code = await new Promise((resolve) => child.once('close', resolve));
    assert.equal(code, 6);
    assert.match(Buffer.concat(errors).toString(), /^tmux-persist: cannot write the result: .*\n$/);
  });

  test('a pipe and NO_COLOR get no escape codes, a terminal gets colours', async (t) => {
    const rig = await AgentRig.make(t);
    await saved(rig);
    const onTerminal = (command: string, env: string): Promise<string> =>
      rig
        .program(
          'coloured',
          `${env} exec script -qec "'${process.execPath}' '${PROGRAM}' -S '${rig.server.socketPath}' ${command}" /dev/null`,
        )
        .then((path) => output(path, rig));
    for (const command of ['status', 'show', 'history', 'restore --dry-run']) {
      assert.doesNotMatch((await rig.run(command.split(' '))).stdout, /\u001b/, command);
      assert.doesNotMatch(await onTerminal(command, 'NO_COLOR=1'), /\u001b/, command);
    }
    assert.match(await onTerminal('status', ''), /\u001b\[33mNot protected:/);
    assert.doesNotMatch(await onTerminal('status', 'TERM=dumb'), /\u001b/);
  });
});

/** Returns what an executable prints on stdout. */
async function output(path: string, rig: AgentRig): Promise<string> {
  const child = spawn(path, [], { env: rig.env, stdio: ['ignore', 'pipe', 'ignore'] });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  await new Promise((resolve) => child.once('close', resolve));
  return Buffer.concat(chunks).toString('utf8');
}
