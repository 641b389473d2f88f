/**
 * The Debian package on a real machine, through apt: installed, upgraded, removed and purged while sessions are open.
 * A small nodejs package stands for Debian's: it has the version and the path of the real one, and runs the node of these tests.
 */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { before, test } from 'node:test';
import { execute } from './execute.js';
import type { Machine, User } from './machine.js';
import { machineTests } from './machine-tests.js';
import { checkOf, checkoutFolder, manifestPath, statusOf } from './product.js';
import * as sessions from './sessions.js';

const PACKAGE = '/root/tmux-persist.deb';
const NEWER_PACKAGE = '/root/tmux-persist-newer.deb';
const NODE_VERSION = `${process.versions.node}-1`;
const NEWER = '99.0.0';

/** $1 version. */
const INSTALL_NODEJS = `
mkdir -p node/DEBIAN node/usr/bin
printf '%s\\n' 'Package: nodejs' "Version: $1" 'Architecture: all' 'Maintainer: A <a@b.invalid>' 'Description: node' >node/DEBIAN/control
ln -sf /usr/local/bin/node node/usr/bin/node
dpkg-deb --build node node.deb && dpkg --install node.deb`;

/** $1 package, $2 new package, $3 its version; the program in it says that it is of that version. */
const MAKE_NEWER = `
rm -rf tree && dpkg-deb --raw-extract "$1" tree
old=$(sed -n 's/^Version: \\(.*\\)-1$/\\1/p' tree/DEBIAN/control)
sed -i "s/^Version: .*/Version: $3-1/" tree/DEBIAN/control
sed -i "s/\\"$old\\"/\\"$3\\"/g" tree/usr/lib/tmux-persist/tmux-persist.js
dpkg-deb --build tree "$2"`;

/** Renames a window ten times a second until a file appears, then prints for how long, at worst, a name was not on disk. */
const CHANGE = `
const { execFileSync } = require('node:child_process');
const { existsSync, readFileSync, writeFileSync } = require('node:fs');
const [manifest, end] = process.argv.slice(1);
const made = [];
let worst = 0;
const tick = () => {
  const saved = Number(/"mark-(\\d+)"/.exec(readFileSync(manifest, 'utf8'))?.[1] ?? 0);
  const first = made.find((at) => at > saved);
  if (first !== undefined) worst = Math.max(worst, Date.now() - first);
  if (existsSync(end) && first === undefined) return console.log(worst);
  if (!existsSync(end)) {
    made.push(Date.now());
    execFileSync('tmux', ['-N', 'rename-window', '-t', '=changing:', 'mark-' + made.at(-1)]);
    if (made.length === 5) writeFileSync(end + '.begun', '');
  }
  setTimeout(tick, 100);
};
tick();`;

machineTests('the Debian package', (rig) => {
  before(async () => {
    await copyPackage(rig.machine);
  });

  test('the package does not install beside a nodejs that is too old', async () => {
    const { machine } = rig;
    await shell(machine, INSTALL_NODEJS, '18.20.4+dfsg-1');
    const { code, stdout, stderr } = await machine.tryRun(['apt-get', 'install', '--yes', PACKAGE]);
    assert.notEqual(code, 0);
    assert.match(stdout + stderr, /nodejs \(>= 20\.12\)/);
    assert.equal((await machine.tryRun(['dpkg', '--status', 'tmux-persist'])).code, 1);
  });

  test('the package enables nothing for anybody, and one command protects a user', async () => {
    const { machine } = rig;
    const user = await rig.addUser();
    await install(machine, PACKAGE);
    for (const unit of ['tmux-persist', 'tmux-server']) {
      const state = async (verb: string): Promise<string> =>
        (await machine.tryRun(['systemctl', '--user', verb, unit], { user })).stdout.trim();
      assert.deepEqual([await state('is-enabled'), await state('is-active')], ['disabled', 'inactive']);
    }
    await protect(machine, user);
    const shape = await sessions.openSessions(machine, user);
    assert.deepEqual(await sessions.waitUntilSaved(machine, user), shape);
    await machine.run(['kill', '-KILL', String(await sessions.serverPid(machine, user))]);
    await sessions.waitUntilBack(machine, user, shape);

    // The program's own install finds the units of the package, and writes none.
    const another = await rig.addUser();
    await machine.run(['tmux-persist', 'install', '--now'], { user: another });
    await waitUntilWatching(machine, another);
    assert.equal((await machine.tryRun(['ls', `${another.home}/.local/share/systemd`])).stdout, '');
  });

  test('an upgrade puts the running agents on the new version, touches no pane, and waits for no manager that hangs', async (t) => {
    const { machine } = rig;
    await install(machine, PACKAGE);
    const [user, stopped, hung] = [await rig.addUser(), await rig.addUser(), await rig.addUser()];
    for (const each of [user, stopped, hung]) await protect(machine, each);
    await sessions.openSessions(machine, user);
    await sessions.openSessions(machine, hung);
    await sessions.waitUntilSaved(machine, hung);
    await machine.run(['systemctl', '--user', 'stop', 'tmux-persist'], { user: stopped });
    await sessions.tmux(machine, user, 'new-session', '-d', '-s', 'changing');
    await sessions.waitUntilSaved(machine, user);
    const old = (await statusOf(machine, user)).agent.pid;
    const processes = await sessions.processesOf(machine, user);
    const otherProcesses = await sessions.processesOf(machine, hung);

    const end = `${user.home}/end`;
    const changing = machine.run(['node', '-e', CHANGE, manifestPath(machine, user), end], {
      user,
      timeoutMs: 120_000,
    });
    await machine.waitFor('the changes to begin', () => machine.run(['test', '-e', `${end}.begun`]));
    const manager = await machine.run(['systemctl', 'show', '-P', 'MainPID', `user@${String(hung.uid)}`]);
    await machine.run(['kill', '-STOP', manager]);
    const start = performance.now();
    try {
      await install(machine, NEWER_PACKAGE);
    } finally {
      await machine.run(['kill', '-CONT', manager]);
    }
    t.diagnostic(
      `the upgrade took ${String(Math.round(performance.now() - start))} ms, 10 s of them for the manager that hung`,
    );
    const look = async (): Promise<void> => {
      assert.equal(await agentVersion(machine, user), NEWER);
    };
    await machine.waitFor('the new agent', look, { deadlineMs: 30_000 });
    await waitUntilWatching(machine, user);
    assert.notEqual((await statusOf(machine, user)).agent.pid, old);
    await machine.run(['touch', end], { user });
    const gap = Number(await changing);
    t.diagnostic(`a change was not on disk for at most ${String(gap)} ms`);
    assert.ok(gap < 10_000, String(gap));
    assert.deepEqual(await sessions.processesOf(machine, user), processes);
    assert.deepEqual(await sessions.processesOf(machine, hung), otherProcesses);
    assert.equal((await statusOf(machine, stopped)).agent.running, false);
  });

  test("where a user's own install hides the package, doctor says so, and its command hands the user over to the package", async () => {
    const { machine } = rig;
    await install(machine, PACKAGE);
    const user = await rig.addInstalledUser();
    await sessions.openSessions(machine, user);
    await sessions.waitUntilSaved(machine, user);
    const processes = await sessions.processesOf(machine, user);
    const file = (): Promise<string> =>
      machine.run(['systemctl', '--user', 'show', '-P', 'FragmentPath', 'tmux-persist'], { user });
    assert.equal(await file(), `${user.home}/.local/share/systemd/user/tmux-persist.service`);

    const { status, hint } = await checkOf(machine, user, 'units');
    assert.equal(status, 'warn');
    await machine.run(['sh', '-c', hint ?? ''], { user, timeoutMs: 60_000 });
    await waitUntilWatching(machine, user);
    assert.equal(await file(), '/usr/lib/systemd/user/tmux-persist.service');
    assert.equal((await checkOf(machine, user, 'units')).status, 'ok');
    assert.deepEqual(await sessions.processesOf(machine, user), processes);
  });

  test('a removal stops the agents and takes their hooks out; servers, panes and what was saved stay, and are known again', async () => {
    const { machine } = rig;
    await install(machine, PACKAGE);
    const user = await rig.addUser();
    await protect(machine, user);
    await machine.run(['tmux-persist', '-L', 'work', 'install', '--now'], { user });
    assert.match(await hooksOf(machine, user, 'work'), /8317/);
    const other = await rig.addInstalledUser();
    const own = (await statusOf(machine, other)).agent.pid;
    await sessions.openSessions(machine, user);
    const shape = await sessions.waitUntilSaved(machine, user);
    const processes = await sessions.processesOf(machine, user);
    assert.match(await hooksOf(machine, user, 'default'), /8317/);

    await machine.run(['apt-get', 'remove', '--yes', 'tmux-persist'], { timeoutMs: 60_000 });
    for (const socket of ['default', 'work']) assert.doesNotMatch(await hooksOf(machine, user, socket), /8317/);
    assert.deepEqual(await sessions.processesOf(machine, user), processes);
    assert.deepEqual(await agentStates(machine, user), ['inactive', 'inactive']);
    // Units of a user's own stand before those of the package, and are nothing to it.
    assert.deepEqual((await statusOf(machine, other)).agent.pid, own);
    const home = await listing(machine, user);
    assert.match(home, /default\.target\.wants\/tmux-persist\.service/);
    assert.match(home, /manifest\.json/);
    await machine.run(['dpkg', '--purge', 'tmux-persist']);
    assert.equal(await listing(machine, user), home);
    assert.equal((await machine.tryRun(['dpkg', '--status', 'tmux-persist'])).code, 1);
    assert.equal((await machine.tryRun(['ls', '/usr/lib/tmux-persist', '/usr/bin/tmux-persist'])).stdout, '');

    await install(machine, PACKAGE);
    await waitUntilWatching(machine, user);
    await machine.waitFor('the agent of the other server', async () => {
      assert.deepEqual(await agentStates(machine, user), ['active', 'active']);
    });
    assert.deepEqual(await sessions.processesOf(machine, user), processes);

    // The link that enables what is no longer there keeps no manager from coming up.
    await machine.run(['apt-get', 'purge', '--yes', 'tmux-persist'], { timeoutMs: 60_000 });
    await machine.run(['systemctl', 'restart', `user@${String(user.uid)}`], { timeoutMs: 60_000 });
    await machine.waitForUser(user);
    const failed = ['systemctl', '--user', 'list-units', '--failed', '--plain', '--no-legend'];
    assert.equal(await machine.run(failed, { user }), '');
    assert.equal(await machine.run(['systemctl', '--user', 'is-system-running'], { user }), 'running');

    await install(machine, PACKAGE);
    await sessions.waitUntilBack(machine, user, shape);
  });
});

/** Builds the package of this checkout and puts it, and one of a higher version, into the machine. */
async function copyPackage(machine: Machine): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'tmux-persist-deb-'));
  try {
    const argv = ['sh', path.join(checkoutFolder(), 'units/debian/build.sh'), folder];
    const { code, stderr } = await execute(argv, { timeoutMs: 120_000 });
    assert.equal(code, 0, stderr);
    const name = (await readdir(folder)).find((file) => file.endsWith('.deb'));
    assert.ok(name !== undefined);
    await machine.copyIn(path.join(folder, name), PACKAGE);
  } finally {
    await rm(folder, { recursive: true });
  }
  // Without its lists apt has nothing but what is installed, and looks for no network.
  await shell(machine, 'rm -rf /var/lib/apt/lists/*');
  await shell(machine, MAKE_NEWER, PACKAGE, NEWER_PACKAGE, NEWER);
}

function shell(machine: Machine, script: string, ...words: readonly string[]): Promise<string> {
  return machine.run(['sh', '-euc', script, 'sh', ...words], { cwd: '/root', timeoutMs: 60_000 });
}

async function install(machine: Machine, file: string): Promise<void> {
  await shell(machine, INSTALL_NODEJS, NODE_VERSION);
  const options = ['--yes', '--reinstall', '--allow-downgrades'];
  await machine.run(['apt-get', 'install', ...options, file], { timeoutMs: 90_000 });
}

async function protect(machine: Machine, user: User): Promise<void> {
  await machine.run(['systemctl', '--user', 'enable', '--now', 'tmux-persist'], { user });
  await waitUntilWatching(machine, user);
}

async function waitUntilWatching(machine: Machine, user: User): Promise<void> {
  const look = async (): Promise<void> => {
    const { agent, server } = await statusOf(machine, user);
    assert.deepEqual([agent.state, server?.unit], ['watching', 'tmux-server.service']);
  };
  await machine.waitFor('agent and server', look, { deadlineMs: 30_000 });
}

/** Returns the version of the agent that runs, as its bus has it. */
async function agentVersion(machine: Machine, user: User): Promise<string> {
  const name = 'org.tmuxpersist.Agent1';
  const argv = ['busctl', '--user', 'get-property', name, '/org/tmuxpersist/Agent1', name, 'Version'];
  return (await machine.run(argv, { user })).replace(/^s "(.*)"$/, '$1');
}

/** Returns the states of the agents of the default server and of the one named work. */
async function agentStates(machine: Machine, user: User): Promise<readonly string[]> {
  const units = ['tmux-persist', 'tmux-persist@work'];
  return (await machine.tryRun(['systemctl', '--user', 'is-active', ...units], { user })).stdout.trim().split('\n');
}

async function hooksOf(machine: Machine, user: User, socket: string): Promise<string> {
  const hooks = ['-g', '-gw'].map((scope) => sessions.tmux(machine, user, '-L', socket, 'show-hooks', scope));
  return (await Promise.all(hooks)).join('\n');
}

/** Returns what is in a home, with type, owner, size and time of change of each. */
function listing(machine: Machine, { home }: User): Promise<string> {
  return machine.run(['find', home, '-printf', '%p %y %U %m %s %t %l\n']);
}
