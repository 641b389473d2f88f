/** The roster on a real machine: what enroll, status, metrics and remove do for users who have nothing of ours. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Machine, User } from './machine.js';
import { machineTests } from './machine-tests.js';
import { manifestOf, manifestPath, statusOf } from './product.js';
import {
  BUNDLE,
  installForAll,
  lingers,
  plainUser,
  roster,
  rosterResults,
  writeAsRoot,
  writeMap,
  writeTable,
} from './roster-rig.js';
import * as sessions from './sessions.js';

machineTests('the roster', (rig) => {
  test('roster enroll protects every user of the map, imports what the ancestor saved, and changes nothing a second time', async (t) => {
    const { machine } = rig;
    await installForAll(machine);
    const [ann, bob] = [await plainUser(machine, 'ann'), await plainUser(machine, 'bob')];
    await writeTable(machine, ann, ['web', 'logs']);
    const map = await writeMap(machine, [ann, bob], 'second=bob', '# nobody', '', 'x=ghost', 'y=root', 'broken');
    const since = performance.now();
    const ran = await roster(machine, 'enroll', '--map', map);
    t.diagnostic(`two users enrolled in ${Math.round(performance.now() - since)} ms`);
    assert.equal(ran.code, 5, ran.stdout + ran.stderr);
    assert.equal(
      ran.stdout,
      'ann: enrolled, lingering turned on, agent installed and started, 2 sessions imported, 0 left alone\n' +
        'bob: enrolled, lingering turned on, agent installed and started\n' +
        'enrolled 2 of 2 users, 0 were so already, 0 failed; 2 lines of the map left out\n',
    );
    assert.match(ran.stderr, /line 6 of the map: this machine has no user 'ghost'/);
    assert.match(ran.stderr, /line 7 of the map: 'root' is root, which is left alone/);
    assert.match(ran.stderr, /line 8 of the map: it is not web-user=system-user/);
    for (const user of [ann, bob]) {
      assert.ok(await lingers(machine, user));
      assert.equal((await statusOf(machine, user)).agent.state, 'watching');
    }
    const { pending } = await manifestOf(machine, ann);
    assert.deepEqual(
      pending.map(({ how, session }) => [how, session.name]),
      [
        ['imported', 'web'],
        ['imported', 'logs'],
      ],
    );

    // What its user let go of stays gone, and the agent is not touched.
    await machine.run(['tmux-persist', 'restore', 'logs'], { user: ann });
    await machine.run(['tmux-persist', 'forget', 'web'], { user: ann });
    const agents = [(await statusOf(machine, ann)).agent, (await statusOf(machine, bob)).agent];
    await writeTable(machine, ann, ['web', 'logs', 'new']);
    assert.deepEqual(await rosterResults(machine, 5, 'enroll', '--map', map), [
      'ann done: enrolled, 1 sessions imported, 2 left alone',
      'bob unchanged: already enrolled',
    ]);
    assert.deepEqual(await rosterResults(machine, 5, 'enroll', '--map', map), [
      'ann unchanged: already enrolled',
      'bob unchanged: already enrolled',
    ]);
    assert.deepEqual([(await statusOf(machine, ann)).agent, (await statusOf(machine, bob)).agent], agents);
    assert.deepEqual(await sessions.sessionNames(machine, ann), ['logs']);
    assert.deepEqual(
      (await manifestOf(machine, ann)).pending.map(({ session }) => session.name),
      ['new'],
    );
  });

  test('one user who fails stops nobody, and each says why', async (t) => {
    const { machine } = rig;
    await installForAll(machine);
    const closed = await plainUser(machine, 'closed', '--shell', '/usr/sbin/nologin');
    const expired = await plainUser(machine, 'expired', '--expiredate', '2001-01-01');
    const homeless = await plainUser(machine, 'homeless');
    await machine.run(['rm', '-r', homeless.home]);
    const readonly = await plainUser(machine, 'readonly');
    await mountHome(machine, readonly, 'ro');
    const full = await plainUser(machine, 'full');
    await mountHome(machine, full, 'size=4k');
    await machine.tryRun(['sh', '-c', 'cat /dev/zero >"$0/all"', full.home], { user: full, cwd: '/' });
    const linked = await plainUser(machine, 'linked');
    await machine.run(['ln', '-s', '/etc/shadow', '/var/lib/tmux-persist/linked.tsv']);
    const hung = await machine.addUser('hung');
    await machine.run(['pkill', '-STOP', '-u', 'hung', '-x', 'systemd']);
    const fine = await plainUser(machine, 'fine');
    const users = [closed, expired, homeless, readonly, full, linked, hung, fine];
    const map = await writeMap(machine, users);
    const results = await rosterResults(machine, 5, 'enroll', '--map', map, '--timeout', '30');
    for (const line of results) t.diagnostic(line);
    const expected = [
      /^closed failed: its shell \/usr\/sbin\/nologin lets nobody in$/,
      /^expired failed: its account has expired$/,
      /^homeless failed: .*(home|not |cannot)/,
      /^readonly failed: .*read-only file system/,
      /^full failed: .*(no space left|quota)/,
      /^linked failed: enrolled, .*, but its sessions are not imported: .*symbolic link/,
      /^hung failed: no answer in 30 s$/,
      /^fine done: enrolled, lingering turned on, agent installed and started$/,
    ];
    assert.equal(results.length, expected.length);
    for (const [at, pattern] of expected.entries()) assert.match(results[at] ?? '', pattern);
    // Lingering that was turned on for nothing is off again.
    assert.deepEqual(await Promise.all(users.map((user) => lingers(machine, user))), [
      ...[false, false, false, false, false],
      ...[true, true, true],
    ]);
    await machine.run(['pkill', '-CONT', '-u', 'hung', '-x', 'systemd']);
    await machine.waitFor('the one that hung', async () => {
      const again = await rosterResults(machine, 5, 'enroll', '--map', map, '--timeout', '30');
      assert.match(again[6] ?? '', /^hung (done: enrolled, agent installed and started|unchanged: already enrolled)$/);
    });
  });

  test('root writes nothing into a home, and follows no link in one', async (t) => {
    const { machine } = rig;
    await installForAll(machine);
    const plants: readonly (readonly [string, string, string])[] = [
      ['plant1', '.local/state/tmux-persist', '/srv/plant1'],
      ['plant2', '.local/state', '/srv/plant2'],
      ['plant3', '.config/systemd', '/srv/plant3'],
      ['plant4', '.local/share/systemd', '/srv/plant4'],
      ['plant5', '', '/srv/plant5'],
      ['plant6', '.local/share/systemd/user/tmux-persist.service', '/srv/plant6/file'],
    ];
    const users: User[] = [];
    for (const [name, link, target] of plants) {
      const user = await plainUser(machine, name);
      // Something of root's that none but root can write.
      await writeAsRoot(machine, `${target.replace(/\/file$/, '')}/file`, 'root was here\n');
      const path = `${user.home}/${link}`;
      const inPlace = 'rm -r "$0" && ln -s "$1" "$0" && chown -h "$2" "$0"';
      if (link === '') await machine.run(['sh', '-c', inPlace, user.home, target, name]);
      else await machine.run(['sh', '-c', 'mkdir -p "${0%/*}" && ln -s "$1" "$0"', path, target], { user });
      await writeTable(machine, user, ['web']);
      users.push(user);
    }
    // The user's own files may lie wherever its home leads to.
    const moved = await plainUser(machine, 'moved');
    await machine.run(['sh', '-c', 'mv "$0" /srv/moved && ln -s /srv/moved "$0"', moved.home]);
    const map = await writeMap(machine, [...users, moved]);
    const rootsOwn = async (): Promise<string> =>
      machine.run(['find', '/srv', '/etc', '/root', '-user', 'root', '-printf', '%p %y %s %T@ %m\\n']);
    const inHomes = ['find', '/home', '/srv/moved', '-mindepth', '1', '-user', 'root', '-not', '-type', 'l'];
    const before = await rootsOwn();
    const ran = await roster(machine, 'enroll', '--map', map, '--timeout', '30');
    t.diagnostic(ran.stdout);
    assert.equal(ran.code, 5, ran.stdout + ran.stderr);
    const lines = ran.stdout.split('\n').slice(0, plants.length);
    for (const line of lines)
      assert.match(
        line,
        /^plant\d: FAILED: not installed: .*(symbolic link|permission denied|does not exist|says more)/,
      );
    assert.match(ran.stdout, /^moved: enrolled, /m);
    assert.equal(await rootsOwn(), before);
    assert.equal(await machine.run(inHomes), '');
    await roster(machine, 'status', '--map', map);
    await roster(machine, 'remove', '--map', map);
    assert.equal(await rootsOwn(), before);
    assert.equal(await machine.run(inHomes), '');
  });

  test('roster status and metrics say of everybody how they stand, whatever a user makes of it', async (t) => {
    const { machine } = rig;
    await installForAll(machine);
    const [eve, tim] = [await plainUser(machine, 'eve'), await plainUser(machine, 'tim')];
    const enrolled = await writeMap(machine, [eve, tim]);
    await rosterResults(machine, 0, 'enroll', '--map', enrolled);
    await sessions.tmux(machine, eve, 'new-session', '-d', '-s', 'one');
    await sessions.waitUntilSaved(machine, eve);
    await machine.run(['kill', '-KILL', String(await sessions.serverPid(machine, eve))]);
    await machine.waitFor('the session to be back', async () => {
      assert.deepEqual(await sessions.sessionNames(machine, eve), ['one']);
      assert.equal((await statusOf(machine, eve)).lastRestore?.restored, 1);
    });
    await machine.waitFor('both to be protected', async () => {
      assert.equal((await roster(machine, 'status', '--map', enrolled)).code, 0);
    });

    const away = await plainUser(machine, 'away');
    // Both do to every service of theirs, ours among them, what they like.
    const rude = await hostileUser(machine, 'rude', `printf 'a\\033[2Jb' >&2; exit 1`);
    const noisy = await hostileUser(machine, 'noisy', 'exec yes');
    const map = await writeMap(machine, [eve, tim, away, rude, noisy], 'x=ghost');
    const ran = await roster(machine, 'status', '--map', map, '--timeout', '20');
    assert.equal(ran.code, 5);
    t.diagnostic(ran.stdout);
    assert.doesNotMatch(ran.stdout + ran.stderr, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    const [head = '', ...lines] = ran.stdout.split('\n');
    assert.match(head, /^USER +SAFE +LINGERS +AGENT +SESSIONS +SAVED +LAST LOSS +PROBLEMS$/);
    assert.match(lines[0] ?? '', /^eve +yes +yes +\d[\d.]* +1 +\d+ s +signal \d+ (s|min) ago +-$/);
    assert.match(lines[1] ?? '', /^tim +yes +yes +\d[\d.]* +0 +\d+ s +- +-$/);
    assert.match(lines[2] ?? '', /^away +no +no +- +- +- +- +unknown$/);
    assert.match(lines[3] ?? '', /^rude +no +yes +- /);
    assert.match(lines[4] ?? '', /^noisy +no +yes +- /);
    assert.deepEqual(lines.slice(5), [
      'away: the user manager does not run',
      'rude: a\\u001b[2Jb',
      'noisy: it printed too much',
      '2 of 5 users are protected',
      '',
    ]);
    assert.ok(Math.max(...[head, ...lines.slice(0, 5)].map((line) => line.length)) <= 80);
    assert.match(ran.stderr, /line 6 of the map: this machine has no user 'ghost'/);

    const json = JSON.parse((await roster(machine, 'status', '--map', map, '--json')).stdout) as {
      readonly users: readonly {
        readonly user: string;
        readonly protected: boolean;
        readonly sessions: number | null;
      }[];
      readonly protected: number;
    };
    assert.deepEqual(
      [json.protected, ...json.users.map((user) => [user.user, user.protected, user.sessions])],
      [2, ['eve', true, 1], ['tim', true, 0], ['away', false, null], ['rude', false, null], ['noisy', false, null]],
    );

    const file = '/var/lib/node-exporter/tmux_persist.prom';
    await writeAsRoot(machine, file, 'earlier\n');
    const wrote = await roster(machine, 'metrics', '--map', map, '--output', file);
    assert.deepEqual([wrote.code, wrote.stdout], [0, '']);
    const text = await machine.run(['cat', file]);
    assert.match(text, /^tmux_persist_user_up\{user="eve"\} 1$/m);
    assert.match(text, /^tmux_persist_losses\{user="eve",cause="signal"\} 1$/m);
    assert.match(text, /^tmux_persist_restores\{user="eve"\} 1$/m);
    assert.match(text, /^tmux_persist_user_up\{user="rude"\} 0$/m);
    assert.match(text, /^tmux_persist_roster_map_problems 1\n[^]*# EOF$/m);
    assert.equal(await machine.run(['ls', '/var/lib/node-exporter']), 'tmux_persist.prom');
    assert.equal(await machine.run(['stat', '-c', '%a %U', file]), '644 root');
    const printed = await roster(machine, 'metrics', '--map', map);
    assert.match(printed.stdout, /\n# EOF\n$/);
    const refused = await roster(machine, 'metrics', '--map', map, '--output', '/var/lib/node-exporter');
    assert.deepEqual([refused.code, refused.stdout], [2, '']);
    assert.equal(await machine.run(['ls', '/var/lib/node-exporter']), 'tmux_persist.prom');
    // Nobody's manager was started by the asking.
    assert.equal((await machine.tryRun(['systemctl', 'is-active', `user@${away.uid}.service`])).stdout, 'inactive\n');
  });

  test('roster remove takes back what enroll did, and no session with it', async () => {
    const { machine } = rig;
    await installForAll(machine);
    const [busy, idle, never] = [
      await plainUser(machine, 'busy'),
      await plainUser(machine, 'idle'),
      await plainUser(machine, 'never'),
    ];
    const before = await machine.addUser('before');
    const map = await writeMap(machine, [busy, idle, before, never]);
    await rosterResults(machine, 0, 'enroll', '--map', await writeMap(machine, [busy, idle, before]));
    await sessions.openSessions(machine, busy);
    await sessions.waitUntilSaved(machine, busy);
    const processes = await sessions.processesOf(machine, busy);
    const removed = await rosterResults(machine, 0, 'remove', '--map', map);
    assert.deepEqual(removed, [
      'busy done: removed; what was saved is kept; lingering stays on, for 3 sessions live by it: loginctl disable-linger busy',
      'idle done: removed; what was saved is kept; lingering turned off',
      'before done: removed; what was saved is kept; lingering stays on, as it was before',
      'never unchanged: was not enrolled',
    ]);
    assert.deepEqual(await sessions.processesOf(machine, busy), processes);
    await machine.run(['test', '-e', manifestPath(machine, busy)]);
    assert.deepEqual(await Promise.all([busy, idle, before, never].map((user) => lingers(machine, user))), [
      true,
      false,
      true,
      false,
    ]);
    assert.equal(
      (await machine.tryRun(['systemctl', '--user', 'is-active', 'tmux-persist'], { user: busy })).stdout,
      'inactive\n',
    );
    // Once no session lives by it, it goes too.
    await sessions.tmux(machine, busy, 'kill-server');
    assert.match(
      (await rosterResults(machine, 0, 'remove', '--map', map))[0] ?? '',
      /^busy done: .*lingering turned off$/,
    );
    assert.equal(await lingers(machine, busy), false);
  });

  test('what stands in the way of all users is said before anything is done', async () => {
    const { machine } = rig;
    await installForAll(machine);
    const user = await plainUser(machine, 'alone');
    const map = await writeMap(machine, [user]);
    await writeAsRoot(machine, '/etc/empty-map', '# nobody yet\n\n');
    await writeAsRoot(machine, '/etc/root-map', 'me=root\n');
    await machine.run(['mkfifo', '/etc/fifo-map']);
    const cases: readonly (readonly [string, number, RegExp])[] = [
      ['/etc/no-map', 2, /cannot use the map '\/etc\/no-map': no such file or directory/],
      ['/etc', 6, /cannot use the map '\/etc': it is not a regular file/],
      ['/etc/fifo-map', 6, /it is not a regular file/],
      ['/etc/empty-map', 6, /it names no user/],
      ['/etc/root-map', 6, /it names no user\n {2}line 1: 'root' is root/],
    ];
    for (const [path, code, pattern] of cases) {
      for (const verb of ['enroll', 'status', 'remove', 'metrics']) {
        const ran = await roster(machine, verb, '--map', path);
        assert.deepEqual([ran.code, ran.stdout], [code, ''], `${verb} ${path}: ${ran.stderr}`);
        assert.match(ran.stderr, pattern);
      }
    }
    const copies = 'mkdir -m 700 /root/private; mkdir -m 777 /opt/open; cp "$0" /root/private/; cp "$0" /opt/open/';
    await machine.run(['sh', '-c', copies, BUNDLE]);
    await machine.run(['chmod', '777', '/opt/open']);
    for (const [path, pattern] of [
      ['/root/private/tmux-persist.js', /'\/root(\/private)?' is closed to them/],
      ['/opt/open/tmux-persist.js', /'\/opt\/open' can be written by others than root/],
    ] as const) {
      const ran = await machine.tryRun(['node', path, 'roster', 'enroll', '--map', map]);
      assert.equal(ran.code, 7);
      assert.match(ran.stderr, pattern);
    }
    const asUser = await machine.tryRun(['tmux-persist', 'roster', 'status', '--map', map], { user });
    assert.deepEqual([asUser.code, asUser.stdout], [7, '']);
    assert.match(asUser.stderr, /run it as root/);
    assert.equal((await roster(machine, 'enroll', '--map', map, '--timeout', 'soon')).code, 2);
    assert.equal(await lingers(machine, user), false);
  });
});

/** Puts a file system of its own over a home. */
async function mountHome(machine: Machine, { uid, home }: User, options: string): Promise<void> {
  await machine.run(['mount', '-t', 'tmpfs', '-o', `mode=0700,uid=${uid},gid=${uid},${options}`, 'home', home]);
}

/** Returns a lingering user in whose manager a line of shell runs first in whatever is asked of it. */
async function hostileUser(machine: Machine, name: string, line: string): Promise<User> {
  const user = await plainUser(machine, name);
  const onlyOurs = `case %n in run-*) ${line};; esac`.replaceAll('\\', '\\\\');
  const text = `[Service]\nExecStartPre=/bin/sh -c "${onlyOurs}"\n`;
  const path = `${user.home}/.config/systemd/user/service.d/hostile.conf`;
  await machine.run(['sh', '-c', 'mkdir -p "${0%/*}" && cat >"$0"', path], { user, input: text });
  await machine.run(['loginctl', 'enable-linger', name]);
  await machine.waitFor(`the manager of ${name}`, async () => {
    assert.equal((await machine.tryRun(['systemctl', 'is-active', `user@${user.uid}.service`])).stdout, 'active\n');
  });
  return user;
}
