/** Clients that reconnect by themselves, as web terminals do: they make sessions of the saved names while the restore runs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Machine, User } from './machine.js';
import { machineTests } from './machine-tests.js';
import { statusOf } from './product.js';
import * as sessions from './sessions.js';

const NAMES = ['api', 'web app', 'docs', 'notes', 'логи'];
const USERS = 7;
/** After three deaths within a minute of a restore nothing is restored by itself any more. */
const ROUNDS = 3;

machineTests('terminals that reconnect', (rig) => {
  test(
    'A terminal that reconnects by itself is back in its own session: five loops race the restore, twenty times',
    { timeout: 300_000 },
    async (t) => {
      const { machine } = rig;
      const counts = { adopted: 0, restored: 0 };
      for (let number = 0; number < USERS; number++) {
        const user = await rig.addInstalledUser();
        await openEach(machine, user);
        const before = await sessions.waitUntilSaved(machine, user);
        for (const [at, name] of NAMES.entries()) await reconnect(machine, user, at, name);
        await everyTerminalIsIn(machine, user);
        for (let round = 0; round < ROUNDS; round++) {
          const restoredAt = (await statusOf(machine, user)).lastRestore?.at;
          await machine.run(['kill', '-KILL', String(await sessions.serverPid(machine, user))]);
          const { lastRestore } = await machine.waitFor('the restore', async () => {
            const status = await statusOf(machine, user);
            assert.notEqual(status.lastRestore?.at, restoredAt, JSON.stringify(status));
            assert.equal(status.agent.state, 'watching');
            return status;
          });
          assert.deepEqual([lastRestore?.failed, lastRestore?.skipped], [0, 0]);
          assert.equal((lastRestore?.restored ?? 0) + (lastRestore?.adopted ?? 0), NAMES.length);
          counts.adopted += lastRestore?.adopted ?? 0;
          counts.restored += lastRestore?.restored ?? 0;
          await machine.waitFor('the windows of every session', async () => {
            assert.deepEqual(contentsOf(await sessions.shapeOfServer(machine, user)), contentsOf(before));
          });
          await everyTerminalIsIn(machine, user);
        }
      }
      t.diagnostic(
        `${String(counts.restored)} sessions restored, ${String(counts.adopted)} taken in by sessions of a terminal`,
      );
    },
  );
});

/** Opens sessions of two windows each, the first of them split. */
async function openEach(machine: Machine, user: User): Promise<void> {
  for (const name of NAMES) {
    const open = (...args: string[]): Promise<string> => sessions.tmux(machine, user, ...args);
    await open('new-session', '-d', '-s', name, '-n', 'editor', '-c', '/usr', '-x', '80', '-y', '23');
    await open('split-window', '-d', '-t', `=${name}:editor`, '-c', '/var');
    await open('new-window', '-d', '-n', 'shell', '-t', `=${name}:5`, '-c', '/tmp');
  }
}

/** Starts a terminal that attaches to a session of this name for as long as it lives, and makes it where it is not there. */
async function reconnect(machine: Machine, user: User, at: number, name: string): Promise<void> {
  const loop = `stty rows 24 cols 80; until tmux -u new -A -s '${name}'; do sleep 0.05; done`;
  const line = `sleep infinity | script -qfc "${loop}" /dev/null`;
  const unit = ['--user', '--quiet', `--unit=terminal-${String(at)}`, '--setenv=TERM=xterm-256color'];
  await machine.run(['systemd-run', ...unit, 'sh', '-c', line], { user });
}

async function everyTerminalIsIn(machine: Machine, user: User): Promise<void> {
  await machine.waitFor('every terminal to be in its session', async () => {
    const attached = await sessions.tmux(machine, user, 'list-sessions', '-F', '#{session_attached} #{session_name}');
    assert.deepEqual(attached.split('\n').sort(), NAMES.map((name) => `1 ${name}`).sort());
  });
}

/** Windows and directories; the sizes are those of the terminals. */
const contentsOf = (shape: sessions.Shape): unknown =>
  Object.fromEntries(
    Object.entries(shape).map(([name, windows]) => [
      name,
      windows.map(({ index, name: title, directories }) => [index, title, directories]),
    ]),
  );
