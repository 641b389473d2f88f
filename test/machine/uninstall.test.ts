/** Leaving is as easy as coming: what install wrote goes, what is saved and what runs stays, and a foreign file is nobody's to touch. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { machineTests } from './machine-tests.js';
import { installFor, listingOf, manifestPath, statusOf } from './product.js';
import * as sessions from './sessions.js';

machineTests('uninstalling', (rig) => {
  test('uninstall removes what install wrote and nothing else: sessions go on, and what was saved stays', async () => {
    const { machine } = rig;
    const user = await rig.addUser();
    await machine.run(['mkdir', '-p', '.local/lib/tmux-persist', '.local/bin'], { user });
    const bundle = `${user.home}/.local/lib/tmux-persist/tmux-persist.js`;
    await machine.run(['cp', '/opt/tmux-persist/dist/tmux-persist.js', bundle], { user });
    const before = await listingOf(machine, user);
    const persist = (...words: string[]): Promise<string> => machine.run(['node', bundle, ...words], { user });

    const installed = await persist('install', '--now');
    await persist('-L', 'work', 'install', '--now');
    const added = (await listingOf(machine, user)).filter((line) => !before.includes(line));
    // Each file that is there now was named, and is where it was said to be.
    const files = added.flatMap((line) => /^(\S+) f 644 $/.exec(line)?.[1] ?? []);
    for (const file of files.filter((name) => !name.includes('@work')))
      assert.ok(installed.includes(`wrote ${user.home}/${file}\n`), file);
    assert.equal(files.length, 7);

    const shape = await sessions.openSessions(machine, user);
    await sessions.waitUntilSaved(machine, user);
    const processes = await sessions.processesOf(machine, user);
    const hooks = (): Promise<string> => sessions.tmux(machine, user, 'show-hooks', '-g');
    assert.match(await hooks(), /\[8317\]/);
    const removed = await persist('uninstall');
    for (const file of files) assert.ok(removed.includes(`removed ${user.home}/${file}\n`), file);
    const left = (await listingOf(machine, user)).filter((line) => !line.startsWith('my project'));
    assert.deepEqual(left, before);
    assert.doesNotMatch(await hooks(), /\[8317\]/);
    assert.deepEqual(await sessions.processesOf(machine, user), processes);
    assert.deepEqual(await sessions.shapeOfServer(machine, user), shape);
    const running = await machine.run(
      ['systemctl', '--user', 'list-units', '--plain', '--no-legend', 'tmux-persist*'],
      { user },
    );
    assert.equal(running, '');
    await machine.run(['test', '-s', manifestPath(machine, user)], { user });
    assert.doesNotMatch(await persist('uninstall'), /removed|turned off/);

    assert.match(
      await persist('uninstall', '--purge'),
      /removed .*\/\.local\/state\/tmux-persist\/\S+ \(.*default.*\)/,
    );
    assert.equal((await machine.tryRun(['test', '-e', '.local/state'], { user })).code, 1);
    assert.equal((await machine.tryRun(['test', '-e', '.local/share'], { user })).code, 1);
  });

  test('make uninstall leaves a home as it was before make install, but for what is saved', async () => {
    const { machine } = rig;
    const user = await rig.addUser();
    const before = await listingOf(machine, user);
    await installFor(machine, user);
    assert.equal((await statusOf(machine, user)).agent.running, true);
    await machine.run(['make', '-C', '/opt/tmux-persist', 'uninstall'], { user });
    const left = (await listingOf(machine, user)).filter((line) => !before.includes(line));
    assert.deepEqual(left, ['.local d 755 ']);
  });

  test('what can not be installed is refused before anything is written, each with its reason', async () => {
    const { machine } = rig;
    const user = await rig.addUser();
    const bundle = '/opt/tmux-persist/dist/tmux-persist.js';
    const units = '.local/share/systemd/user';
    const shell = (line: string): Promise<string> => machine.run(['sh', '-c', line], { user });
    const refusals: readonly (readonly [string, number, RegExp, string, Readonly<Record<string, string>>])[] = [
      [
        'a file of somebody else',
        7,
        /tmux-server@\.service' is left as it is: it was not made/,
        `mkdir -p ${units}; echo '[Unit]' >${units}/tmux-server@.service`,
        {},
      ],
      [
        'a link',
        7,
        /tmux-persist\.service' is left as it is: it is a symbolic link/,
        `mkdir -p ${units}; ln -s /etc/passwd ${units}/tmux-persist.service`,
        {},
      ],
      [
        'a unit that would be used instead',
        7,
        /\.config\/systemd\/user\/tmux-server\.service' is left.*in place of ours/,
        `mkdir -p .config/systemd/user; echo '[Unit]' >.config/systemd/user/tmux-server.service`,
        {},
      ],
      [
        'a mask',
        7,
        /it masks the unit.*unmask tmux-persist\.service/,
        'mkdir -p .config/systemd/user; ln -s /dev/null .config/systemd/user/tmux-persist.service',
        {},
      ],
      [
        'a folder that can not be written',
        6,
        /cannot write '.*\/\.local\/share'/,
        'mkdir -p .local/share; chmod 555 .local/share',
        {},
      ],
      [
        'a file in the place of a folder',
        6,
        /cannot write .*systemd.*not a (directory|folder)/,
        'mkdir -p .local/share; echo >.local/share/systemd',
        {},
      ],
      [
        'a manager that looks elsewhere',
        2,
        /does not read.*XDG_DATA_HOME/,
        ':',
        { XDG_DATA_HOME: `${user.home}/elsewhere` },
      ],
      ['no home', 2, /HOME/, ':', { HOME: '' }],
      ['no tmux', 8, /tmux can't be started/, ':', { TMUX_PERSIST_TMUX: '/nonexistent/tmux' }],
      [
        'an old tmux',
        8,
        /tmux 3\.1c is too old/,
        `printf '#!/bin/sh\\necho tmux 3.1c\\n' >old; chmod +x old`,
        { TMUX_PERSIST_TMUX: `${user.home}/old` },
      ],
      [
        'no user manager',
        8,
        /no systemd user manager answers here.*agent --standalone/,
        ':',
        { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent' },
      ],
    ];
    for (const [what, code, message, prepare, env] of refusals) {
      await shell(prepare);
      const before = await listingOf(machine, user);
      const ran = await machine.tryRun(['node', bundle, 'install', '--now'], { user, env });
      assert.deepEqual([ran.code, ran.stdout], [code, ''], `${what}: ${ran.stderr}`);
      assert.match(ran.stderr, message, what);
      assert.deepEqual(await listingOf(machine, user), before, what);
      await shell('chmod -f 755 .local/share; rm -rf .local .config old');
      await machine.run(['systemctl', '--user', 'daemon-reload'], { user });
    }
    const ran = await machine.tryRun(['node', bundle, '-L', 'two words', 'install'], { user });
    assert.deepEqual([ran.code, ran.stdout], [2, '']);
    assert.match(ran.stderr, /no unit can be named after/);
  });
});
