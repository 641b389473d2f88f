/** What the panes of a restore really start with, in a real server: start commands, and panes that were dead. */
import assert from 'node:assert/strict';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { prepareLaunches } from '../../src/agent/launches.js';
import type { LivePane, Snapshot } from '../../src/model/snapshot.js';
import { DEFAULT_POLICY } from '../../src/model/policy.js';
import type { Store } from '../../src/model/ports.js';
import { openStore } from '../../src/store/open-store.js';
import { literalFormat, quote } from '../../src/tmux/codec.js';
import { observe } from '../../src/tmux/observe.js';
import { readSettings } from '../../src/tmux/settings.js';
import { TmuxRig, valueOf, waitFor } from '../support/tmux-rig.js';

const PROGRAMS = ['no-such-program', 'printer'].map((pattern) => ({ pattern, mode: null }));

const look = async (rig: TmuxRig): Promise<Snapshot> => valueOf(await observe(rig.target));

async function paneOf(rig: TmuxRig, id: string): Promise<LivePane> {
  const pane = (await look(rig)).windows.flatMap(({ panes }) => panes).find((candidate) => candidate.id === id);
  assert.ok(pane !== undefined, `pane ${id} is gone`);
  return pane;
}

const start = async (t: TestContext, config = ''): Promise<{ rig: TmuxRig; store: Store }> => {
  const rig = await TmuxRig.start(t, { config });
  return { rig, store: valueOf(await openStore(join(rig.folder, 'state'), { create: true })) };
};

/** Puts a pane back into another one of the same server, as a restore does, with `text` as its scrollback. */
async function putBack(
  rig: TmuxRig,
  store: Store,
  id: string,
  text: string | null,
  noPrograms = false,
): Promise<string> {
  const saved = await look(rig);
  const session = saved.sessions.find(({ name }) => name === 'main');
  assert.ok(session !== undefined);
  const sha256 = text === null ? null : valueOf(await store.putContents(Buffer.from(text)));
  const contents = sha256 === null ? null : { sha256, lines: 1, truncated: false };
  const windows = saved.windows.map((window) => ({
    ...window,
    panes: window.panes.map((pane) => ({ ...pane, contents: pane.id === id ? contents : null })),
  }));
  const candidates = [{ key: 'saved/main', scope: 'saved', session, windows, part: false }];
  const settings = valueOf(await readSettings(rig.target));
  const policy = { ...DEFAULT_POLICY, programs: PROGRAMS };
  const { launches } = await prepareLaunches(candidates, { home: rig.home, store, policy, settings, noPrograms });
  const launch = launches.get(`saved/${id}`);
  assert.ok(launch !== undefined);
  const made = await rig.open();
  const directory = quote(literalFormat(launch.directory));
  await rig.source(`respawn-pane -k -t ${made} -c ${directory} ${launch.command.map(quote).join(' ')}`);
  return made;
}

/** Opens a pane with a command; quoted words reach tmux as they are, also a semicolon. */
const open = async (rig: TmuxRig, ...command: readonly string[]): Promise<string> =>
  (await rig.source(`new-window -d -P -F '#{pane_id}' -t main: ${command.map(quote).join(' ')}`)).toString().trimEnd();

const text = (rig: TmuxRig, pane: string): Promise<string> =>
  rig.tmux('capture-pane', '-p', '-J', '-S', '-', '-t', pane);
const argvOf = async (pid: number): Promise<string[]> =>
  (await readFile(`/proc/${String(pid)}/cmdline`, 'utf8').catch(() => '')).split('\0').slice(0, -1);
const runs = (rig: TmuxRig, pane: string, ...argv: readonly string[]): Promise<boolean> =>
  waitFor(argv.join(' '), async () => {
    const running = await argvOf((await paneOf(rig, pane)).pid);
    return running.join('\0') === argv.join('\0');
  });

test('a listed program is started again as its words, under its own pid, and its end is the end of the pane', async (t) => {
  const { rig, store } = await start(t);
  const log = join(rig.folder, 'a $(touch canary) b');
  await writeFile(log, 'a line of the log\n');
  let pane = await open(rig, 'tail', '-f', log);
  // What is put back is put back again the next time.
  for (const round of [1, 2, 3]) {
    await runs(rig, pane, 'tail', '-f', log);
    pane = await putBack(rig, store, pane, `text of round ${String(round)}\n`);
  }
  await runs(rig, pane, 'tail', '-f', log);
  const seen = await paneOf(rig, pane);
  assert.deepEqual([seen.startCommand, seen.currentCommand], [['tail', '-f', log], 'tail']);
  await appendFile(log, 'another line\n');
  await waitFor('the log', async () => (await text(rig, pane)).includes('another line'));
  assert.equal((await text(rig, pane)).trimEnd(), 'text of round 3\na line of the log\nanother line');
  process.kill(seen.pid, 'SIGTERM');
  await waitFor('the end of the pane', async () => !(await rig.rows('list-panes', '#{pane_id}', '-a')).includes(pane));
});

test('a line of plain words is started without a shell', async (t) => {
  const { rig, store } = await start(t);
  const log = join(rig.folder, 'log');
  await writeFile(log, '');
  const pane = await putBack(rig, store, await open(rig, `exec tail -n +1 -f ${log}`), null);
  await runs(rig, pane, 'tail', '-n', '+1', '-f', log);
  assert.deepEqual((await paneOf(rig, pane)).startCommand, ['tail', '-n', '+1', '-f', log]);
});

test('the program gets its words and the environment as they were', async (t) => {
  const { rig, store } = await start(t);
  const printer = join(rig.folder, 'printer');
  await writeFile(printer, '#!/bin/sh\nenv >"$1"\nprintf "<%s>" "$@"\nexec sleep 1000\n', { mode: 0o755 });
  const words = [
    '',
    ' ',
    '$(touch canary)',
    '`x`',
    "'",
    '"',
    '\\',
    '$HOME',
    '*',
    '~',
    ';',
    '-x',
    'tmux-persist',
    '#{pane_id}',
  ];
  const [before, after] = [join(rig.folder, 'before'), join(rig.folder, 'after')];
  const first = await open(rig, printer, before, ...words);
  await waitFor('it to print', async () => (await text(rig, first)).includes('<#{pane_id}>'));
  const shown = (await text(rig, first)).replace(before, after).trimEnd();
  const again = await putBack(rig, store, await open(rig, printer, after, ...words), null);
  await waitFor('it to print again', async () => (await text(rig, again)).includes('<#{pane_id}>'));
  assert.equal((await text(rig, again)).trimEnd(), shown);
  assert.deepEqual((await paneOf(rig, again)).startCommand, [printer, after, ...words]);
  const names = async (file: string): Promise<string[]> =>
    (await readFile(file, 'utf8'))
      .split('\n')
      .map((line) => line.replace(/=.*/, ''))
      .sort();
  assert.deepEqual(await names(after), await names(before));
});

const SHELLS: Readonly<Record<string, readonly string[]>> = {
  'a program that is not listed': ['sleep', '1000'],
  'a line for a shell': ['tail -f /dev/null; true'],
};

for (const [name, command] of Object.entries(SHELLS)) {
  test(`${name} leaves a shell, and is shown once`, async (t) => {
    const { rig, store } = await start(t);
    const pane = await putBack(rig, store, await open(rig, ...command), null);
    await runs(rig, pane, '/bin/sh', '-l');
    await waitFor('a prompt', async () => /^[$#] /m.test(await text(rig, pane)));
    assert.equal(
      (await text(rig, pane)).split('\n')[0],
      `tmux-persist: this pane was started with: ${command.join(' ')}`,
    );
    assert.deepEqual((await paneOf(rig, pane)).startCommand, []);
    const next = await putBack(rig, store, pane, null);
    await runs(rig, next, '/bin/sh', '-l');
    await waitFor('a prompt again', async () => /^[$#] /m.test(await text(rig, next)));
    assert.equal((await text(rig, next)).includes('tmux-persist'), false);
  });
}

test('a listed program is only shown when none are to be started', async (t) => {
  const { rig, store } = await start(t);
  const pane = await putBack(rig, store, await open(rig, 'tail', '-f', '/dev/null'), null, true);
  await runs(rig, pane, '/bin/sh', '-l');
  await waitFor('the line', async () => (await text(rig, pane)).includes('started with: tail -f /dev/null\n'));
});

test("the server's default-command and the user's shell are no command of a pane", async (t) => {
  const { rig, store } = await start(t, 'set -g default-command "exec /bin/sh -i"');
  for (const command of [[], ['/bin/sh'], ['sh -l']]) {
    const pane = await putBack(rig, store, await open(rig, ...command), null);
    await runs(rig, pane, '/bin/sh', '-i');
    await waitFor('a prompt', async () => (await text(rig, pane)).includes('$ '));
    assert.equal((await text(rig, pane)).includes('tmux-persist'), false);
  }
});

// The launcher is for /bin/sh, which is dash on some systems and bash on others.
for (const sh of [['/bin/sh'], ['/bin/bash', '--posix'], ['/bin/bash']]) {
  test(`a program that can't be run leaves a shell and says what was wanted, under ${sh.join(' ')}`, async (t) => {
    const { rig, store } = await start(t);
    const notExecutable = join(rig.folder, 'printer');
    await writeFile(notExecutable, '');
    for (const program of ['no-such-program', notExecutable]) {
      const saved = await open(rig, program, 'a b');
      // It ends at once, so it is put back from what tmux would say of it.
      assert.match(saved, /^%/);
      const pane = await rig.open();
      const settings = valueOf(await readSettings(rig.target));
      const policy = { ...DEFAULT_POLICY, programs: PROGRAMS };
      const live = await look(rig);
      const [session] = live.sessions;
      assert.ok(session !== undefined);
      const windows = live.windows.map((window) => ({
        ...window,
        panes: window.panes.map((other) => ({ ...other, startCommand: [program, 'a b'] })),
      }));
      const context = { home: rig.home, store, policy, settings, noPrograms: false };
      const { launches } = await prepareLaunches([{ key: 'k', scope: 's', session, windows, part: false }], context);
      const words = launches.get(`s/${pane}`)?.command.slice(1) ?? [];
      await rig.source(`respawn-pane -k -t ${pane} ${[...sh, ...words].map(quote).join(' ')}`);
      await runs(rig, pane, '/bin/sh', '-l');
      const wanted = `tmux-persist: this pane was started with: ${program} 'a b'\n`;
      await waitFor('the line', async () => (await text(rig, pane)).includes(wanted));
    }
  });
}

const DEAD = 'set -g remain-on-exit on';

for (const [how, status] of [
  ['exit 3', 3],
  ['exit 0', 0],
  ['kill -TERM $$', 1],
] as const) {
  test(`a pane that died of '${how}' comes back dead, with its text`, async (t) => {
    const { rig, store } = await start(t, DEAD);
    let pane = await open(rig, `echo last words; ${how}`);
    const death = async (): Promise<LivePane> => {
      await waitFor('its death', async () => {
        await rig.reap();
        return (await text(rig, pane)).includes('Pane is dead');
      });
      return paneOf(rig, pane);
    };
    await death();
    for (const round of [1, 2]) {
      pane = await putBack(rig, store, pane, `text ${String(round)}\n`);
      const { dead, deadStatus, startCommand } = await death();
      assert.deepEqual([dead, deadStatus, startCommand], [true, status, []]);
      assert.match(
        await text(rig, pane),
        new RegExp(`^text ${String(round)}\\n+Pane is dead \\(status ${String(status)},.*\\n*$`),
      );
    }
  });
}

test('a dead pane gets a shell where it would vanish', async (t) => {
  const { rig, store } = await start(t, 'set -g remain-on-exit failed');
  const pane = await open(rig, 'exit 3');
  await waitFor('its death', async () => (await paneOf(rig, pane)).dead);
  await rig.tmux('set-option', '-g', 'remain-on-exit', 'off');
  const back = await putBack(rig, store, pane, null);
  await runs(rig, back, '/bin/sh', '-l');
});
