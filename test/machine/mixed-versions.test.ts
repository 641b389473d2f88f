/**
 * A tmux package that is replaced under a living server, as dpkg does it: by rename, so that the server runs on from a program that
 * is deleted. Its client may not understand it any more (3.5 and earlier say of a 3.6 and later that it is gone): it lives all the same.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import type { RestoreReport, SaveReport, StatusReport } from '../../src/model/report.js';
import type { Machine, User } from './machine.js';
import { machineTests } from './machine-tests.js';
import { manifestOf, statusOf, waitForLoss } from './product.js';
import { machineRoot } from './root.js';
import * as sessions from './sessions.js';

const TMUX = '/usr/bin/tmux';

/** From which suite's tmux to which one's, on the machines of a suite: upgrades, a downgrade, and on the oldest the same once more. */
const REPLACEMENTS: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  trixie: [['bookworm', 'trixie']],
  sid: [
    ['bookworm', 'sid'],
    ['trixie', 'sid'],
    ['sid', 'trixie'],
  ],
};

machineTests('a tmux that is replaced under its server', (rig, suite) => {
  for (const [before, after] of REPLACEMENTS[suite] ?? [[suite, suite]]) {
    test(`the tmux of ${before} by that of ${after}: all goes on being saved, and everything comes back in the next server`, async (t) => {
      const { machine } = rig;
      const programs = { before: await bring(machine, before), after: await bring(machine, after) };
      t.after(async () => replaceTmux(machine, (await bring(machine, suite)).path));
      await replaceTmux(machine, programs.before.path);
      const user = await rig.addInstalledUser();
      await sessions.openSessions(machine, user);
      const first = await sessions.waitUntilSaved(machine, user);
      const pid = await sessions.serverPid(machine, user);
      const processes = await sessions.processesOf(machine, user);
      assert.equal((await statusOf(machine, user)).server?.version, programs.before.version);

      await replaceTmux(machine, programs.after.path);
      assert.match(await machine.run(['readlink', `/proc/${pid}/exe`], { user }), / \(deleted\)$/);
      const [name] = sessions.ODD_NAMES;
      const own = [`/proc/${pid}/exe`, '-u', '-N'];
      await machine.run([...own, 'new-window', '-d', '-n', 'after', '-t', `=${name}:9`, '-c', '/var/lib'], { user });
      const saved = await machine.waitFor('the change to be saved', async () => {
        const shape = sessions.shapeOfManifest(await manifestOf(machine, user));
        assert.deepEqual(shape[name]?.map((window) => [window.name, window.directories[0]]).at(-1), [
          'after',
          '/var/lib',
        ]);
        return shape;
      });
      assert.equal(Object.keys(saved).length, Object.keys(first).length);

      // The command line finds that server without an agent too, and a new agent does as well.
      await assertAnswers(machine, user, { pid, version: programs.before.version });
      await machine.run(['systemctl', '--user', 'stop', 'tmux-persist.service'], { user });
      await assertAnswers(machine, user, { pid, version: programs.before.version });
      // As systemd-tmpfiles takes it; the agent can have it made again in its sandbox, too.
      await machine.run(['rm', '-r', `/tmp/tmux-${user.uid}`], { user });
      await machine.run(['systemctl', '--user', 'start', 'tmux-persist.service'], { user });
      await machine.waitFor('the agent', async () => {
        assert.equal((await statusOf(machine, user)).agent.state, 'watching');
      });
      const panes = await machine.run([...own, 'list-panes', '-a', '-F', '#{pane_id} #{pane_pid}'], { user });
      for (const line of processes) assert(panes.includes(line.split(' ').slice(-2).join(' ')), 'no pane was touched');
      assert.equal((await statusOf(machine, user)).lastLoss, null);

      await machine.run(['kill', '-KILL', String(pid)]);
      await sessions.waitUntilBack(machine, user, saved);
      const status = await waitForLoss(machine, user, ['signal']);
      assert.equal(status.server?.version, programs.after.version);
      await machine.waitFor('a status without problems', async () => {
        assert.deepEqual((await statusOf(machine, user)).problems, []);
      });
    });
  }
});

/** Every command works, in the one server that there is. */
async function assertAnswers(
  machine: Machine,
  user: User,
  { pid, version }: { readonly pid: number; readonly version: string },
): Promise<void> {
  const commands = 'tmux-persist status --json && tmux-persist save --json && tmux-persist restore --json';
  const printed = await machine.run(['sh', '-ec', commands], { user });
  const [status, save, restore] = printed.split(/(?<=^\})\n/m).map((json) => JSON.parse(json) as unknown);
  const { server, lastLoss } = status as StatusReport;
  assert.deepEqual([server?.pid, server?.version, lastLoss], [pid, version, null]);
  assert.equal((save as SaveReport).saved, true);
  const { restored, failed } = restore as RestoreReport;
  assert.deepEqual([restored, failed], [0, 0], 'all of it lives');
}

/** A tmux that lies in the machine. */
interface Program {
  readonly path: string;
  readonly version: string;
}

/** Puts the tmux of a suite into the machine, with the libraries that this lacks; returns where, outside of any PATH. */
async function bring(machine: Machine, suite: string): Promise<Program> {
  const root = await machineRoot(suite);
  const target = `/opt/tmux-of-${suite}`;
  await machine.copyIn(path.join(root, TMUX), target);
  const libraries = new Map(
    [...execFileSync('chroot', [root, 'ldd', TMUX], { encoding: 'utf8' }).matchAll(/^\s*(\S+) => (\/\S+)/gm)].map(
      ([, name = '', file = '']) => [name, file],
    ),
  );
  const needed = await machine.run(['ldd', target]);
  for (const [, name = ''] of needed.matchAll(/^\s*(\S+) => not found$/gm)) {
    const file = libraries.get(name) ?? '';
    const real = execFileSync('chroot', [root, 'realpath', file], { encoding: 'utf8' }).trim();
    await machine.copyIn(path.join(root, real), `/usr${file.replace(/^\/usr/, '')}`);
  }
  const version = (await machine.run([target, '-V'])).split(' ')[1] ?? '';
  return { path: target, version };
}

/** Replaces the machine's tmux as dpkg does: what runs from it runs on. */
async function replaceTmux(machine: Machine, program: string): Promise<void> {
  await machine.run(['cp', program, `${TMUX}.dpkg-new`]);
  await machine.run(['mv', `${TMUX}.dpkg-new`, TMUX]);
}
