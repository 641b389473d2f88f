/** The settings of tmux-server.service, each by what it is there for. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Machine, User } from './machine.js';
import { machineTests } from './machine-tests.js';
import { statusOf } from './product.js';
import * as sessions from './sessions.js';

const UNIT = 'tmux-server.service';

/** What systemd tells a service about itself, systemd.exec(5). */
const OF_A_SERVICE =
  /^(INVOCATION_ID|JOURNAL_STREAM|SYSTEMD_|MANAGERPID|MAINPID|NOTIFY_SOCKET|WATCHDOG_|LISTEN_|MEMORY_PRESSURE_|FDSTORE|CREDENTIALS_|EXIT_|SERVICE_)/;

/** A process that only SIGKILL ends. */
const STUBBORN = `trap '' HUP TERM; while :; do sleep 1; done`;

machineTests('the unit of the server', (rig) => {
  test('after a crash, after kill-server and after kill, the next server lives in the unit, and no pane takes itself for a service', async (t) => {
    const { machine } = rig;
    const user = await rig.addInstalledUser();
    const ends: Readonly<Record<string, (pid: number) => Promise<unknown>>> = {
      'kill-server': () => sessions.tmux(machine, user, 'kill-server'),
      SIGTERM: (pid) => machine.run(['kill', String(pid)]),
      SIGKILL: (pid) => machine.run(['kill', '-KILL', String(pid)]),
    };
    for (const [how, end] of Object.entries(ends)) {
      const pid = await machine.waitFor('the server', () => sessions.serverPid(machine, user));
      await sessions.tmux(machine, user, 'new-session', '-d', '-s', how, 'sleep 1000');
      await sessions.waitUntilSaved(machine, user);
      const start = performance.now();
      await end(pid);
      const next = await machine.waitFor('the next server', async () => {
        const answering = await sessions.serverPid(machine, user);
        assert.notEqual(answering, pid);
        return answering;
      });
      t.diagnostic(`${how} to the next server: ${Math.round(performance.now() - start)} ms`);
      assert.equal(String(next), await property(user, 'MainPID'));
    }
    await machine.waitFor('what was killed to be back', async () => {
      assert.deepEqual(await sessions.sessionNames(machine, user), ['SIGKILL']);
    });
    await sessions.tmux(machine, user, 'new-session', '-d', '-s', 'b');
    for (const pid of await panePids(machine, user)) {
      const names = (await machine.run(['cat', `/proc/${pid}/environ`])).split('\0').map((line) => line.split('=')[0]);
      assert.deepEqual(
        names.filter((name) => OF_A_SERVICE.test(name ?? '')),
        [],
      );
    }
    assert.equal(await property(user, 'TasksMax'), 'infinity');
    // What systemd-oomd reads: a user manager may set it too (systemd.resource-control(5), ManagedOOMPreference=).
    const cgroup = `/sys/fs/cgroup${await property(user, 'ControlGroup')}`;
    assert.match(
      await machine.run(['getfattr', '--only-values', '--absolute-names', '-n', 'user.oomd_avoid', cgroup]),
      /^1/,
    );
  });

  test('a kill for want of memory in a pane, which systemd hears of, stops neither the server nor that pane or another', async () => {
    const { machine } = rig;
    const user = await rig.addInstalledUser();
    await sessions.openSessions(machine, user);
    // An orphan in the cgroup of its pane: its end has systemd look what happened there.
    const orphan = 'until [ -e marked ]; do sleep 0.05; done; (setsid sleep 0.1 &); exec sleep 1000';
    const at = ['-P', '-F', '#{pane_pid}', '-c', user.home];
    const pane = await sessions.tmux(machine, user, 'new-session', '-d', '-s', 'killed', ...at, 'sh', '-c', orphan);
    await sessions.waitUntilSaved(machine, user);
    const before = await sessions.processesOf(machine, user);
    const cgroup = await cgroupOf(machine, Number(pane));
    // As systemd-oomd marks it.
    for (const [name, count] of Object.entries({ 'user.oomd_ooms': '1', 'user.oomd_kill': '1' })) {
      await machine.run(['setfattr', '-n', name, '-v', count, `/sys/fs/cgroup${cgroup}`], { user });
    }
    await machine.run(['touch', 'marked'], { user });
    const unit = cgroup.split('/').at(-1) ?? '';
    await machine.waitFor('systemd to say so', async () => {
      const id = 'MESSAGE_ID=d989611b15e44c9dbf31e3c81256e4ed';
      assert.notEqual(await machine.run(['journalctl', '-q', '-o', 'cat', id, `USER_UNIT=${unit}`]), '');
    });
    await machine.holds(async () => {
      assert.deepEqual(await sessions.processesOf(machine, user), before);
    }, 1000);
    assert.equal((await statusOf(machine, user)).lastLoss, null);
  });

  test('a server that dies again and again is given up by systemd, and started again by the agent', async () => {
    const { machine } = rig;
    const user = await rig.addInstalledUser();
    await sessions.tmux(machine, user, 'new-session', '-d', '-s', 'kept', '-n', 'w', '-c', '/usr');
    const before = await sessions.waitUntilSaved(machine, user);
    const kill = `until [ "$(systemctl --user is-active ${UNIT})" = failed ]; do
      pid=$(systemctl --user show -P MainPID ${UNIT}); [ "$pid" = 0 ] || kill -KILL "$pid"; sleep 0.02; done`;
    await machine.run(['sh', '-c', kill], { user });
    assert.equal(await property(user, 'ActiveState'), 'failed');
    await machine.waitFor(
      'the server',
      async () => {
        assert.equal(String(await sessions.serverPid(machine, user)), await property(user, 'MainPID'));
      },
      { deadlineMs: 30_000 },
    );
    // Whether it is restored by itself is the business of the crash loop; it is there in any case.
    await machine.waitFor('the session', async () => {
      await machine.tryRun(['tmux-persist', 'restore', '--no-programs'], { user });
      assert.deepEqual(await sessions.shapeOfServer(machine, user), before);
    });
  });

  test('a pane that only SIGKILL ends delays neither the next server nor a stop nor the end of the user manager by more than 5 s each', async (t) => {
    const { machine } = rig;
    const [killed, stopped] = [await rig.addInstalledUser(), await rig.addInstalledUser()];
    for (const user of [killed, stopped]) {
      await sessions.tmux(
        machine,
        user,
        'new-session',
        '-d',
        '-s',
        'stubborn',
        '-n',
        'w',
        '-c',
        '/usr',
        'sh',
        '-c',
        STUBBORN,
      );
      await sessions.waitUntilSaved(machine, user);
    }
    const took = async (what: string, task: () => Promise<unknown>): Promise<void> => {
      const start = performance.now();
      await task();
      const ms = Math.round(performance.now() - start);
      t.diagnostic(`${what}: ${ms} ms`);
      assert(ms < 10_000, `${what}: ${ms} ms`);
    };
    await Promise.all([
      took('SIGKILL to the session being back', async () => {
        const pid = await sessions.serverPid(machine, killed);
        await machine.run(['kill', '-KILL', String(pid)]);
        await machine.waitFor(
          'the session',
          async () => {
            assert.notEqual(await sessions.serverPid(machine, killed), pid);
            assert.deepEqual(await sessions.sessionNames(machine, killed), ['stubborn']);
          },
          { deadlineMs: 30_000 },
        );
      }),
      took('stop', () => machine.run(['systemctl', '--user', 'stop', UNIT], { user: stopped })),
    ]);
    const manager = `user@${stopped.uid}`;
    await took('the end of the user manager', () =>
      machine.run(['systemctl', 'stop', manager], { timeoutMs: 150_000 }),
    );
  });

  function property(user: User, name: string): Promise<string> {
    return rig.machine.run(['systemctl', '--user', 'show', '-P', name, UNIT], { user });
  }
});

async function panePids(machine: Machine, user: User): Promise<readonly string[]> {
  return (await sessions.tmux(machine, user, 'list-panes', '-a', '-F', '#{pane_pid}')).split('\n');
}

async function cgroupOf(machine: Machine, pid: number): Promise<string> {
  const cgroup = /^0::(.*)$/m.exec(await machine.run(['cat', `/proc/${pid}/cgroup`]))?.[1];
  assert(cgroup !== undefined);
  return cgroup;
}
