/** A server that the unit did not start, on a real machine: saved like our own, never displaced, back in the unit when it dies. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { User } from './machine.js';
import { machineTests } from './machine-tests.js';
import { manifestOf, statusOf } from './product.js';
import * as sessions from './sessions.js';

const UNIT = 'tmux-server.service';
const HOST = 'host.service';

machineTests("somebody else's server", (rig) => {
  test('a server started by a login shell is saved, keeps its socket, and its sessions come back in the unit', async () => {
    const { machine } = rig;
    const user = await rig.addInstalledUser();
    await machine.run(['systemctl', '--user', 'stop', UNIT], { user });
    await machine.login(user, 'tmux new-session -d -s started-by-hand -n shell -c /usr');
    const foreign = await sessions.serverPid(machine, user);
    assert.notEqual(foreign, await unitPid(user));
    await sessions.openSessions(machine, user);
    const before = await sessions.waitUntilSaved(machine, user);
    const processes = await sessions.processesOf(machine, user);
    const status = await statusOf(machine, user);
    assert.equal(status.server?.pid, foreign);
    assert.notEqual(status.server.unit, UNIT);
    assert.match(status.server.cgroup ?? '', /session-/);

    // One that hangs counts as alive too.
    for (const signal of ['STOP', 'CONT']) {
      await machine.run(['kill', `-${signal}`, String(foreign)]);
      await machine.run(['systemctl', '--user', 'reset-failed', UNIT], { user });
      // Exit code 0: a condition that does not hold is no failure to systemd.
      await machine.run(['systemctl', '--user', 'start', UNIT], { user });
      assert.equal(await property(user, 'Result'), 'exec-condition');
      assert.equal(await property(user, 'ActiveState'), 'inactive');
    }
    assert.deepEqual(await sessions.processesOf(machine, user), processes);

    await machine.run(['kill', '-KILL', String(foreign)]);
    await sessions.waitUntilBack(machine, user, before);
    const after = await statusOf(machine, user);
    assert.equal(after.server?.unit, UNIT);
    assert.equal(after.server.pid, await unitPid(user));
    assert.equal(after.lastLoss?.unit ?? null, status.server.unit);
  });

  test("a reboot that ends the login of a server is no kill-server: a lingering user's sessions are back", async () => {
    const { machine } = rig;
    const user = await rig.addInstalledUser();
    await machine.run(['systemctl', '--user', 'stop', UNIT], { user });
    await machine.login(user, 'tmux new-session -d -s started-by-hand -n shell -c /usr');
    await sessions.openSessions(machine, user);
    const before = await sessions.waitUntilSaved(machine, user);
    await machine.reboot();
    await sessions.waitUntilBack(machine, user, before);
    assert.deepEqual((await manifestOf(machine, user)).closed, []);
  });

  test('a restart of the service that a server lives in is no kill-server: its sessions are back', async () => {
    const { machine } = rig;
    const user = await rig.addInstalledUser();
    await startInHost(user);
    await sessions.openSessions(machine, user);
    const before = await sessions.waitUntilSaved(machine, user);
    assert.equal((await statusOf(machine, user)).server?.unit, HOST);
    await machine.run(['systemctl', '--user', 'restart', HOST], { user });
    await sessions.waitUntilBack(machine, user, before);
    assert.deepEqual((await manifestOf(machine, user)).closed, []);
    assert.equal((await statusOf(machine, user)).lastLoss?.cause, 'stopped');
  });

  test('a kill-server in a service that lives on closes the sessions that were there', async () => {
    const { machine } = rig;
    const user = await rig.addInstalledUser();
    await startInHost(user);
    await sessions.waitUntilSaved(machine, user);
    await machine.waitFor(
      'the service to have run for a while',
      async () => {
        const [since, now] = await Promise.all([
          property(user, 'StateChangeTimestampMonotonic', HOST),
          machine.run(['cat', '/proc/uptime']),
        ]);
        assert(Number(now.split(' ')[0]) - Number(since) / 1e6 > 11, `${now} ${since}`);
      },
      { deadlineMs: 30_000, everyMs: 500 },
    );
    await sessions.tmux(machine, user, 'kill-server');
    await machine.waitFor('the sessions to be closed', async () => {
      const { closed } = await manifestOf(machine, user);
      assert.deepEqual(
        closed.map(({ how, session }) => [how, session.name]),
        [['kill-server', 'guest']],
      );
    });
  });

  /** Has a service start the server that its user gets, as a web terminal's does when it finds none. */
  async function startInHost(user: User): Promise<void> {
    const { machine } = rig;
    await machine.run(['systemctl', '--user', 'stop', UNIT], { user });
    const line = `tmux new-session -d -s guest -n shell -c /usr; exec sleep infinity`;
    const folder = `${user.home}/.config/systemd/user`;
    await machine.run(['mkdir', '-p', folder], { user });
    await machine.run(['tee', `${folder}/${HOST}`], { user, input: `[Service]\nExecStart=/bin/sh -c "${line}"\n` });
    await machine.run(['systemctl', '--user', 'daemon-reload'], { user });
    await machine.run(['systemctl', '--user', 'start', HOST], { user });
    await machine.waitFor('its server', () => sessions.serverPid(machine, user));
  }

  function property(user: User, name: string, unit = UNIT): Promise<string> {
    return rig.machine.run(['systemctl', '--user', 'show', '-P', name, unit], { user });
  }

  async function unitPid(user: User): Promise<number> {
    return Number(await property(user, 'MainPID'));
  }
});
