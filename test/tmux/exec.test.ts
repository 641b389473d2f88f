/** How tmux is called, and what becomes of a call that gets no answer. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { join } from 'node:path';
import { clientEnvironment, runTmux, sourceLines, spawnTmux } from '../../src/tmux/exec.js';
import { TmuxRig, valueOf, waitFor } from '../support/tmux-rig.js';

const reasonOf = async (call: ReturnType<typeof runTmux>): Promise<string> => {
  const output = await call;
  return output.ok ? `an answer: ${JSON.stringify(output.value)}` : output.error.reason;
};

test('a call returns what tmux prints, and what it complains about with its exit code', async (t) => {
  const rig = await TmuxRig.start(t);
  const output = valueOf(await runTmux(rig.target, ['display-message', '-p', '#{session_name} é']));
  assert.deepEqual([output.exitCode, output.stdout.toString(), output.stderr], [0, 'main é\n', '']);
  const refused = valueOf(await runTmux(rig.target, ['has-session', '-t', '=nobody']));
  assert.deepEqual([refused.exitCode, refused.stderr], [1, "can't find session: nobody"]);
});

test('one failing line of a sourced file does not stop the others', async (t) => {
  const rig = await TmuxRig.start(t);
  const output = valueOf(
    await sourceLines(rig.target, ['display-message -p one', 'kill-session -t =nobody', 'display-message -p two']),
  );
  assert.equal(output.stdout.toString(), 'one\ntwo\n');
  assert.match(output.stderr, /can't find session/);
});

test('megabytes of output arrive whole', async (t) => {
  const rig = await TmuxRig.start(t);
  await rig.source(`set-option -g @long ${'x'.repeat(10_000)}`);
  const output = valueOf(
    await sourceLines(
      rig.target,
      Array.from({ length: 300 }, () => "display-message -p '#{@long}'"),
    ),
  );
  assert.equal(output.stdout.length, 300 * 10_001);
});

test('a stopped server is a hung one when the deadline has passed', async (t) => {
  const rig = await TmuxRig.start(t);
  rig.signal('SIGSTOP');
  const begun = performance.now();
  const output = await runTmux(rig.target, ['list-sessions'], { timeoutMs: 300 });
  assert.deepEqual(output, { ok: false, error: { reason: 'server-hung', socketPath: rig.socketPath, timeoutMs: 300 } });
  assert.ok(performance.now() - begun < 1500);
  assert.equal(await reasonOf(sourceLines(rig.target, ['list-sessions'], { timeoutMs: 300 })), 'server-hung');
});

test('a listener that is no tmux server and never answers is a hung one', async (t) => {
  const rig = await TmuxRig.make(t);
  const server = createServer(() => undefined).listen(rig.socketPath);
  t.after(() => server.close());
  await waitFor('the listener', () => server.listening);
  assert.equal(await reasonOf(runTmux(rig.target, ['list-sessions'], { timeoutMs: 300 })), 'server-hung');
});

test('a socket without a server, or none at all, is no server, and none gets started by a call', async (t) => {
  const rig = await TmuxRig.start(t);
  await rig.kill();
  const missing = { ...rig.target, socketPath: join(rig.folder, 'nothing') };
  for (const target of [rig.target, missing, { ...rig.target, socketPath: join(rig.folder, 'no', 'folder') }]) {
    for (const args of [['list-sessions'], ['new-session', '-d'], ['start-server'], ['source-file', '-']])
      assert.equal(await reasonOf(runTmux(target, args, { input: 'new-session -d\n' })), 'no-server');
    const sockets = await readFile('/proc/net/unix', 'utf8');
    assert.ok(!sockets.split('\n').some((line) => line.endsWith(` ${target.socketPath}`)));
  }
});

test('a server that is killed while it works is no server', async (t) => {
  const rig = await TmuxRig.start(t);
  const call = sourceLines(rig.target, [`run-shell -b 'touch ${join(rig.folder, 'working')}'`, 'wait-for never']);
  await waitFor('the waiting client', () => existsSync(join(rig.folder, 'working')));
  await rig.kill();
  assert.equal(await reasonOf(call), 'no-server');
});

test('a client that the server does not understand is replaced by the program that the server runs from', async (t) => {
  const rig = await TmuxRig.start(t);
  const binary = join(rig.folder, 'other-version');
  for (const complaint of ['server exited unexpectedly', 'server version is too old for client']) {
    await writeFile(binary, `#!/bin/sh\ncat >/dev/null\necho '${complaint}' >&2\nexit 1\n`, { mode: 0o755 });
    const output = valueOf(await sourceLines({ ...rig.target, binary }, ['display-message -p "#{session_name}"']));
    assert.equal(output.stdout.toString(), 'main\n');
  }
  await rig.kill();
  assert.equal(await reasonOf(runTmux({ ...rig.target, binary }, ['list-sessions'])), 'tmux-failed');
  await writeFile(binary, '#!/bin/sh\necho "server exited unexpectedly" >&2\nexit 1\n');
  assert.equal(await reasonOf(runTmux({ ...rig.target, binary }, ['list-sessions'])), 'no-server');
});

test('a tmux that is not there is missing, whatever its name looks like', async (t) => {
  const rig = await TmuxRig.start(t);
  const file = join(rig.folder, 'not-executable');
  await writeFile(file, '');
  for (const binary of ['tmux-that-is-not-there', join(rig.folder, 'tmux'), file, '/proc/4194399/exe'])
    assert.equal(await reasonOf(runTmux({ ...rig.target, binary }, ['list-sessions'])), 'tmux-missing');
});

test('a client sees nothing of our environment but a short list, and never the tmux that we run in', async (t) => {
  const rig = await TmuxRig.start(t);
  const names = ['TMUX', 'TMUX_PANE', 'TMUX_TMPDIR', 'SECRET'];
  for (const name of names) process.env[name] = join(rig.folder, 'other,1,0');
  t.after(() => {
    for (const name of names) Reflect.deleteProperty(process.env, name);
  });
  const child = spawnTmux(rig.target, ['wait-for', 'never']);
  t.after(() => child.kill('SIGKILL'));
  const environment = await waitFor('the environment of the client', async () => {
    const text = await readFile(`/proc/${String(child.pid)}/environ`, 'utf8').catch(() => '');
    return text.includes('PATH=') && text.split('\0');
  });
  for (const name of names) assert.ok(!environment.some((entry) => entry.startsWith(`${name}=`)), name);
  assert.deepEqual(
    new Set(environment.filter((entry) => entry !== '')),
    new Set(Object.entries(clientEnvironment()).map(([name, value]) => `${name}=${value}`)),
  );
  assert.equal(clientEnvironment('/saved')['PATH'], '/saved');
});

test('a client that somebody ends is a failure, not an answer', async (t) => {
  const rig = await TmuxRig.start(t);
  const call = sourceLines(rig.target, [
    'display-message -p half',
    `run-shell -b 'touch ${join(rig.folder, 'working')}'`,
    'wait-for never',
  ]);
  await waitFor('the waiting client', () => existsSync(join(rig.folder, 'working')));
  for (const pid of await rig.clients()) process.kill(pid, 'SIGKILL');
  assert.equal(await reasonOf(call), 'tmux-failed');
});

test('a call that is over leaves no client behind', async (t) => {
  const rig = await TmuxRig.start(t);
  rig.signal('SIGSTOP');
  assert.equal(await reasonOf(runTmux(rig.target, ['list-sessions'], { timeoutMs: 200 })), 'server-hung');
  assert.deepEqual(await rig.clients(), []);
});
