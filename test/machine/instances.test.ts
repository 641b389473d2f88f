/** Several servers of one user: a named one beside the default one, and one that runs in the user's own unit. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StatusReport } from '../../src/model/report.js';
import type { User } from './machine.js';
import { machineTests } from './machine-tests.js';
import { statusOf } from './product.js';
import * as sessions from './sessions.js';

const WORK = ['-L', 'work'];

machineTests('several servers', (rig) => {
  test('a named server lives beside the default one: both are killed, and each comes back in its own unit', async () => {
    const { machine } = rig;
    const user = await rig.addInstalledUser();
    assert.match(await persist(user, ...WORK, 'install', '--now'), /started tmux-persist@work\.service/);
    await sessions.tmux(machine, user, 'new-session', '-d', '-s', 'one', '-c', '/usr');
    await sessions.tmux(machine, user, ...WORK, 'new-session', '-d', '-s', 'two', '-c', '/var');
    // Through the agent of its own socket, which says so: nothing is new for it.
    assert.match(await persist(user, 'save'), /1 session,/);
    assert.match(await persist(user, ...WORK, 'save'), /1 session,/);
    const bus = ['busctl', '--user', 'get-property', 'org.tmuxpersist.Agent1.work', '/org/tmuxpersist/Agent1'];
    assert.equal(await machine.run([...bus, 'org.tmuxpersist.Agent1', 'State'], { user }), 's "watching"');
    const doctor = JSON.parse(
      (await machine.tryRun(['tmux-persist', ...WORK, 'doctor', '--json'], { user })).stdout,
    ) as {
      readonly checks: readonly { readonly id: string; readonly status: string; readonly message: string }[];
    };
    const checks = new Map(doctor.checks.map((check) => [check.id, `${check.status}: ${check.message}`]));
    assert.equal(
      checks.get('units'),
      'ok: tmux-persist@work.service and tmux-server@work.service: installed and enabled',
    );
    assert.equal(checks.get('server-place'), 'ok: in tmux-server@work.service');
    assert.match(checks.get('unit-paths') ?? '', /^ok: .*tmux-persist\.js/);

    const killed = [await pidOf(user), await pidOf(user, ...WORK)];
    await machine.run(['kill', '-KILL', ...killed.map(String)]);
    await isBack(user, 'one', 'tmux-server.service');
    await isBack(user, 'two', 'tmux-server@work.service', ...WORK);
    assert.notDeepEqual([await pidOf(user), await pidOf(user, ...WORK)], killed);

    // Only the named one is turned off, and its server goes on.
    const pid = await pidOf(user, ...WORK);
    assert.match(await persist(user, ...WORK, 'uninstall'), /turned off tmux-persist@work\.service/);
    assert.equal(await pidOf(user, ...WORK), pid);
    assert.equal((await status(user, ...WORK)).agent.running, false);
    assert.equal((await statusOf(machine, user)).agent.state, 'watching');
    const enabled = await machine.run(['ls', '.config/systemd/user/default.target.wants'], { user });
    assert.deepEqual(enabled.split('\n'), ['tmux-persist.service', 'tmux-server.service']);
  });

  test("a server in a unit of the user's own is watched there, and its sessions come back there", async () => {
    const { machine } = rig;
    const user = await rig.addUser();
    const unit =
      '[Unit]\nDescription=mine\n[Service]\nExecStart=/usr/bin/tmux -D\nRestart=always\nRestartSec=0\n[Install]\nWantedBy=default.target\n';
    const folder = '.config/systemd/user';
    await machine.run(['sh', '-c', `mkdir -p ${folder}; cat >${folder}/mine.service`], { user, input: unit });
    const bundle = '/opt/tmux-persist/dist/tmux-persist.js';
    const missing = await machine.tryRun(['node', bundle, 'install', '--server-unit', 'nobody'], { user });
    assert.equal(missing.code, 2);
    assert.match(missing.stderr, /there is no unit nobody\.service/);
    await machine.run(['systemctl', '--user', 'enable', '--now', 'mine'], { user });
    const printed = await machine.run(['node', bundle, 'install', '--now', '--server-unit', 'mine'], { user });
    assert.match(printed, /enabled tmux-persist\.service, beside mine\.service/);
    // Told once, it is remembered.
    await machine.run(['node', bundle, 'install', '--now'], { user });
    assert.equal(
      (await machine.tryRun(['test', '-e', '.local/share/systemd/user/tmux-server.service'], { user })).code,
      1,
    );
    await sessions.tmux(machine, user, 'new-session', '-d', '-s', 'one', '-c', '/usr');
    await machine.run(['node', bundle, 'save'], { user });
    const place = JSON.parse((await machine.tryRun(['node', bundle, 'doctor', '--json'], { user })).stdout) as {
      readonly checks: readonly { readonly id: string; readonly message: string }[];
    };
    // OOMPolicy of a unit is its owner's business, and said.
    assert.match(place.checks.find(({ id }) => id === 'server-place')?.message ?? '', /in mine\.service/);
    await machine.run(['kill', '-KILL', String(await pidOf(user))]);
    await machine.waitFor('the session in its own unit', async () => {
      const report = JSON.parse(await machine.run(['node', bundle, 'status', '--json'], { user })) as StatusReport;
      assert.deepEqual(
        [report.server?.unit, report.server?.sessions, report.lastLoss?.cause, report.lastLoss?.unit],
        ['mine.service', 1, 'signal', 'mine.service'],
      );
    });
  });

  const persist = (user: User, ...words: string[]): Promise<string> =>
    rig.machine.run(['tmux-persist', ...words], { user });

  const pidOf = async (user: User, ...server: string[]): Promise<number> =>
    Number(await sessions.tmux(rig.machine, user, ...server, 'display-message', '-p', '#{pid}'));

  const status = async (user: User, ...server: string[]): Promise<StatusReport> =>
    JSON.parse(await persist(user, ...server, 'status', '--json')) as StatusReport;

  async function isBack(user: User, name: string, unit: string, ...server: string[]): Promise<void> {
    await rig.machine.waitFor(`the session ${name} in ${unit}`, async () => {
      assert.equal(await sessions.tmux(rig.machine, user, ...server, 'list-sessions', '-F', '#{session_name}'), name);
      const report = await status(user, ...server);
      assert.deepEqual([report.server?.unit, report.lastLoss?.unit, report.agent.state], [unit, unit, 'watching']);
    });
  }
});
