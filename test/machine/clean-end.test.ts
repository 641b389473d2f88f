/** R5 on a real machine: ends in order that look the same to tmux. What its user ended stays ended, what somebody else did comes back. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { displayText } from '../../src/model/text.js';
import type { Machine, User } from './machine.js';
import { machineTests } from './machine-tests.js';
import { installFor, manifestOf, statusOf, waitForLoss } from './product.js';
import * as sessions from './sessions.js';

const UNIT = 'tmux-server.service';

/** Starts earlyoom with a limit that is reached at once and a liking for tmux, and ends it when it has sent its signal. */
const EARLYOOM = `
  total=$(awk '/^MemTotal/ { print $2 }' /proc/meminfo)
  systemd-run --quiet --collect --unit=earlyoom-test --property=SyslogIdentifier=earlyoom \
    earlyoom -M $((total - 1)),1 -r 0 --prefer '^tmux: server$'
  i=0
  until journalctl --quiet --output=cat SYSLOG_IDENTIFIER=earlyoom | grep '^sending SIG.* to process'; do
    i=$((i + 1)); [ $i -lt 500 ] || break; sleep 0.01
  done
  systemctl kill --signal=KILL earlyoom-test`;

machineTests('an end in order', (rig) => {
  test('what the user ended stays ended: with kill, with the end of the last shell, in the unit and in a login of its own', async () => {
    const { machine } = rig;
    const ends: readonly ((user: User) => Promise<unknown>)[] = [
      async (user) => machine.run(['kill', String(await sessions.serverPid(machine, user))], { user }),
      (user) => sessions.tmux(machine, user, 'send-keys', '-t', '=own:', 'exit', 'Enter'),
      async (user) => sessions.tmux(machine, user, 'kill-server'),
    ];
    const users: User[] = [];
    for (const end of ends) {
      const user = await rig.addInstalledUser();
      users.push(user);
      // Of the others' logins nothing is left but the server.
      if (users.length === 1) await sessions.tmux(machine, user, 'new-session', '-d', '-s', 'own', '-n', 'w');
      else await serverOfLogin(machine, user, 'own');
      await sessions.waitUntilSaved(machine, user);
      await end(user);
    }
    for (const user of users) {
      const { lastLoss } = await waitForLoss(machine, user, [
        'kill-server',
        'stopped',
        'unknown',
        'oom-kill',
        'signal',
      ]);
      assert.equal(lastLoss?.cause, 'kill-server', `${user.name}: ${lastLoss?.detail ?? ''}`);
      await machine.waitFor('the closing to be saved', async () => {
        assert.deepEqual(await closedNames(machine, user), ['own']);
      });
      assert.equal((await statusOf(machine, user)).lastRestore, null);
    }
    // In the unit a server lives on without sessions.
    const user = await rig.addInstalledUser();
    await sessions.tmux(machine, user, 'new-session', '-d', '-s', 'own', '-n', 'w');
    await sessions.waitUntilSaved(machine, user);
    await sessions.tmux(machine, user, 'send-keys', '-t', '=own:', 'exit', 'Enter');
    await machine.waitFor('the end of the session', async () => {
      assert.deepEqual(await sessions.sessionNames(machine, user), []);
      assert.deepEqual((await manifestOf(machine, user)).sessions, []);
    });
    await machine.run(['systemctl', '--user', 'restart', 'tmux-persist'], { user });
    await machine.waitFor('the closing to be saved', async () => {
      assert.deepEqual(await closedNames(machine, user), ['own']);
    });
    assert.equal((await statusOf(machine, user)).lastLoss, null);
  });

  test("earlyoom's SIGTERM is no kill-server: where its word can be read, everything is back by itself, and status says why", async (t) => {
    const { machine } = rig;
    const user = await rig.addUser();
    // Who may read the machine's journal; a user manager takes its groups at its start.
    await machine.run(['usermod', '--append', '--groups', 'systemd-journal', user.name]);
    await machine.run(['systemctl', 'restart', `user@${user.uid}`], { timeoutMs: 150_000 });
    await machine.waitForUser(user);
    await installFor(machine, user);
    await sessions.openSessions(machine, user);
    const before = await sessions.waitUntilSaved(machine, user);
    const pid = await sessions.serverPid(machine, user);
    const said = await machine.run(['sh', '-c', EARLYOOM]);
    assert.match(said, new RegExp(`^sending SIGTERM to process ${pid} `, 'm'));
    await sessions.waitUntilBack(machine, user, before);
    const { lastLoss } = await waitForLoss(machine, user, ['oom-kill']);
    assert.match(lastLoss?.detail ?? '', /earlyoom/);
    t.diagnostic(`status says: ${lastLoss?.detail ?? ''}`);
  });

  test('systemd-oomd takes the whole unit: everything is back by itself, and status says why', async (t) => {
    const { machine } = rig;
    const user = await rig.addInstalledUser();
    await sessions.openSessions(machine, user);
    const before = await sessions.waitUntilSaved(machine, user);
    const pid = await sessions.serverPid(machine, user);
    const path = /^0::(.*)$/m.exec(await machine.run(['cat', `/proc/${pid}/cgroup`]))?.[1] ?? '';
    // What it does, without the hours of pressure before it: it marks the cgroup and kills all of it.
    for (const [name, count] of Object.entries({ 'user.oomd_ooms': '1', 'user.oomd_kill': '4' })) {
      await machine.run(['setfattr', '-n', name, '-v', count, `/sys/fs/cgroup${path}`], { user });
    }
    await machine.run(['sh', '-c', `echo 1 >/sys/fs/cgroup${path}/cgroup.kill`], { user });
    await sessions.waitUntilBack(machine, user, before);
    const { lastLoss } = await waitForLoss(machine, user, ['oom-kill']);
    assert.match(lastLoss?.detail ?? '', /systemd-oomd/);
    t.diagnostic(`status says: ${lastLoss?.detail ?? ''}`);
  });

  test('a logout that takes the server along, and a login that is terminated, are no kill-server: the sessions are back in the unit', async () => {
    const { machine } = rig;
    const configured = '/etc/systemd/logind.conf.d/test.conf';
    await machine.run(['mkdir', '-p', '/etc/systemd/logind.conf.d']);
    await machine.run(['tee', configured], { input: '[Login]\nKillUserProcesses=yes\n' });
    await machine.run(['systemctl', 'restart', 'systemd-logind']);
    const leaver = await rig.addInstalledUser();
    await machine.run(['systemctl', '--user', 'stop', UNIT], { user: leaver });
    const login = machine.login(
      leaver,
      'tmux new-session -d -s own -n w -c /usr; until [ -e leave ]; do sleep 0.05; done',
    );
    await machine.waitFor('the server', () => sessions.serverPid(machine, leaver));
    await sessions.tmux(machine, leaver, 'split-window', '-d', '-t', '=own:', '-c', '/var');
    const shape = await sessions.waitUntilSaved(machine, leaver);
    assert.match((await statusOf(machine, leaver)).server?.unit ?? '', /^session-.*\.scope$/);
    await machine.run(['touch', `${leaver.home}/leave`]);
    await login;
    await isBackInUnit(leaver, shape);
    await machine.run(['rm', configured]);
    await machine.run(['systemctl', 'restart', 'systemd-logind']);

    const terminated = await rig.addInstalledUser();
    await machine.run(['systemctl', '--user', 'stop', UNIT], { user: terminated });
    // It ends with the login.
    const cut = machine.login(terminated, 'tmux new-session -d -s own -n w -c /usr; sleep 1000').catch(() => null);
    await machine.waitFor('the server', () => sessions.serverPid(machine, terminated));
    const before = await sessions.waitUntilSaved(machine, terminated);
    const scope = (await statusOf(machine, terminated)).server?.unit ?? '';
    const session = /^session-(.*)\.scope$/.exec(scope)?.[1];
    assert(session !== undefined, scope);
    await machine.run(['loginctl', 'terminate-session', session]);
    await isBackInUnit(terminated, before);
    await cut;
  });

  test('the end of the user manager closes nothing: the sessions are back when it is started again', async () => {
    const { machine } = rig;
    const user = await rig.addInstalledUser();
    await sessions.openSessions(machine, user);
    const before = await sessions.waitUntilSaved(machine, user);
    await machine.run(['systemctl', 'stop', `user@${user.uid}`], { timeoutMs: 150_000 });
    assert.deepEqual((await manifestOf(machine, user)).closed, []);
    await machine.run(['systemctl', 'start', `user@${user.uid}`]);
    await sessions.waitUntilBack(machine, user, before);
    assert.deepEqual((await manifestOf(machine, user)).closed, []);
  });

  /** Waits until a user's sessions are in a server of the unit, as they were, and none was taken for closed. */
  async function isBackInUnit(user: User, shape: sessions.Shape): Promise<void> {
    const { machine } = rig;
    await machine.waitFor('the loss of the server of the login', async () => {
      const { lastLoss } = await statusOf(machine, user);
      assert.match(lastLoss?.unit ?? '', /^session-.*\.scope$/);
      assert.equal(lastLoss?.cause, 'stopped');
    });
    await sessions.waitUntilBack(machine, user, shape);
    assert.equal((await statusOf(machine, user)).server?.unit, UNIT);
    assert.deepEqual(await closedNames(machine, user), []);
  }
});

/** Starts a server in a login that is over as soon as it runs. */
async function serverOfLogin(machine: Machine, user: User, session: string): Promise<void> {
  await machine.run(['systemctl', '--user', 'stop', UNIT], { user });
  await machine.login(user, `tmux new-session -d -s ${session} -n w -c /usr`);
}

async function closedNames(machine: Machine, user: User): Promise<readonly string[]> {
  return (await manifestOf(machine, user)).closed.map(({ session }) => displayText(session.name));
}
