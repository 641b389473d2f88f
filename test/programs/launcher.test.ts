/** The start command of a restored pane, in a real /bin/sh and in real tmux panes. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  realpathSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { displayText, type Text } from '../../src/model/text.js';
import { isLauncher, launchArguments, waitingProgram, type Launch } from '../../src/programs/launcher.js';
import { procView } from '../../src/programs/process-view.js';
import type { Resumption } from '../../src/programs/resumption.js';
import { temporaryFolder } from './fake-view.js';
import { PaneRig, waitFor } from './pane-rig.js';

const aLaunch = (more: Partial<Launch> = {}): Launch => ({
  ...{
    shell: '/bin/bash',
    defaultCommand: '',
    contentsPath: null,
    notice: null,
    resumption: null,
    argv: [],
    death: null,
  },
  ...more,
});

const aStart = (argv: readonly Text[], more: Partial<Resumption> = {}): Resumption => ({
  ...{ action: 'auto', argv, env: {}, unset: [], cwd: '/', notice: null, counts: 'resumed' },
  ...more,
});

/** Every one would leave a file named canary-* behind if it were parsed by a shell. */
const CANARIES = [
  '$(touch canary-1)',
  '`touch canary-2`',
  '; touch canary-3',
  "' ; touch canary-4 ; '",
  '" ; touch canary-5 ; "',
  'a\ntouch canary-6\n',
  '--',
  '-e',
  '-n',
  '*',
  '$HOME ${IFS} %s %n \\033[31m \\c',
  '#(touch canary-7) #{pane_id}',
  '',
  '{ touch canary-8; }',
  '| tee canary-9',
  '~',
];

/** What a waiting launcher leaves on the screen once it goes on: a line without wrapping, and its erasure. */
const ERASED = /\u001b\[\?7l[^\u001b]*\u001b\[\?7h\r\u001b\[K/;

/** Runs a launcher to its end in a folder, with a shell that prints its arguments; Enter is all that is ever pressed. */
function runIn(folder: string, launch: Launch, env: NodeJS.ProcessEnv = {}): string {
  const [file, ...args] = launchArguments(launch).map(displayTextless);
  // A file, for whoever ends without reading would break a pipe.
  const keys = join(folder, 'keys');
  writeFileSync(keys, '\n');
  const input = openSync(keys, 'r');
  const output = execFileSync(file ?? '', args, {
    ...{ cwd: folder, encoding: 'utf8', timeout: 15_000, stdio: [input, 'pipe', 'ignore'] },
    env: { PATH: process.env['PATH'], ...env },
  });
  closeSync(input);
  return output.replace(ERASED, '');
}

/** Returns a Text that a test wrote as a string. */
function displayTextless(text: Text): string {
  assert.ok(typeof text === 'string');
  return text;
}

const canariesOf = (folder: string): string[] => readdirSync(folder).filter((name) => name.startsWith('canary'));

/** A shell that prints how it was called. */
function aShell(folder: string): string {
  const path = join(folder, 'shell');
  writeFileSync(path, '#!/bin/sh\nprintf "<%s>" shell "$@"\n', { mode: 0o755 });
  return path;
}

test('passes every argument and variable to the program byte for byte, and runs none of them', (t) => {
  const folder = realpathSync(temporaryFolder(t));
  const printer = ['/usr/bin/env', 'printf', '<%s>'];
  const output = runIn(
    folder,
    aLaunch({ shell: aShell(folder), resumption: aStart([...printer, ...CANARIES], { cwd: folder }) }),
  );
  assert.equal(output, `${CANARIES.map((canary) => `<${canary}>`).join('')}<shell><-l>`);

  for (const canary of CANARIES) {
    const program = ['/usr/bin/env', 'sh', '-c', 'printf "%s|%s" "$VALUE" "$PWD"'];
    const cwd = join(folder, `x${canary}`);
    mkdirSync(cwd, { recursive: true });
    const notice = canary;
    const launch = aLaunch({
      shell: aShell(folder),
      notice,
      resumption: aStart(program, { cwd, env: { VALUE: canary }, notice }),
    });
    assert.ok(runIn(folder, launch).endsWith(`${canary}|${cwd}<shell><-l>`), canary);
    // The command for a person is built from the same words.
    const failing = aLaunch({
      shell: aShell(folder),
      resumption: aStart(['/usr/bin/env', 'false', canary], { cwd: folder }),
    });
    assert.match(runIn(folder, failing), /it ended at once \(status 1\); to start it by hand: .*<shell><-l>$/s);
  }
  assert.deepEqual(canariesOf(folder), []);
  assert.deepEqual(canariesOf('/').concat(canariesOf(process.cwd())), []);
});

test('ends in a login shell, or in the default command exactly as tmux runs it', (t) => {
  const folder = temporaryFolder(t);
  const shell = aShell(folder);
  assert.equal(runIn(folder, aLaunch({ shell })), '<shell><-l>');
  assert.equal(runIn(folder, aLaunch({ shell, defaultCommand: 'exec fish; "x"' })), '<shell><-c><exec fish; "x">');
  // A shell that is not there any more must not cost the pane.
  assert.equal(runIn(folder, aLaunch({ shell: '/nowhere/zsh' })), '');
});

test('leaves the environment of the shell as it was, but for the markers of other agents', (t) => {
  const folder = realpathSync(temporaryFolder(t));
  const shell = join(folder, 'shell');
  writeFileSync(shell, '#!/bin/sh\nenv | sort >shell.env\n', { mode: 0o755 });
  const env = {
    shell: 'mine',
    tp_shell: 'mine',
    delay: '5',
    HOME: folder,
    CLAUDECODE: '1',
    CLAUDE_PID: '7',
    PWD: folder,
  };
  const program = ['/bin/sh', '-c', 'env | sort >program.env'];
  const unset = ['CLAUDECODE', 'CLAUDE_PID', 'not a name; touch canary-1'];
  const more = { cwd: folder, unset, env: { CLAUDE_CONFIG_DIR: '/x y', 'bad name': 'x', PATH: '/usr/bin:/bin' } };
  runIn(folder, aLaunch({ shell, resumption: aStart(program, more) }), env);
  const seen = (file: string): string[] =>
    readFileSync(join(folder, file), 'utf8')
      .split('\n')
      .filter((line) => !/^(_=|$)/.test(line));
  const expected = ['HOME', 'PWD', 'delay', 'shell'];
  const names = (lines: readonly string[]): string[] => lines.map((line) => line.split('=', 1)[0] ?? '').sort();
  assert.deepEqual(
    names(seen('shell.env')).filter((name) => !['PATH', 'tp_shell'].includes(name)),
    expected,
  );
  assert.ok(seen('shell.env').includes('shell=mine'));
  assert.ok(seen('shell.env').includes(`PATH=${process.env['PATH'] ?? ''}`));
  assert.ok(seen('program.env').includes('CLAUDE_CONFIG_DIR=/x y'));
  assert.ok(seen('program.env').includes('PATH=/usr/bin:/bin'));
  assert.equal(
    seen('program.env').some((line) => line.startsWith('CLAUDE_PID')),
    false,
  );
});

test('shows the scrollback and ends its colours before anything else', (t) => {
  const folder = temporaryFolder(t);
  const contentsPath = join(folder, '-$(touch canary-1).gz');
  writeFileSync(contentsPath, gzipSync('\u001b[31mred\n'));
  const output = runIn(folder, aLaunch({ shell: aShell(folder), contentsPath, notice: 'a\u001b[0mb' }));
  assert.equal(output, '\u001b[31mred\n\u001b[0m\u000fa\\x1b[0mb\n<shell><-l>');
  const missing = runIn(folder, aLaunch({ shell: aShell(folder), contentsPath: join(folder, 'missing.gz') }));
  assert.equal(missing, '\u001b[0m\u000f<shell><-l>');
  assert.deepEqual(canariesOf(folder), []);
});

test('starts nothing in another directory than the saved one', (t) => {
  const folder = temporaryFolder(t);
  const gone = join(folder, 'gone');
  const output = runIn(
    folder,
    aLaunch({ shell: aShell(folder), resumption: aStart(['/bin/touch', 'started'], { cwd: gone }) }),
  );
  assert.match(output, /the directory is gone; to start it by hand: \/bin\/touch started\n<shell><-l>$/);
  assert.equal(existsSync(join(folder, 'started')), false);
});

test('knows its own start command, and what that is about to run', () => {
  const argv = ['/opt/a=b/claude', '--resume', 'x', ''];
  const resumption = aStart(argv, { cwd: '/x y', env: { PATH: '/a=b:/c', A: { base64: '/w==' } }, unset: ['A', 'B'] });
  const start = launchArguments(aLaunch({ resumption }));
  assert.equal(isLauncher(start), true);
  assert.equal(isLauncher(['/bin/sh', '-c', 'an older text', 'tmux-persist', 'x']), true);
  for (const other of [[], ['vim', 'x'], ['/bin/sh', '-c', 'tmux-persist', 'x'], ['/bin/sh', '-c', 'x', 'sh']]) {
    assert.equal(isLauncher(other), false);
  }
  const waiting = waitingProgram(start);
  assert.equal(waiting?.wait, 'turn');
  assert.deepEqual(waiting.argv, argv);
  assert.deepEqual(waiting.cwd, '/x y');
  assert.deepEqual(
    [...waiting.env],
    [
      ['PATH', '/a=b:/c'],
      ['A', { base64: '/w==' }],
    ],
  );
  for (const [action, wait] of [
    ['view', 'view'],
    ['offer', 'enter'],
  ] as const) {
    const other = waitingProgram(launchArguments(aLaunch({ resumption: { ...resumption, action } })));
    assert.deepEqual([other?.wait, other?.argv], [wait, argv]);
  }
  // One that an earlier version made is found by the places of its arguments, whatever its text says.
  assert.deepEqual(waitingProgram([...start.slice(0, 2), 'an older text', ...start.slice(3)])?.argv, argv);
  const shell = launchArguments(aLaunch({ resumption: { ...resumption, action: 'shell', argv: [] } }));
  for (const other of [shell, launchArguments(aLaunch()), ['vim', 'turn'], []])
    assert.equal(waitingProgram(other), null);
});

test('is one line without single quotes, so that tmux shows it on one row', () => {
  const kinds: Partial<Launch>[] = [
    {},
    { resumption: aStart(['/bin/true']) },
    { argv: ['less'] },
    { death: { status: 1, until: 0 } },
  ];
  for (const kind of kinds) {
    const words = launchArguments(aLaunch(kind));
    const script = words[words.indexOf('-c') + 1] ?? '';
    assert.match(displayText(script), /exec/);
    assert.doesNotMatch(displayText(script), /['\n]/);
  }
});

test('a pane that was dead ends with its status, and is a shell once the user respawns it', (t) => {
  const folder = temporaryFolder(t);
  const contentsPath = join(folder, 'text.gz');
  writeFileSync(contentsPath, gzipSync('text\n'));
  const now = Math.floor(Date.now() / 1000);
  const launch = (until: number): Launch =>
    aLaunch({ shell: aShell(folder), contentsPath, death: { status: 42, until } });
  assert.throws(() => runIn(folder, launch(now + 60)), { status: 42, stdout: 'text\n\u001b[0m\u000f' });
  assert.equal(runIn(folder, launch(now - 1)), 'text\n\u001b[0m\u000f<shell><-l>');
});

test('in tmux: the program is the current command, Ctrl-C ends it, and the pane becomes the shell itself', async (t) => {
  const rig = new PaneRig(t);
  const pane = rig.open('/bin/sh');
  rig.respawn(pane, launchArguments(aLaunch({ resumption: aStart(['/bin/sleep', '600'], { cwd: rig.home }) })));
  const launcher = rig.pid(pane);
  await rig.release(pane);
  await waitFor('the program', () => rig.format(pane, '#{pane_current_command}') === 'sleep');
  rig.tmux('send-keys', '-t', pane, 'C-c');
  await waitFor('the shell', () => procView().read(launcher)?.argv.map(displayText).join(' ') === '/bin/bash -l');
  assert.equal(rig.pid(pane), launcher);
  assert.deepEqual(procView().children(launcher), []);
  await waitFor('a line that says so', () => rig.text(pane).includes('it ended at once (status 130)'));
  assert.equal(rig.format(pane, '#{pane_current_path}'), realpathSync(rig.home));

  // The shell is as good as one that tmux started: same ignored signals, working job control.
  const plain = rig.open('/bin/bash', '-l');
  const signals = (of: string): string =>
    readFileSync(`/proc/${String(rig.pid(of))}/status`, 'utf8')
      .match(/^Sig(Ign|Blk|Cgt):.*$/gm)
      ?.join() ?? '';
  await waitFor('the same signal actions', () => signals(pane) === signals(plain));
  rig.type(pane, 'sleep 601');
  await waitFor('a program of the shell', () => rig.format(pane, '#{pane_current_command}') === 'sleep');
  rig.tmux('send-keys', '-t', pane, 'C-z');
  await waitFor('job control', () => rig.text(pane).includes('Stopped'));
});

test('in tmux: a program that ends well leaves the shell without a word, one that fails leaves a reason', async (t) => {
  const rig = new PaneRig(t);
  const ended = async (argv: readonly Text[]): Promise<string> => {
    const pane = rig.open('/bin/sh');
    rig.respawn(pane, launchArguments(aLaunch({ resumption: aStart(argv, { cwd: rig.home }) })));
    await rig.release(pane);
    await waitFor('the shell', () => procView().read(rig.pid(pane))?.argv[0] === '/bin/bash');
    return waitFor('its prompt', () => (/[$#] ?$/m.test(rig.text(pane).trimEnd()) ? rig.text(pane) : null));
  };
  assert.doesNotMatch(await ended(['/bin/true']), /tmux-persist/);
  assert.match(await ended(['/bin/false', 'a b']), /status 1\); to start it by hand: \/bin\/false 'a b'/);
  assert.match(await ended(['/nowhere/claude']), /status 127/);
});

// The launcher is for /bin/sh, which is dash on some systems and bash on others.
for (const sh of [['/bin/sh'], ['/bin/bash', '--posix']]) {
  test(`in tmux: a program that is stopped goes on under ${sh.join(' ')}, for no shell could bring it back`, async (t) => {
    const rig = new PaneRig(t);
    const pane = rig.open('/bin/sh');
    const argv = ['/bin/sh', '-c', 'kill -TSTP $$; echo went on; exec sleep 600'];
    rig.respawn(pane, [...sh, ...launchArguments(aLaunch({ resumption: aStart(argv, { cwd: rig.home }) })).slice(1)]);
    await rig.release(pane);
    await waitFor('it to go on', () => rig.text(pane).includes('went on'));
    const program = await waitFor('the program', () => {
      const [pid] = procView().children(rig.pid(pane));
      return pid !== undefined && rig.format(pane, '#{pane_current_command}') === 'sleep' ? pid : null;
    });
    const launcher = rig.pid(pane);
    for (let times = 0; times < 3; times += 1) {
      rig.tmux('send-keys', '-t', pane, 'C-z');
      await waitFor('the key', () => rig.text(pane).split('^Z').length === times + 2);
      await waitFor('it to run in the foreground', () => {
        const info = procView().read(program);
        return info?.state === 'S' && info.tpgid === info.pgrp;
      });
    }
    rig.tmux('send-keys', '-t', pane, 'C-c');
    await waitFor('the shell', () => procView().read(launcher)?.argv[1] === '-l');
    await waitFor('its prompt', () => /[$#] ?$/.test(rig.text(pane).trimEnd()));
    assert.deepEqual([rig.pid(pane), rig.format(pane, '#{pane_dead}')], [launcher, '0']);
  });
}

test('in tmux: canaries in every place stay inert, and the row of list-panes stays one row', async (t) => {
  const rig = new PaneRig(t);
  const cwd = join(rig.home, '$(touch canary-1); #(touch canary-2)');
  mkdirSync(cwd);
  const pane = rig.open('/bin/sh');
  const argv = ['/usr/bin/env', 'sleep', '600'];
  const resumption = aStart(argv, { cwd, env: { VALUE: CANARIES.join('\n') }, notice: CANARIES.join(' ') });
  rig.respawn(pane, launchArguments(aLaunch({ resumption })));
  await rig.release(pane);
  await waitFor('the program', () => rig.format(pane, '#{pane_current_command}') === 'sleep');
  assert.equal(rig.format(pane, '#{pane_current_path}'), cwd);
  assert.equal(rig.tmux('list-panes', '-t', pane, '-F', '#{pane_start_command}').split('\n').length, 1);
  assert.deepEqual([...canariesOf(rig.home), ...canariesOf(cwd)], []);
});
