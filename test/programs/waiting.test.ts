/** A launcher that waits for its turn, a look or a key, in real tmux panes and under every shell that may be /bin/sh. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { displayText, type Text } from '../../src/model/text.js';
import { launchArguments, type Launch } from '../../src/programs/launcher.js';
import { procView } from '../../src/programs/process-view.js';
import type { Resumption } from '../../src/programs/resumption.js';
import { holdingLauncher, isWaiting } from '../../src/programs/waiting-launcher.js';
import { PaneRig, waitFor } from './pane-rig.js';

type Action = 'auto' | 'view' | 'offer';

interface Waiting {
  readonly action: Action;
  readonly argv: readonly Text[];
  readonly shell?: string;
  readonly notice?: string | null;
  readonly contentsPath?: string | null;
  readonly unset?: readonly string[];
}

const launchOf = (rig: PaneRig, { action, argv, shell, notice, contentsPath, unset }: Waiting): Text[] => {
  const resumption: Resumption = {
    ...{ action, argv, env: {}, unset: unset ?? [], cwd: rig.home, notice: notice ?? null, counts: 'resumed' },
  };
  const launch: Launch = {
    ...{ shell: shell ?? '/bin/bash', defaultCommand: '', contentsPath: contentsPath ?? null, notice: null },
    ...{ resumption, argv: [], death: null },
  };
  return launchArguments(launch);
};

/** The shells that /bin/sh may be; busybox where it is installed. */
const SHELLS: readonly (readonly string[])[] = [
  ...[['/bin/dash'], ['/bin/bash', '--posix'], ['/bin/bash']],
  ['/usr/bin/busybox', 'sh'],
].filter(([path = '']) => existsSync(path));

const wait = (rig: PaneRig, waiting: Waiting, sh: readonly string[] = ['/bin/sh']): string => {
  const pane = rig.open('/bin/sh');
  rig.respawn(pane, [...sh, ...launchOf(rig, waiting).slice(1)]);
  return pane;
};

/** A program that says what it was given, and stays. */
const PROGRAM = ['/bin/sh', '-c', 'echo started as "$0"; exec sleep 600', 'it'];

const isRunning = (rig: PaneRig, pane: string): boolean => rig.format(pane, '#{pane_current_command}') === 'sleep';

/** Waits for the login shell in a pane. */
const shellIn = (rig: PaneRig, pane: string, name: string): Promise<true> =>
  waitFor('the shell', () => {
    const argv = procView().read(rig.pid(pane))?.argv.map(displayText) ?? [];
    return argv.join(' ') === `${name} -l`;
  });

/** The modes of a pane's terminal, by a shell in it or none. */
const modes = (rig: PaneRig, pane: string): string => {
  const tty = rig.format(pane, '#{pane_tty}');
  return execFileSync('stty', ['-a', '-F', tty], { encoding: 'utf8' });
};

for (const sh of SHELLS) {
  const under = sh.join(' ');

  for (const action of ['auto', 'view', 'offer'] as const) {
    test(`under ${under}: Enter and the signal start what waits (${action}), once and with the terminal as it was`, async (t) => {
      const rig = new PaneRig(t);
      const plain = rig.open('/bin/sh', '-c', 'exec sleep 600');
      for (const press of ['Enter', 'C-j', 'signal']) {
        const pane = wait(rig, { action, argv: PROGRAM }, sh);
        const launcher = rig.pid(pane);
        const waiter = await rig.waiter(pane);
        assert.doesNotMatch(rig.text(pane), /^started/m);
        if (press === 'signal') process.kill(waiter, 'SIGUSR2');
        else rig.tmux('send-keys', '-t', pane, press);
        await waitFor('the program', () => isRunning(rig, pane));
        assert.equal(rig.text(pane).match(/^started as it/gm)?.length, 1);
        assert.equal(rig.pid(pane), launcher);
        assert.equal(procView().children(launcher).length, 1);
        assert.equal(modes(rig, pane), modes(rig, plain));
        // What asked for the key is gone; of an offer, what was started stays.
        assert.doesNotMatch(rig.text(pane), /Enter/);
        assert.equal(rig.text(pane).includes('tmux-persist: /bin/sh -c'), action !== 'auto');
        // The program has the terminal: Ctrl-C ends it, and the shell comes.
        rig.tmux('send-keys', '-t', pane, 'C-c');
        await shellIn(rig, pane, '/bin/bash');
        assert.deepEqual([rig.pid(pane), rig.format(pane, '#{pane_dead}')], [launcher, '0']);
      }
    });
  }

  test(`under ${under}: any other key gives the shell, and no part of it reaches that`, async (t) => {
    const rig = new PaneRig(t);
    const keys = [
      'a',
      'Up',
      'F12',
      'C-c',
      'C-d',
      'C-z',
      'C-\\',
      'C-s',
      'Escape',
      'M-x',
      'C-Space',
      'é',
      'Space',
      'Tab',
    ];
    const panes = keys.map((key) => ({ key, pane: wait(rig, { action: 'offer', argv: PROGRAM }, sh) }));
    for (const { key, pane } of panes) {
      const launcher = rig.pid(pane);
      await rig.waiter(pane);
      rig.tmux('send-keys', '-t', pane, key);
      await shellIn(rig, pane, '/bin/bash');
      rig.type(pane, 'echo "[$((6 * 7))]"');
      const text = await waitFor('a command of the shell', () => /^\[42\]$/m.test(rig.text(pane)) && rig.text(pane));
      assert.match(text, /[$#] echo "\[\$\(\(6 \* 7\)\)\]"\n\[42\]/, key);
      assert.doesNotMatch(text, /^started|Enter|\^/m, key);
      assert.deepEqual([rig.pid(pane), procView().children(launcher)], [launcher, []], key);
    }
  });

  test(`under ${under}: what was typed before there was a question is no answer to it`, async (t) => {
    const rig = new PaneRig(t);
    const slow = 'until [ -e "$0" ]; do sleep 0.05; done; exec "$@"';
    for (const action of ['auto', 'offer'] as const) {
      const gate = join(rig.home, action);
      const pane = wait(rig, { action, argv: PROGRAM }, ['/bin/sh', '-c', slow, gate, ...sh]);
      rig.tmux('send-keys', '-t', pane, 'Enter');
      await waitFor('its echo', () => rig.format(pane, '#{cursor_y}') === '1');
      writeFileSync(gate, '');
      const waiter = await rig.waiter(pane);
      // Somebody who answers now is heard.
      rig.tmux('send-keys', '-t', pane, 'Enter');
      await waitFor('the program', () => isRunning(rig, pane));
      assert.equal(procView().read(waiter), null);
      assert.equal(rig.text(pane).match(/^started as it/gm)?.length, 1);
    }
  });

  test(`under ${under}: a paste runs nothing`, async (t) => {
    const rig = new PaneRig(t);
    const pane = wait(rig, { action: 'offer', argv: PROGRAM }, sh);
    await rig.waiter(pane);
    const lines = Array.from({ length: 40 }, (_, at) => `touch ${rig.home}/canary-${String(at)}\n`);
    rig.tmux('set-buffer', '-b', 'paste', lines.join(''));
    rig.tmux('paste-buffer', '-b', 'paste', '-t', pane);
    await shellIn(rig, pane, '/bin/bash');
    rig.type(pane, `touch ${rig.home}/typed`);
    await waitFor('what is typed later', () => existsSync(join(rig.home, 'typed')));
    assert.deepEqual(
      lines.filter((_, at) => existsSync(join(rig.home, `canary-${String(at)}`))),
      [],
    );
  });

  test(`under ${under}: a signal of another kind starts nothing`, async (t) => {
    const rig = new PaneRig(t);
    for (const signal of ['SIGTERM', 'SIGKILL', 'SIGUSR1'] as const) {
      const pane = wait(rig, { action: 'auto', argv: PROGRAM }, sh);
      const waiter = await rig.waiter(pane);
      process.kill(waiter, signal);
      // GNU dd takes SIGUSR1 for a question.
      if (signal === 'SIGUSR1') rig.tmux('send-keys', '-t', pane, 'q');
      await shellIn(rig, pane, '/bin/bash');
      assert.doesNotMatch(rig.text(pane), /^started/m);
    }
  });
}

test('what is declined at its turn says how to start it, and why it was there stays on the screen of an offer', async (t) => {
  const rig = new PaneRig(t);
  const canary = `$(touch ${rig.home}/canary); \u001b[31m'"\n#{pane_id}#(touch ${rig.home}/canary)`;
  const argv = ['/bin/echo', canary];
  const auto = wait(rig, { action: 'auto', argv });
  const offer = wait(rig, { action: 'offer', argv, notice: `tmux-persist: the reason: ${canary}` });
  await rig.waiter(auto);
  assert.match(rig.text(auto), /^tmux-persist: waiting for its turn .*shell\)\n*$/);
  await rig.waiter(offer);
  const shown = rig.text(offer);
  assert.match(shown, /^tmux-persist: the reason: \$\(touch .*\ntmux-persist: \/bin\/echo '\$\(touch /);
  assert.match(shown, /\ntmux-persist: Enter starts it, another key gives a shell\n*$/);
  for (const pane of [auto, offer]) rig.tmux('send-keys', '-t', pane, 'x');
  await shellIn(rig, auto, '/bin/bash');
  await shellIn(rig, offer, '/bin/bash');
  const command = /tmux-persist: not started; to start it by hand: (.*)\n/.exec(rig.text(auto))?.[1] ?? '';
  assert.match(command, /^\/bin\/echo '\$\(touch/);
  assert.equal(existsSync(join(rig.home, 'canary')), false);
});

test('the scrollback stays as it was, and a pane whose turn came shows nothing else', async (t) => {
  const rig = new PaneRig(t);
  const contentsPath = join(rig.home, 'text.gz');
  const lines = Array.from({ length: 100 }, (_, at) => `line ${String(at)} ${'x'.repeat(60)}`);
  writeFileSync(contentsPath, gzipSync(`${lines.join('\n')}\n`));
  const pane = wait(rig, { action: 'auto', argv: PROGRAM, contentsPath });
  await rig.release(pane);
  await waitFor('the program', () => isRunning(rig, pane));
  assert.equal(rig.text(pane), `${lines.join('\n')}\nstarted as it\n`);
});

test('a pane that changes its size while it waits goes on waiting, and is erased as before', async (t) => {
  const rig = new PaneRig(t);
  const pane = wait(rig, { action: 'auto', argv: PROGRAM });
  const waiter = await rig.waiter(pane);
  for (const [width, height] of [
    ['80', '24'],
    ['200', '60'],
    ['90', '10'],
  ] as const) {
    rig.tmux('resize-window', '-t', pane, '-x', width, '-y', height);
    await waitFor('its size', () => rig.format(pane, '#{pane_width}x#{pane_height}') === `${width}x${height}`);
  }
  assert.equal(await rig.waiter(pane), waiter);
  process.kill(waiter, 'SIGUSR2');
  await waitFor('the program', () => isRunning(rig, pane));
  assert.equal(rig.text(pane).trim(), 'started as it');
});

test('what wraps in a narrow pane is cut at its margin and not wrapped', async (t) => {
  const rig = new PaneRig(t);
  const pane = rig.open('/bin/sh');
  rig.tmux('resize-window', '-t', pane, '-x', '20', '-y', '5');
  rig.respawn(pane, launchOf(rig, { action: 'auto', argv: PROGRAM }));
  await rig.waiter(pane);
  assert.match(rig.text(pane), /^tmux-persist: waiti.\)?\n*$/);
  await rig.release(pane);
  await waitFor('the program', () => isRunning(rig, pane));
  assert.equal(rig.text(pane).trim(), 'started as it');
});

test('a waiting pane can be told from one that runs its program, and from any other', async (t) => {
  const rig = new PaneRig(t);
  const view = (): ReturnType<typeof procView> => procView();
  const pane = wait(rig, { action: 'view', argv: PROGRAM });
  const pid = rig.pid(pane);
  const waiter = await rig.waiter(pane);
  const waiting = holdingLauncher(pid, view());
  assert.deepEqual([waiting?.wait, waiting?.waiter?.pid, waiting?.program], ['view', waiter, null]);
  assert.equal(isWaiting(pid, view()), true);
  process.kill(waiter, 'SIGUSR2');
  await waitFor('the program', () => isRunning(rig, pane));
  const running = holdingLauncher(pid, view());
  assert.deepEqual([running?.waiter, running?.program?.argv], [null, ['sleep', '600']]);
  assert.equal(isWaiting(pid, view()), false);
  rig.tmux('send-keys', '-t', pane, 'C-c');
  await shellIn(rig, pane, '/bin/bash');
  assert.equal(holdingLauncher(pid, view()), null);
  // The same words, run by somebody in a shell.
  rig.type(pane, 'dd bs=64 count=1');
  await rig.waiter(pane);
  assert.equal(holdingLauncher(pid, view()), null);
});

test('markers of the agent that started the server reach neither the program nor the shell, in any way to go on', async (t) => {
  const rig = new PaneRig(t, { CLAUDECODE: '1', CLAUDE_CODE_CHILD_SESSION: '1', KEPT: '1' });
  const unset = ['CLAUDECODE', 'CLAUDE_CODE_CHILD_SESSION'];
  const seen = async (file: string): Promise<string[]> => {
    const path = join(rig.home, file);
    await waitFor(file, () => existsSync(path) && statSync(path).size > 0);
    return readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => /^(CLAUDE|KEPT)/.test(line));
  };
  const shell = join(rig.home, 'shell');
  writeFileSync(shell, `#!/bin/sh\nenv >"$HOME/$$.tmp"; mv "$HOME/$$.tmp" "$HOME/shell-$TMUX_PANE"; exec sleep 600\n`, {
    mode: 0o755,
  });
  const argv = ['/bin/sh', '-c', 'env >"$HOME/p.tmp"; mv "$HOME/p.tmp" "$HOME/program-$TMUX_PANE"'];
  for (const key of ['Enter', 'x']) {
    const pane = wait(rig, { action: 'offer', argv, unset, shell });
    await rig.waiter(pane);
    rig.tmux('send-keys', '-t', pane, key);
    assert.deepEqual(await seen(`shell-${pane}`), ['KEPT=1']);
    if (key === 'Enter') assert.deepEqual(await seen(`program-${pane}`), ['KEPT=1']);
    assert.equal(rig.format(pane, '#{pane_current_path}'), realpathSync(rig.home));
  }
});

for (const shell of ['/usr/bin/zsh', '/usr/bin/fish', '/usr/bin/nu', '/bin/sh'].filter((path) => existsSync(path))) {
  test(`${shell} is what Ctrl-C and a program's end leave`, async (t) => {
    const rig = new PaneRig(t);
    writeFileSync(join(rig.home, '.zshrc'), '');
    for (const keys of [['C-c'], ['Enter', 'C-c']]) {
      const pane = wait(rig, { action: 'offer', argv: ['/bin/sleep', '600'], shell });
      await rig.waiter(pane);
      for (const key of keys) {
        if (key === 'C-c' && keys.length > 1) await waitFor('the program', () => isRunning(rig, pane));
        rig.tmux('send-keys', '-t', pane, key);
      }
      await shellIn(rig, pane, shell);
      rig.type(pane, `/bin/sh -c 'echo answer $((6 * 7))'`);
      await waitFor('its answer', () => rig.text(pane).includes('answer 42'));
    }
  });
}
