/** A server that was started in a login is moved out of it: the login's end takes neither the server nor a pane, and all goes on. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StatusReport } from '../../src/model/report.js';
import type { User } from './machine.js';
import { machineTests } from './machine-tests.js';
import { statusOf } from './product.js';
import * as sessions from './sessions.js';

machineTests('adopting', (rig) => {
  test('adopt moves a live server out of a login that ends all it holds: server and panes live on, and come back when they die', async () => {
    const { machine } = rig;
    await machine.run(['mkdir', '-p', '/etc/systemd/logind.conf.d']);
    await machine.run([
      'sh',
      '-c',
      "printf '[Login]\\nKillUserProcesses=yes\\n' >/etc/systemd/logind.conf.d/kill.conf",
    ]);
    await machine.run(['systemctl', 'restart', 'systemd-logind']);
    const [left, user] = [await rig.addInstalledUser(), await rig.addInstalledUser()];
    for (const each of [left, user]) await machine.run(['systemctl', '--user', 'stop', 'tmux-server'], { user: each });

    // The end of such a login is the end of a server that stays in it.
    await machine.login(left, `tmux new-session -d -s stays; ${PERSIST} save`);
    await machine.waitFor('the login to take its server along', async () => {
      assert.notEqual((await statusOf(machine, left)).lastLoss, null);
    });

    const open = [
      'new-session -d -s kept',
      'split-window -d "sh -c \'sleep 10000\'"',
      'new-window -d -n other -c /usr',
    ];
    const lines = open.map((words) => `tmux ${words}`).join('; ');
    const look = "tmux list-panes -a -F '#{pid} #{pane_id} #{pane_pid}' >before";
    await machine.login(
      user,
      `${lines}; ${look}; ${PERSIST} doctor >doctor; ${PERSIST} status >status; ${PERSIST} adopt >adopted 2>&1; ${PERSIST} adopt >again`,
    );
    const [before, doctor, status, adopted, again] = await Promise.all(
      ['before', 'doctor', 'status', 'adopted', 'again'].map((name) => machine.run(['cat', name], { user })),
    );
    assert.match(doctor ?? '', /KillUserProcesses=yes\).*\n(.*\n)*\s+try: tmux-persist adopt/);
    assert.match(status ?? '', /tmux-persist adopt/);
    const pid = await sessions.serverPid(machine, user);
    assert.match(
      adopted ?? '',
      new RegExp(
        `^moved the tmux server \\(pid ${String(pid)}\\).* from session-.*\\.scope to tmux-adopted-${String(pid)}\\.scope$`,
      ),
    );
    assert.match(again ?? '', /is in tmux-adopted-\d+\.scope of your user manager already/);

    await loginIsGone(user);
    const panes = await sessions.tmux(machine, user, 'list-panes', '-a', '-F', '#{pid} #{pane_id} #{pane_pid}');
    assert.equal(panes, before);
    for (const line of panes.split('\n'))
      await machine.run(['kill', '-0', ...line.split(' ').filter((word) => /^\d+$/.test(word))]);
    const report = await machine.waitFor('the agent to look after it', async () => {
      const now = await statusOf(machine, user);
      assert.deepEqual(
        [now.agent.state, now.server?.unit, now.manifest?.panes],
        ['watching', `tmux-adopted-${String(pid)}.scope`, 3],
      );
      return now;
    });
    assert.ok(!hints(report).includes('tmux-persist adopt'));

    await machine.run(['kill', '-KILL', String(pid)]);
    await machine.waitFor('the session to be back in the unit', async () => {
      const now = await statusOf(machine, user);
      assert.deepEqual(
        [now.lastLoss?.cause, now.lastLoss?.unit, now.server?.unit, now.server?.panes],
        ['signal', `tmux-adopted-${String(pid)}.scope`, 'tmux-server.service', 3],
      );
    });
    assert.match(
      await machine.run([PERSIST, 'adopt'], { user }),
      /in tmux-server\.service of your user manager already/,
    );
  });

  test('adopt says what is in its way: no server, no user manager', async () => {
    const { machine } = rig;
    const user = await rig.addInstalledUser();
    const nowhere = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent' };
    const alone = await machine.tryRun([PERSIST, 'adopt'], { user, env: nowhere });
    assert.equal(alone.code, 8, alone.stderr);
    const none = await machine.tryRun([PERSIST, '-L', 'nobody', 'adopt'], { user });
    assert.equal(none.code, 3, none.stderr);
  });

  const hints = ({ problems }: StatusReport): readonly string[] => problems.map(({ hint }) => hint);

  /** Returns when logind has forgotten all logins of the user, and so has ended what was in them. */
  async function loginIsGone(user: User): Promise<void> {
    await rig.machine.waitFor('the login to be over', async () => {
      const scopes = await rig.machine.run([
        'systemctl',
        'list-units',
        '--plain',
        '--no-legend',
        '--type=scope',
        'session-*.scope',
      ]);
      const own = await rig.machine.run(['loginctl', 'show-user', user.name, '-P', 'Sessions']);
      for (const session of own.split(' ').filter((word) => word !== ''))
        assert.ok(!scopes.includes(`session-${session}.scope`), scopes);
    });
  }
});

/** A login of runuser has the system's PATH. */
const PERSIST = '.local/bin/tmux-persist';
