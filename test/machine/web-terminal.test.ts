/**
 * Web terminals in a real browser: ttyd, in services of its own, serves tmux to three tabs of Chromium. The server is killed, ttyd is
 * restarted, the machine reboots: no key is pressed, and each tab shows its own session again. Only the newest Debian has a ttyd.
 */
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import type { StatusReport } from '../../src/model/report.js';
import type { Machine, User } from './machine.js';
import { machineTests } from './machine-tests.js';
import { checkoutFolder, manifestOf, statusOf } from './product.js';
import * as sessions from './sessions.js';
import { Browser, type Picture } from './web-terminal-browser.js';
import { LINES, NAMES, openWebTerminals, type Command, type WebTerminals } from './web-terminal-work.js';

/** How often a user's server is killed: after three deaths within a minute of a restore nothing is restored by itself any more. */
const KILLS: readonly (readonly [Command, number])[] = [
  ['tmux new-session -A -s %i', 3],
  ['tmux -N new-session -A -s %i', 3],
  ['tmux new-session -A -s %i', 3],
  ['tmux -N new-session -A -s %i', 1],
];
const DEADLINE_MS = 40_000;
/** What one of the tabs shows in its last row for a while. */
const TOLD = /^tmux-persist: 3 sessions are back after /;

machineTests(
  'web terminals',
  (rig) => {
    test(
      'A tab of a web terminal shows its own session again without a key pressed: ten kills of the server, three tabs',
      { timeout: 400_000 },
      async (t) => {
        const browser = await Browser.open();
        t.after(() => browser.close());
        const times: number[] = [];
        const counts = { restored: 0, adopted: 0 };
        for (const [command, kills] of KILLS) {
          const terminals = await openWebTerminals(t, rig, browser, command);
          const before = await seenIn(rig.machine, terminals);
          const photo = await terminals.tabs[0]?.photograph();
          for (let kill = 0; kill < kills; kill++) {
            times.push(...(await killAndSee(rig.machine, terminals, before)));
            const { lastRestore } = await statusOf(rig.machine, terminals.user);
            counts.restored += lastRestore?.restored ?? 0;
            counts.adopted += lastRestore?.adopted ?? 0;
            if (process.env['UPDATE_SCREENSHOTS'] === '1' && photo !== undefined) {
              await keepPhotographs(rig.machine, terminals, photo);
            }
          }
          await typeIn(rig.machine, terminals);
          await Promise.all(terminals.tabs.map((tab) => tab.close()));
        }
        assert.equal(times.length, 10 * NAMES.length);
        t.diagnostic(`from the kill to the tab as it was: ${spread(times)}`);
        t.diagnostic(
          `${String(counts.restored)} sessions restored, ${String(counts.adopted)} taken in by sessions of a tab`,
        );
      },
    );

    test(
      'A tab of a web terminal shows its own session again after a restart of ttyd, and after a reboot of the machine',
      { timeout: 300_000 },
      async (t) => {
        const { machine } = rig;
        const browser = await Browser.open();
        t.after(() => browser.close());
        const terminals = await openWebTerminals(t, rig, browser, 'tmux new-session -A -s %i');
        const { user } = terminals;
        const before = await seenIn(machine, terminals);
        // Its sessions are now of a server that a tab has started: the restart of that tab's service ends it.
        await delayUnit(machine, user);
        await killAndSee(machine, terminals, before);
        assert.match((await statusOf(machine, user)).server?.unit ?? '', /^ttyd@/);
        const units = NAMES.map((name) => `ttyd@${name}.service`);
        const restart = await seeAfter(machine, terminals, before, () =>
          machine.run(['systemctl', '--user', 'restart', ...units], { user }),
        );
        assert.deepEqual((await manifestOf(machine, user)).closed, []);
        const reboot = await seeAfter(machine, terminals, before, () => machine.reboot());
        t.diagnostic(`from the restart of ttyd to the tab as it was: ${spread(restart)}`);
        t.diagnostic(`from the order to reboot to the tab as it was: ${spread(reboot)}`);
        await typeIn(machine, terminals);
      },
    );
  },
  ['sid'],
);

/** What everybody sees and has: the tabs, and the shape of the server. */
interface Seen {
  readonly pictures: readonly Picture[];
  readonly shape: sessions.Shape;
}

async function seenIn(machine: Machine, { user, tabs }: WebTerminals): Promise<Seen> {
  // tmux names a window after what ran in it half a second ago.
  await machine.waitFor('the windows to have the names of their shells', async () => {
    const names = await sessions.tmux(machine, user, 'list-windows', '-a', '-F', '#{window_name}');
    assert.deepEqual([...new Set(names.split('\n'))], ['bash']);
  });
  const shape = await sessions.waitUntilSaved(machine, user);
  return { pictures: await Promise.all(tabs.map((tab) => tab.look())), shape };
}

async function killAndSee(machine: Machine, terminals: WebTerminals, before: Seen): Promise<readonly number[]> {
  const pid = String(await sessions.serverPid(machine, terminals.user));
  return seeAfter(machine, terminals, before, () => machine.run(['kill', '-KILL', pid]));
}

/** A tab that connects again and the server's unit are equally fast: until the reboot the unit is late, which leaves the start to the tab. */
async function delayUnit(machine: Machine, user: User): Promise<void> {
  const folder = `/run/user/${user.uid}/systemd/user/tmux-server.service.d`;
  await machine.run(['mkdir', '-p', folder], { user });
  await machine.run(['tee', `${folder}/late.conf`], { user, input: '[Service]\nRestartSec=10\n' });
  await machine.run(['systemctl', '--user', 'daemon-reload'], { user });
}

/** Returns how long after the start of `act` each tab, connected anew, showed what it had shown, in ms; all else must be as before too. */
async function seeAfter(
  machine: Machine,
  terminals: WebTerminals,
  before: Seen,
  act: () => Promise<unknown>,
): Promise<readonly number[]> {
  const { user, tabs } = terminals;
  const restoredAt = (await statusOf(machine, user)).lastRestore?.at;
  const connections = tabs.map((tab) => tab.connections);
  const start = performance.now();
  const acted = act();
  const seen = tabs.map((tab, at) =>
    machine.waitFor(
      `the tab of ${String(NAMES[at])}`,
      async () => {
        assert.notEqual(tab.connections, connections[at], 'it was not connected again');
        assert.deepEqual(aboveStatusLine(await tab.look()), aboveStatusLine(before.pictures[at]));
        return performance.now() - start;
      },
      { deadlineMs: DEADLINE_MS, everyMs: 20 },
    ),
  );
  const [times] = await Promise.all([Promise.all(seen), acted]);
  await nothingElseIsThere(machine, terminals, before, restoredAt);
  return times;
}

/** The last row is tmux's own: the time, and messages. */
function aboveStatusLine(picture: Picture | undefined): unknown {
  assert(picture !== undefined);
  return { ...picture, rows: picture.rows.slice(0, -1), colours: picture.colours.slice(0, -1) };
}

/** The sessions are those of before, each with its one client and all its text; none is there twice, none is another's. */
async function nothingElseIsThere(
  machine: Machine,
  { user, tabs }: WebTerminals,
  before: Seen,
  restoredAt: string | undefined,
): Promise<void> {
  await sessions.waitUntilBack(machine, user, before.shape);
  const attached = await sessions.tmux(machine, user, 'list-sessions', '-F', '#{session_name} #{session_attached}');
  assert.deepEqual(
    attached.split('\n').sort(),
    NAMES.map((name) => `${name} 1`),
  );
  for (const [at, name] of NAMES.entries()) {
    const all = await sessions.tmux(machine, user, 'capture-pane', '-p', '-J', '-S', '-', '-t', `=${name}:0.0`);
    const numbered = [...all.matchAll(/^✔ (\S+ \d+) is done *$/gm)].map((match) => match[1]);
    assert.deepEqual(
      numbered,
      Array.from({ length: LINES }, (_, line) => `${name} ${line + 1}`),
    );
    await machine.waitFor(
      `the status line of ${name}`,
      async () => {
        const row = (await tabs[at]?.look())?.rows.at(-1) ?? '';
        assert(row.startsWith(`[${name}]`) || TOLD.test(row), row);
      },
      { deadlineMs: DEADLINE_MS },
    );
  }
  const { lastRestore } = await machine.waitFor(
    'the report of the restore',
    async (): Promise<StatusReport> => {
      const status = await statusOf(machine, user);
      assert.notEqual(status.lastRestore?.at, restoredAt);
      assert.equal(status.agent.state, 'watching');
      return status;
    },
    { deadlineMs: DEADLINE_MS },
  );
  const { restored = 0, adopted = 0, skipped, failed } = lastRestore ?? {};
  assert.deepEqual({ back: restored + adopted, skipped, failed }, { back: NAMES.length, skipped: 0, failed: 0 });
}

/** The tabs are not only pictures. */
async function typeIn(machine: Machine, { tabs }: WebTerminals): Promise<void> {
  for (const [at, name] of NAMES.entries()) {
    await tabs[at]?.type('tmux display-message -p "typed in #S"\n');
    await machine.waitFor(
      `what was typed into ${name}`,
      async () => {
        const rows = (await tabs[at]?.look())?.rows ?? [];
        assert(
          rows.some((row) => row.endsWith(`typed in ${name}`)),
          rows.join('\n'),
        );
      },
      { deadlineMs: DEADLINE_MS },
    );
  }
}

/** Writes the pictures of the README, if it is the first tab that is told of the restore. */
async function keepPhotographs(machine: Machine, { tabs }: WebTerminals, before: Buffer): Promise<void> {
  const told = await machine.waitFor('a tab to be told', async () => {
    const rows = await Promise.all(tabs.map(async (tab) => (await tab.look()).rows.at(-1) ?? ''));
    assert(
      rows.some((row) => TOLD.test(row)),
      rows.join('\n'),
    );
    return rows.findIndex((row) => TOLD.test(row));
  });
  const after = await tabs[0]?.photograph();
  if (told !== 0 || after === undefined) return;
  const folder = path.join(checkoutFolder(), 'test/machine/screenshots');
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'web-terminal-before.png'), before);
  await writeFile(path.join(folder, 'web-terminal-after.png'), after);
}

function spread(times: readonly number[]): string {
  const sorted = [...times].sort((a, b) => a - b).map(Math.round);
  const middle = sorted[Math.floor((sorted.length - 1) / 2)];
  return `${String(sorted[0])} to ${String(sorted.at(-1))} ms, half of them within ${String(middle)} ms (${String(sorted.length)})`;
}
