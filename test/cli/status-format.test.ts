/**
 * The line for tmux's status line: what sh says without Node, and what Node says, over the same folders; and in a real status line.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { before, suite, test, type TestContext } from 'node:test';
import { lineNoteText, type LineNote } from '../../src/model/status-line.js';
import { ownIdentity, processStartTime } from '../../src/store/process-identity.js';
import { AgentRig, buildProgram, PROGRAM } from '../support/agent-rig.js';
import { waitFor } from '../support/tmux-rig.js';
import { attachClient } from '../round-trip/client.js';

const UID = String(process.getuid?.() ?? 0);

/** A user with a home and a folder for tmux's sockets. */
interface Place {
  readonly home: string;
  readonly env: Record<string, string>;
  /** Writes a state folder; null leaves a file out. */
  write(state: string, note: string | null, ageSeconds: number | null): void;
}

function place(t: TestContext): Place {
  const home = mkdtempSync(join(tmpdir(), 'tp line '));
  t.after(() => {
    rmSync(home, { recursive: true, force: true });
  });
  mkdirSync(join(home, `tmux-${UID}`), { mode: 0o700 });
  return {
    home,
    // What a job of tmux finds: no more than this.
    env: { HOME: home, TMUX_TMPDIR: home, PATH: '/usr/bin:/bin' },
    write(state, note, ageSeconds) {
      const folder = join(home, '.local/state/tmux-persist', hostname(), state);
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      if (note !== null) writeFileSync(join(folder, 'status-line'), note);
      if (ageSeconds === null) return;
      writeFileSync(join(folder, 'checked'), '');
      const at = Date.now() / 1000 - ageSeconds;
      utimesSync(join(folder, 'checked'), at, at);
    },
  };
}

const living: LineNote = { ...ownIdentity(), state: 'watching', since: 1, sessions: 5, problems: 0 };
const now = (): number => Math.floor(Date.now() / 1000);

/** The shells that `sh` is, where they are installed. */
const SHELLS = [['/bin/dash'], ['/bin/bash', '--posix'], ['/bin/busybox', 'sh']].filter(([path = '']) =>
  existsSync(path),
);

/** A program named node that only says that it was started. */
function withoutNode(home: string): string {
  const folder = join(home, 'no-node');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'node'), '#!/bin/sh\necho STARTED NODE\n', { mode: 0o755 });
  return folder;
}

/** Returns what each shell says without Node, which must be the same, and what Node says. */
function lines(
  { home, env }: Place,
  args: readonly string[],
  more: Record<string, string> = {},
): { sh: string; node: string } {
  const PATH = `${withoutNode(home)}:${env['PATH'] ?? ''}`;
  const said = SHELLS.map(([shell = '', ...options]) =>
    execFileSync(shell, [...options, PROGRAM, ...args], {
      env: { ...env, ...more, PATH },
      encoding: 'utf8',
      cwd: home,
    }),
  );
  assert.equal(new Set(said.map(sameAge)).size, 1, said.join(''));
  const node = execFileSync(process.execPath, [PROGRAM, ...args], {
    env: { ...env, ...more },
    encoding: 'utf8',
    cwd: home,
  });
  return { sh: said[0] ?? '', node };
}

/** Between two runs it may become a second older; that each is right is checked apart. */
const sameAge = (line: string): string => line.replaceAll(/\b\d+s\b/g, 'Ns');

function check(at: Place, args: readonly string[], expected: RegExp, more?: Record<string, string>): void {
  const { sh, node } = lines(at, args, more);
  assert.match(sh, expected, args.join(' '));
  assert.match(node, expected, args.join(' '));
  assert.equal(sameAge(sh), sameAge(node));
}

suite('the status line', { concurrency: 2 }, () => {
  before(buildProgram);

  test('sh says what Node says, of every state that an agent and its saves can be in', (t) => {
    const at = place(t);
    const dead = { ...living, startTime: '1' };
    const since = now();
    const cases: readonly (readonly [string, string | null, number | null, RegExp])[] = [
      ['nothing', null, null, /^NOT SAVED\n$/],
      ['saves-alone', null, 7300, /^NOT SAVED 2h\n$/],
      ['well', lineNoteText(living), 4, /^saved \d+s ago\n$/],
      ['one-problem', lineNoteText({ ...living, problems: 1 }), 4, /^saved \d+s ago, 1 problem\n$/],
      ['problems', lineNoteText({ ...living, problems: 3 }), 4, /^saved \d+s ago, 3 problems\n$/],
      ['stale', lineNoteText({ ...living, problems: 3 }), 725, /^NOT SAVED 12m\n$/],
      ['never', lineNoteText(living), null, /^NOT SAVED\n$/],
      ['old', lineNoteText(dead), 400_000, /^NOT SAVED 4d\n$/],
      ['dead', lineNoteText(dead), 10, /^NOT SAVED \d+s\n$/],
      ['gone', lineNoteText({ ...living, pid: 4_194_305 }), 10, /^NOT SAVED \d+s\n$/],
      [
        'other-boot',
        lineNoteText({ ...living, bootId: '11111111-1111-1111-1111-111111111111' }),
        10,
        /^NOT SAVED \d+s\n$/,
      ],
      ['restoring', lineNoteText({ ...living, state: 'restoring', since }), 400, /^restoring\n$/],
      [
        'restores-for-ever',
        lineNoteText({ ...living, state: 'restoring', since: since - 900 }),
        400,
        /^NOT SAVED 6m\n$/,
      ],
      ['starting', lineNoteText({ ...living, state: 'starting', since, problems: 1 }), 400, /^starting, 1 problem\n$/],
      ['waiting', lineNoteText({ ...living, state: 'waiting' }), 90_000, /^no server\n$/],
      ['stopped', lineNoteText({ ...living, state: 'stopped' }), 5, /^NOT SAVED \d+s\n$/],
      ['half', lineNoteText(living).slice(0, 9), 5, /^NOT SAVED \d+s\n$/],
      ['empty', '', 5, /^NOT SAVED \d+s\n$/],
      ['newer', lineNoteText(living).replace(/^1 /, '2 '), 5, /^NOT SAVED \d+s\n$/],
      ['hostile', '1 * $(id) `id` watching 1 1 1\n', 5, /^NOT SAVED \d+s\n$/],
      ['odd-state', lineNoteText(living).replace('watching', 'dancing'), 5, /^NOT SAVED \d+s\n$/],
      ['ahead', lineNoteText(living), -50, /^saved 0s ago\n$/],
    ];
    for (const [name, note, age, expected] of cases) {
      at.write(name, note, age);
      check(at, ['-L', name, 'status', '--format'], expected);
    }
  });

  test('where tmux never ran it says so without Node too', (t) => {
    const at = place(t);
    rmSync(join(at.home, `tmux-${UID}`), { recursive: true });
    check(at, ['status', '--format'], /^NOT SAVED\n$/);
    at.write('other', lineNoteText(living), 4);
    check(at, ['-L', 'other', 'status', '--format'], /^saved \d+s ago\n$/);
  });

  test('an agent that was halted is not one that saves', async (t) => {
    const at = place(t);
    const sleeper = spawn('sleep', ['60'], { stdio: 'ignore' });
    t.after(() => sleeper.kill('SIGKILL'));
    const pid = sleeper.pid ?? 0;
    const startTime = await waitFor('the process', () => Promise.resolve(processStartTime(pid)));
    at.write('default', lineNoteText({ ...living, pid, startTime }), 2);
    check(at, ['status', '--format'], /^saved \d+s ago\n$/);
    sleeper.kill('SIGSTOP');
    await waitFor('the halt', () =>
      Promise.resolve(/\) T/.test(execFileSync('cat', [`/proc/${String(pid)}/stat`], { encoding: 'utf8' }))),
    );
    check(at, ['status', '--format'], /^NOT SAVED \d+s\n$/);
  });

  test('a format is filled in, and everything else in it stands as it is', (t) => {
    const at = place(t);
    at.write('default', lineNoteText({ ...living, problems: 2 }), 30);
    const formats: readonly (readonly [string, RegExp])[] = [
      ['', /^saved \d+s ago, 2 problems\n$/],
      ['{state}|{age}|{sessions}|{problems}', /^saved\|\d+s\|5\|2\n$/],
      ['{text}{text}', /^saved \d+s ago, 2 problemssaved \d+s ago, 2 problems\n$/],
      ['{x} {State} {{age} } {', /^\{x\} \{State\} \{\d+s \} \{\n$/],
      ['$(id) `id` \\n %s * ~ \'a\' "b"', /^\$\(id\) `id` \\n %s \* ~ 'a' "b"\n$/],
      ['#[fg=green]{state}', /^#\[fg=green\]saved\n$/],
    ];
    for (const [format, expected] of formats) check(at, ['status', '--format', format], expected);
  });

  test('the socket is found as tmux finds it: by -L, by -S, by TMUX, in links and in odd places', (t) => {
    const at = place(t);
    const { home } = at;
    const folder = join(home, `tmux-${UID}`);
    const hashed = (path: string): string => `path-${createHash('sha256').update(path).digest('hex').slice(0, 12)}`;
    const odd = join(home, "odd 'place'", 'sock');
    mkdirSync(dirname(odd));
    const sessions = {
      default: 1,
      work: 2,
      [hashed(odd)]: 3,
      [hashed(join(folder, '.hidden'))]: 4,
      [hashed(join(folder, 'path-x'))]: 5,
    };
    for (const [name, count] of Object.entries(sessions))
      at.write(name, lineNoteText({ ...living, sessions: count }), 5);
    symlinkSync(dirname(odd), join(home, 'link'));
    symlinkSync(home, join(home, 'tmp'));
    const ask = ['status', '--format', '{sessions}'];
    const asked: readonly (readonly [readonly string[], Record<string, string>, number])[] = [
      [[], {}, 1],
      [[], { TMUX: '' }, 1],
      [[], { TMUX: `${folder}/work,123,0` }, 2],
      [['-L', 'default'], { TMUX: `${folder}/work,123,0` }, 1],
      [['-L', 'work'], {}, 2],
      [['-L', 'work'], { TMUX_TMPDIR: join(home, 'tmp') }, 2],
      [['-S', odd], {}, 3],
      [['-S', join(home, 'link/sock')], {}, 3],
      [['-S', "odd 'place'/sock"], {}, 3],
      [[], { TMUX: `${odd},1,1` }, 3],
      [['-L', '.hidden'], {}, 4],
      [['-L', 'path-x'], {}, 5],
      [['-S', join(folder, 'work')], {}, 2],
      [['-L', 'other'], {}, 0],
    ];
    for (const [socket, env, count] of asked) check(at, [...socket, ...ask], new RegExp(`^${String(count)}\n$`), env);
  });

  test('without any state it says so, and Node is left to what only Node knows', (t) => {
    const at = place(t);
    check(at, ['status', '--format'], /^NOT SAVED\n$/);
    check(at, ['status', '--format'], /^NOT SAVED\n$/, { XDG_STATE_HOME: join(at.home, 'elsewhere') });
    const byNode = (args: readonly string[], env: Record<string, string> = {}): string =>
      execFileSync(PROGRAM, args, {
        env: { ...at.env, PATH: `${withoutNode(at.home)}:/usr/bin:/bin`, ...env },
        encoding: 'utf8',
      });
    for (const args of [
      ['status'],
      ['--version'],
      ['-L', 'a', '-S', 'b', 'status', '--format'],
      ['status', '--format=x'],
      ['status', '--format', 'x', 'y'],
    ])
      assert.equal(byNode(args), 'STARTED NODE\n', args.join(' '));
    mkdirSync(join(at.home, '.local/state/tmux-persist/an-earlier-name-of-this-host'), { recursive: true });
    assert.equal(byNode(['status', '--format']), 'STARTED NODE\n');
  });

  test("somebody else's words are not said: a note that is a link, or of another user, counts as none", (t) => {
    const at = place(t);
    at.write('default', null, 5);
    const note = join(at.home, '.local/state/tmux-persist', hostname(), 'default/status-line');
    writeFileSync(join(at.home, 'elsewhere'), lineNoteText(living));
    symlinkSync(join(at.home, 'elsewhere'), note);
    check(at, ['status', '--format'], /^NOT SAVED \d+s\n$/);
    rmSync(note);
    execFileSync('mkfifo', [note]);
    check(at, ['status', '--format'], /^NOT SAVED \d+s\n$/);
  });

  test('the built program runs by its name, through links, with blanks in its path, by sh, and by node', (t) => {
    const at = place(t);
    const copy = join(at.home, 'a folder', 'tmux-persist.js');
    mkdirSync(dirname(copy));
    copyFileSync(PROGRAM, copy);
    chmodSync(copy, 0o755);
    symlinkSync('a folder/tmux-persist.js', join(at.home, 'linked'));
    symlinkSync('linked', join(at.home, 'twice'));
    const version = execFileSync(process.execPath, [PROGRAM, '--version'], { encoding: 'utf8' });
    const PATH = `${dirname(process.execPath)}:/usr/bin:/bin`;
    for (const command of [
      [copy],
      [join(at.home, 'linked')],
      [join(at.home, 'twice')],
      ['/bin/sh', copy],
      ['./linked'],
      ['env', 'linked'],
    ]) {
      const [program = '', ...args] = command;
      const ran = spawnSync(program, [...args, '--version'], {
        cwd: at.home,
        env: { ...at.env, PATH: `${at.home}:${PATH}` },
        encoding: 'utf8',
      });
      assert.deepEqual([ran.stdout, ran.stderr], [version, ''], command.join(' '));
    }
    const none = spawnSync(copy, ['--version'], {
      env: { ...at.env, PATH: join(at.home, 'nothing') },
      encoding: 'utf8',
    });
    assert.deepEqual([none.status, none.stdout], [8, '']);
    assert.match(none.stderr, /^tmux-persist: there is no node in PATH/);
  });

  test('an agent keeps the line true: saved, no server, and not saved once it is killed', async (t) => {
    const rig = await AgentRig.make(t);
    const pid = await rig.begin('api');
    await rig.tmux('new-session', '-d', '-s', 'web');
    const line = async (format: string): Promise<string> =>
      (
        await rig.run(['status', '--format', format], { env: { PATH: `/usr/bin:/bin:${dirname(process.execPath)}` } })
      ).stdout.trim();
    const agent = await rig.start();
    await rig.saved('both', (manifest) => manifest.sessions.length === 2);
    await waitFor('the line', async () => (await line('{state} {sessions} {problems}')) === 'saved 2 0');
    await rig.tmux('new-session', '-d', '-s', 'docs');
    await waitFor('one session more', async () => (await line('{state} {sessions}')) === 'saved 3');
    await rig.killServer(pid);
    await rig.sessions(['api', 'docs', 'web']);
    await waitFor('all is well again', async () => (await line('{state} {sessions} {problems}')) === 'saved 3 0');
    await rig.tmux('kill-server');
    await waitFor('the end', async () => (await line('')) === 'no server');
    await agent.end('SIGKILL');
    assert.match(await line(''), /^NOT SAVED \d+s$/);
  });

  test('in a status line of tmux it stands as it was said, without Node', async (t) => {
    const rig = await AgentRig.make(t);
    await rig.begin('api');
    await rig.start();
    await rig.saved('it', (manifest) => manifest.sessions.length === 1);
    await waitFor('the line', async () => (await rig.run(['status', '--format', '{state}'])).stdout === 'saved\n');
    const command = `#(PATH=${withoutNode(rig.home)}:/usr/bin:/bin; exec ${PROGRAM} status --format '[{state} {sessions}]')`;
    await rig.tmux('set-option', '-g', 'status-right', command);
    const client = await attachClient(t, rig.server, 'api');
    await waitFor('the status line', async () => (await client.screen()).includes('[saved 1]'));
  });

  test('it costs a few times what an empty shell costs', (t) => {
    const { env } = place(t);
    const timed = (args: readonly string[]): number => {
      const begun = performance.now();
      execFileSync('/bin/sh', args, { env });
      return performance.now() - begun;
    };
    const best = (args: readonly string[]): number => Math.min(...Array.from({ length: 25 }, () => timed(args)));
    const [ours, empty] = [best([PROGRAM, 'status', '--format']), best(['-c', ':'])];
    assert.ok(ours < empty * 8 + 5, `${ours.toFixed(1)} ms beside ${empty.toFixed(1)} ms`);
  });
});
