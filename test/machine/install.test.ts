/** Installing on a real machine: the one command that a user types is enough, and a second install disturbs nothing. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { StatusReport } from '../../src/model/report.js';
import { machineTests } from './machine-tests.js';
import { checkoutFolder, installFor, statusOf } from './product.js';
import * as sessions from './sessions.js';

machineTests('installing', (rig) => {
  test("'systemctl --user enable --now tmux-persist' is all that a user types after an install", async () => {
    const { machine } = rig;
    const user = await rig.addUser();
    await installFor(machine, user, { enable: false });
    for (const unit of ['tmux-persist', 'tmux-server']) {
      assert.equal(
        (await machine.tryRun(['systemctl', '--user', 'is-enabled', unit], { user })).stdout.trim(),
        'disabled',
      );
      assert.equal(
        (await machine.tryRun(['systemctl', '--user', 'is-active', unit], { user })).stdout.trim(),
        'inactive',
      );
    }

    await machine.run(['systemctl', '--user', 'enable', '--now', 'tmux-persist'], { user });
    const status = await machine.waitFor('agent and server', async () => {
      const report = await statusOf(machine, user);
      assert.equal(report.agent.state, 'watching');
      assert.equal(report.server?.unit, 'tmux-server.service');
      return report;
    });
    assert.equal(status.agent.running, true);
    await sessions.openSessions(machine, user);
    const before = await sessions.waitUntilSaved(machine, user);
    await machine.run(['kill', '-KILL', String(await sessions.serverPid(machine, user))]);
    await sessions.waitUntilBack(machine, user, before);
  });

  test('an install says what it did, leaves the agent running, and a second one changes no pane', async () => {
    const { machine } = rig;
    const user = await rig.addUser();
    const printed = await installFor(machine, user);
    assert.match(printed, /tmux-persist/);
    assert.equal((await statusOf(machine, user)).agent.running, true);
    await sessions.openSessions(machine, user);
    const before = await sessions.waitUntilSaved(machine, user);
    const processes = await sessions.processesOf(machine, user);
    await installFor(machine, user);
    assert.deepEqual(await sessions.processesOf(machine, user), processes);
    assert.deepEqual(await sessions.shapeOfServer(machine, user), before);
    assert.equal((await statusOf(machine, user)).agent.running, true);
  });

  test('a copy of the built file installs itself, wherever it lies and however the folders of its user are called', async () => {
    const { machine } = rig;
    const user = { ...(await rig.addUser()), home: `/home/a b 100% $HOME it's "q" back\\slash` };
    await machine.run(['mkdir', '-p', user.home]);
    await machine.run(['chown', user.name, user.home]);
    const bundle = `${user.home}/tmux-persist.js`;
    await machine.run(['cp', '/opt/tmux-persist/dist/tmux-persist.js', bundle], { user });
    await machine.run(['ln', '-s', '/usr/bin/tmux', `${user.home}/tmux`], { user });
    // The user manager has the home of the passwd file, where it looks for units.
    const env = { TMUX_PERSIST_TMUX: `${user.home}/tmux`, XDG_DATA_HOME: `/home/${user.name}/.local/share` };
    await machine.run(['node', bundle, 'install', '--now'], { user, env });
    const status = async (): Promise<StatusReport> =>
      JSON.parse(
        await machine.run(['node', bundle, 'status', '--json'], { user: { ...user, home: `/home/${user.name}` } }),
      ) as StatusReport;
    await sessions.tmux(machine, user, 'new-session', '-d', '-s', 'one', '-c', '/usr');
    await machine.waitFor('the session to be saved', async () => {
      assert.equal((await status()).manifest?.sessions, 1);
    });
    await machine.run(['kill', '-KILL', String(await sessions.serverPid(machine, user))]);
    await machine.waitFor('the session to be back in the unit', async () => {
      const { server, lastRestore } = await status();
      assert.deepEqual([server?.unit, server?.sessions, lastRestore?.restored], ['tmux-server.service', 1, 1]);
    });
  });

  test('npm pack makes a package that npm install -g makes work, and that holds only what is needed', async (t) => {
    const { machine } = rig;
    const user = await rig.addUser();
    const folder = await mkdtemp(join(tmpdir(), 'tp-npm-'));
    t.after(() => rm(folder, { recursive: true }));
    // A --prefix moves npm's global configuration as well, and with it the certificates that this machine asks for.
    const globalconfig = execFileSync('npm', ['config', 'get', 'globalconfig'], { encoding: 'utf8' }).trim();
    const npm = (...words: string[]): string =>
      execFileSync('npm', [...words, '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
        cwd: checkoutFolder(),
        encoding: 'utf8',
        env: { ...process.env, npm_config_globalconfig: globalconfig },
      });
    npm('pack', '--pack-destination', folder);
    const [archive = ''] = await readdir(folder);
    const listed = execFileSync('tar', ['tzf', join(folder, archive)], { encoding: 'utf8' });
    const named = listed
      .split('\n')
      .filter((name) => !/^package\/(dist\/|package\.json|README\.md|CHANGELOG\.md|LICENSE)/.test(name));
    assert.deepEqual(named, ['']);
    npm('install', '--global', '--prefix', join(folder, 'prefix'), '--prefer-offline', join(folder, archive));
    const packages = join(folder, 'prefix/lib/node_modules');
    // npm makes a link to it in its bin.
    assert.equal(
      await realpath(join(folder, 'prefix/bin/tmux-persist')),
      await realpath(join(packages, 'tmux-persist/dist/tmux-persist.js')),
    );
    await machine.copyIn(packages, '/usr/lib/node_modules');
    await machine.run(['ln', '-s', '../lib/node_modules/tmux-persist/dist/tmux-persist.js', '/usr/bin/tmux-persist']);
    t.after(() => machine.run(['rm', '-r', '/usr/bin/tmux-persist', '/usr/lib/node_modules']));
    const printed = await machine.run(['tmux-persist', 'install', '--now'], { user });
    assert.match(printed, /wrote .*tmux-persist\.service\n(.*\n)*started tmux-persist\.service\n/);
    const unit = await machine.run(['systemctl', '--user', 'cat', 'tmux-persist'], { user });
    assert.match(unit, /"\/usr\/lib\/node_modules\/tmux-persist\/dist\/tmux-persist\.js"/);
    await sessions.openSessions(machine, user);
    const before = await sessions.waitUntilSaved(machine, user);
    await machine.run(['kill', '-KILL', String(await sessions.serverPid(machine, user))]);
    await sessions.waitUntilBack(machine, user, before);
  });
});
