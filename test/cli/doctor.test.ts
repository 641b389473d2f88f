/**
 * `tmux-persist doctor` on real servers, agents and folders: what it finds wrong, that its commands mend it, and that nothing makes it fall over.
 */
import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { before, describe, test } from 'node:test';
import type { Check, DoctorReport } from '../../src/model/doctor.js';
import { AgentRig, buildProgram, type RunOptions } from '../support/agent-rig.js';
import { startPrivateBus } from '../systemd/private-bus.js';

before(buildProgram);

const IDS = [
  ...[
    'tmux',
    'server',
    'detach',
    'locale',
    'options',
    'other-savers',
    'agent-markers',
    'agent',
    'agent-version',
    'state-folder',
  ],
  ...['saved-state', 'disk-space', 'disk-inodes', 'clock', 'programs', 'hooks', 'server-place', 'systemd-oomd'],
  ...['session-bus', 'user-manager', 'lingering', 'units', 'unit-paths', 'journal'],
];

interface Visit {
  readonly code: number | null;
  readonly stderr: string;
  readonly report: DoctorReport;
  readonly check: (id: string) => Check;
}

async function visit(rig: AgentRig, options: RunOptions = {}): Promise<Visit> {
  const { code, stdout, stderr } = await rig.run(['doctor', '--json'], options);
  const report = JSON.parse(stdout) as DoctorReport;
  assert.deepEqual(
    report.checks.map(({ id }) => id),
    IDS,
    'every check is made every time',
  );
  return {
    ...{ code, stderr, report },
    check: (id) => report.checks.find((check) => check.id === id) ?? assert.fail(`no check ${id}`),
  };
}

const stateFolder = async (rig: AgentRig): Promise<string> => (await rig.stateFolder()) ?? assert.fail('no state');

/** Runs a command as a person would copy it. */
const copied = (rig: AgentRig, command: string | null): void => {
  execFileSync('/bin/sh', ['-c', command ?? 'exit 9'], { env: rig.env, stdio: 'ignore' });
};

describe('doctor', { concurrency: 3 }, () => {
  test('where all is well nothing fails, in exactly the names that are promised, and nothing is changed', async (t) => {
    const rig = await AgentRig.make(t);
    await rig.begin('api');
    await rig.start('watching');
    await rig.saved('api', ({ sessions }) => sessions.length === 1);
    const picture = await rig.picture();
    const { code, stderr, report, check } = await visit(rig);
    assert.deepEqual([code, stderr, report.ok], [0, '', true], JSON.stringify(report));
    assert.equal(Object.keys(report).join(' '), 'ok checks');
    for (const one of report.checks) assert.equal(Object.keys(one).join(' '), 'id status message hint');
    for (const id of ['tmux', 'server', 'locale', 'agent', 'agent-version', 'state-folder', 'saved-state', 'programs'])
      assert.equal(check(id).status, 'ok', check(id).message);
    assert.match(check('agent').message, /^watching, pid \d+, standalone$/);
    assert.equal(await rig.picture(), picture);
  });

  test('the text has a line a check within 80 columns, what mends it below, and no colour in a pipe', async (t) => {
    const rig = await AgentRig.make(t);
    const { code, stdout, stderr } = await rig.run(['doctor']);
    assert.deepEqual([code, stderr], [5, '']);
    assert.ok(!stdout.includes('\u001b'));
    const lines = stdout.trimEnd().split('\n');
    for (const id of IDS)
      assert.equal(lines.filter((line) => new RegExp(`^(ok|warn|fail) +${id}:( |$)`).test(line)).length, 1, id);
    const at = lines.findIndex((line) => line.startsWith('fail  agent: none runs'));
    assert.equal(lines[at + 1], '      try: tmux-persist agent --standalone');
    assert.match(lines.at(-1) ?? '', /^24 checks: 1 failed, \d+ warnings?$/);
    // A path is one word, and commands are there to be copied whole.
    for (const line of lines.filter((one) => one.length > 80)) assert.match(line, /^ *(try: .*|\S+)$/);
  });

  test('without an agent it fails with the exit code of what is done in part, and writes nothing', async (t) => {
    const rig = await AgentRig.make(t);
    const { code, check } = await visit(rig);
    assert.equal(code, 5);
    assert.deepEqual([check('agent').status, check('agent').hint], ['fail', 'tmux-persist agent --standalone']);
    assert.match(check('state-folder').message, /first save/);
    assert.equal(await rig.stateFolder(), null);
  });

  test('a tmux that is not there, is too old, or says nothing is a failure and no crash', async (t) => {
    const rig = await AgentRig.make(t);
    const old = await rig.program(
      'old-tmux',
      'if [ "$1" = -V ]; then echo tmux 3.1c; else echo usage: tmux >&2; exit 1; fi',
    );
    const silent = await rig.program('silent-tmux', 'exit 0');
    for (const [path, message] of [
      ['/nonexistent/tmux', /can't be started/],
      [old, /3\.1c, which is too old/],
      [silent, /can't be started/],
    ] as const) {
      const { code, check } = await visit(rig, { env: { TMUX_PERSIST_TMUX: path } });
      assert.deepEqual([code, check('tmux').status], [5, 'fail']);
      assert.match(check('tmux').message, message);
      assert.match(check('tmux').hint ?? '', /^install tmux 3\.2 or later/);
    }
  });

  test('a server that hangs is a failure within its deadline, and what it can not be asked is said', async (t) => {
    const rig = await AgentRig.make(t);
    const pid = await rig.begin('api');
    process.kill(pid, 'SIGSTOP');
    try {
      const { code, check } = await visit(rig);
      assert.deepEqual([code, check('server').status], [5, 'fail']);
      assert.match(check('server').message, /did not answer/);
      for (const id of ['options', 'other-savers', 'agent-markers']) {
        assert.equal(check(id).status, 'warn');
        assert.match(check(id).message, /^not checked: /);
      }
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  });

  test('each of its commands mends what it found in the server', async (t) => {
    const rig = await AgentRig.make(t, { config: 'set -g @tmux-persist-resume sometimes\n', env: { LANG: 'C' } });
    await rig.begin('api');
    await rig.tmux('set-environment', '-g', 'CLAUDECODE', '1');
    await rig.tmux('set-environment', '-g', 'GEMINI_SESSION_ID', 'x');
    await rig.tmux('set-option', '-g', '@continuum-restore', 'on');
    const utf8 = { env: { LANG: 'C.UTF-8' } };
    const ids = ['locale', 'options', 'other-savers', 'agent-markers'];
    const found = await visit(rig, utf8);
    for (const id of ids) {
      assert.equal(found.check(id).status, 'warn', found.check(id).message);
      copied(rig, found.check(id).hint);
    }
    assert.match(found.check('agent-markers').message, /: CLAUDECODE, GEMINI_SESSION_ID$/);
    assert.match(found.check('other-savers').message, /sessions may come twice/);
    const mended = await visit(rig, utf8);
    for (const id of ['locale', 'options', 'agent-markers'])
      assert.equal(mended.check(id).status, 'ok', mended.check(id).message);
    assert.match(mended.check('other-savers').message, /saves on its own/);
  });

  test('tmux-resurrect and tmux-continuum are found where only their scripts tell', async (t) => {
    const rig = await AgentRig.make(t, { config: "set -g status-right '#(/p/continuum_save.sh)%H:%M'\n" });
    await rig.begin('api');
    assert.match((await visit(rig)).check('other-savers').message, /tmux-continuum is loaded/);
    await rig.tmux('set-option', '-g', 'status-right', '');
    await rig.tmux('set-hook', '-g', 'session-closed', 'run-shell /p/tmux-resurrect/scripts/save.sh');
    assert.match((await visit(rig)).check('other-savers').message, /tmux-resurrect is loaded/);
  });

  test('a shell without a UTF-8 locale is told how to get one', async (t) => {
    const rig = await AgentRig.make(t);
    const { check } = await visit(rig, { env: { LANG: undefined } });
    assert.deepEqual([check('locale').status, check('locale').hint], ['warn', 'export LC_ALL=C.UTF-8']);
  });

  test('a state folder that others may write to or read is found, and mended by the command', async (t) => {
    const rig = await AgentRig.make(t);
    await rig.begin('api');
    assert.equal((await rig.run(['save'])).code, 0);
    const folder = await stateFolder(rig);
    await chmod(folder, 0o770);
    const open = await visit(rig);
    assert.deepEqual([open.code, open.check('state-folder').status], [5, 'fail']);
    assert.match(open.check('saved-state').message, /^not checked: /);
    copied(rig, open.check('state-folder').hint);
    const readable = await visit(rig);
    assert.deepEqual([readable.check('state-folder').status, readable.check('saved-state').status], ['warn', 'ok']);
    copied(rig, readable.check('state-folder').hint);
    assert.equal((await visit(rig)).check('state-folder').status, 'ok');
  });

  test('a state folder that is a link is refused, and one in the place of which a file lies', async (t) => {
    const rig = await AgentRig.make(t);
    await rig.begin('api');
    assert.equal((await rig.run(['save'])).code, 0);
    const folder = await stateFolder(rig);
    await rename(folder, join(rig.home, 'elsewhere'));
    for (const plant of [() => symlink(join(rig.home, 'elsewhere'), folder), () => writeFile(folder, '')]) {
      await plant();
      const { code, check } = await visit(rig);
      assert.deepEqual([code, check('state-folder').status], [5, 'fail'], check('state-folder').message);
      assert.match(check('state-folder').hint ?? '', /^ls -ld /);
      await rename(folder, `${rig.home}/gone`);
    }
  });

  test('a saved state of the future, of a newer format, or damaged is told apart', async (t) => {
    const rig = await AgentRig.make(t);
    await rig.begin('api');
    assert.equal((await rig.run(['save'])).code, 0);
    const path = join(await stateFolder(rig), 'manifest.json');
    const text = await readFile(path, 'utf8');
    const later = new Date(Date.now() + 86_400_000).toISOString();
    await writeFile(path, text.replace(/"savedAt":\s*"[^"]+"/, `"savedAt": "${later}"`));
    const future = await visit(rig);
    assert.deepEqual([future.check('clock').status, future.check('clock').hint], ['warn', 'timedatectl set-ntp true']);
    assert.equal(future.check('saved-state').status, 'ok');
    await writeFile(path, text.replace('tmux-persist/1', 'tmux-persist/9'));
    assert.deepEqual([(await visit(rig)).check('saved-state').status], ['fail']);
    await writeFile(path, text.slice(0, 100));
    assert.match((await visit(rig)).check('saved-state').message, /^damaged, and no earlier one/);
  });

  test('a saved program whose binary is gone is named', async (t) => {
    const rig = await AgentRig.make(t);
    const bin = join(rig.home, 'bin');
    await mkdir(bin);
    const sleeper = join(bin, 'most');
    await symlink('/bin/sleep', sleeper);
    await rig.begin('api', sleeper, '1000');
    assert.equal((await rig.run(['save'])).code, 0);
    const path = join(await stateFolder(rig), 'manifest.json');
    const text = await readFile(path, 'utf8');
    assert.match(text, /"program":\s*\{/, 'a pager is a program that comes back');
    assert.equal((await visit(rig)).check('programs').status, 'ok');
    await rename(sleeper, join(rig.home, 'elsewhere'));
    const gone = (await visit(rig, { env: { PATH: '/usr/bin:/bin' } })).check('programs');
    assert.equal(gone.status, 'warn');
    assert.match(gone.message, /: most \(in 1 of 1\)$/);
  });

  test('an agent of another version is told from this program', async (t) => {
    const rig = await AgentRig.make(t);
    await rig.begin('api');
    const agent = await rig.start('watching');
    const path = join(await stateFolder(rig), 'agent.json');
    const record = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
    await writeFile(path, JSON.stringify({ ...record, version: '0.0.1' }));
    const { code, check } = await visit(rig);
    assert.deepEqual([code, check('agent-version').status], [0, 'warn']);
    assert.match(check('agent-version').hint ?? '', new RegExp(`^kill ${String(agent.pid)}`));
  });

  test('hooks of coding agents that name what is gone are mended by the command', async (t) => {
    const rig = await AgentRig.make(t, { env: { PATH: '/usr/bin:/bin' } });
    const path = join(rig.home, '.claude/settings.json');
    await mkdir(dirname(path), { recursive: true });
    assert.match((await visit(rig)).check('hooks').message, /not installed for claude/);
    assert.equal((await rig.run(['hooks', 'install'])).code, 0);
    assert.match((await visit(rig)).check('hooks').message, /installed for claude/);
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replaceAll(process.execPath, '/nonexistent/node'));
    const { code, check } = await visit(rig);
    assert.equal(check('hooks').status, 'warn');
    assert.match(check('hooks').message, /'\/nonexistent\/node' is gone/);
    assert.equal(code, 5, 'for want of an agent');
    assert.equal(check('hooks').hint, 'tmux-persist hooks install claude');
    await writeFile(path, '{');
    assert.match((await visit(rig)).check('hooks').message, /^claude: /);
  });

  test('a bus without a user manager, and a bus that hangs, cost a moment and are said', async (t) => {
    const rig = await AgentRig.make(t);
    const bus = await startPrivateBus(t);
    const alone = await visit(rig, { env: bus.env });
    assert.equal(alone.check('session-bus').status, 'ok');
    assert.match(alone.check('user-manager').message, /no user manager is on the session bus/);
    assert.match(alone.check('units').message, /^none can be for this socket/);
    await bus.signal('SIGSTOP');
    const hung = await visit(rig, { env: bus.env });
    assert.equal(hung.check('session-bus').status, 'warn');
    assert.match(hung.check('session-bus').message, /no answer in/);
  });

  test('without a home it is wrong usage, as for every command', async (t) => {
    const rig = await AgentRig.make(t);
    const { code, stderr } = await rig.run(['doctor'], { env: { HOME: undefined, XDG_STATE_HOME: undefined } });
    assert.equal(code, 2);
    assert.match(stderr, /HOME/);
  });
});
