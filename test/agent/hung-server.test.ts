/**
 * A server that does not answer, or not to the end: it is not dead, nothing starts beside it, and nothing that it says by halves is
 * saved.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { before, describe, test, type TestContext } from 'node:test';
import { parseManifest, type Manifest } from '../../src/model/manifest.js';
import { AgentRig, buildProgram, entriesOf, namesOf, processesOf, whileStopped } from '../support/agent-rig.js';
import { lives, waitFor } from '../support/tmux-rig.js';

before(buildProgram);

const holds =
  (...names: string[]) =>
  (manifest: Manifest): boolean =>
    names.every((name) => namesOf(manifest.sessions).includes(name));

const manifestBytes = async (rig: AgentRig): Promise<string> =>
  readFile(join((await rig.stateFolder()) ?? '', 'manifest.json'), 'utf8');

/** The servers that run in the foreground, as those that an agent starts do. */
async function serversOfAgents(rig: AgentRig): Promise<string[]> {
  const pids = processesOf(rig.home).map(String);
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '')));
  return lines.filter((line) => line.includes('\0-D\0'));
}

/** Runs commands beside a server that does not answer: each ends, says why, and changes nothing. */
async function assertRefusals(rig: AgentRig, ...commands: readonly (readonly string[])[]): Promise<void> {
  const status = await rig.run(['status']);
  assert.equal(status.code, 0);
  assert.match(
    status.stdout,
    /^1\. The tmux server on\s+'.*' did not\s+answer\s+within\s+2\s+s;\s+it\s+may\s+be\s+stopped/m,
  );
  for (const args of commands) {
    const begun = performance.now();
    const ran = await rig.run(args);
    assert.deepEqual([ran.code, ran.stdout], [3, ''], args.join(' '));
    assert.match(ran.stderr, /^tmux-persist: not (saved|restored): the tmux server on '.*' did not answer within 5 s/);
    assert.ok(performance.now() - begun < 20_000, args.join(' '));
  }
}

/** Puts a `tmux` into a folder for PATH which cuts what the real one prints, at any byte, while the file `cut` is in HOME. */
async function cuttingTmux(rig: AgentRig): Promise<string> {
  const real = execFileSync('/bin/sh', ['-c', 'command -v tmux'], { encoding: 'utf8' }).trim();
  const folder = join(rig.home, 'bin');
  await mkdir(folder);
  // Blocked clients are left alone, so that the agent keeps hearing of changes.
  await rig.program(
    'bin/tmux',
    `case "$*" in *wait-for*) exec ${real} "$@";; esac
[ -e "$HOME/cut" ] || exec ${real} "$@"
out=$(mktemp "$HOME/out.XXXXXX") && ${real} "$@" >"$out"
code=$?
size=$(stat -c %s "$out")
random=$(od -An -N4 -tu4 /dev/urandom)
head -c $((random % (size + 1))) "$out"
rm -f "$out"
exit $code`,
  );
  return `${folder}:${rig.env['PATH'] ?? ''}`;
}

/** All states on disk: the last good one and history. */
async function statesOnDisk(rig: AgentRig): Promise<Manifest[]> {
  const folder = (await rig.stateFolder()) ?? '';
  const history = (await readdir(join(folder, 'history'))).map((name) => join('history', name));
  const states: Manifest[] = [];
  for (const name of ['manifest.json', ...history]) {
    const text = await readFile(join(folder, name), 'utf8').catch(() => null);
    const parsed = text === null ? null : parseManifest(text, name);
    if (parsed?.ok) states.push(parsed.value);
  }
  return states;
}

/** What a peer that is no tmux server does with whoever connects. */
const PEERS: Readonly<Record<string, (socket: Socket) => void>> = {
  'closes at once': (socket) => socket.destroy(),
  'says garbage': (socket) => socket.write(Buffer.alloc(4096, 0x41)),
  // The header of a message as tmux frames it (imsg.c), that says more than comes.
  'says half a message': (socket) => socket.write(Buffer.from([0xcf, 0, 0, 0, 0x40, 0, 0, 0, 8, 0])),
  'says nothing at all': () => undefined,
  // MSG_EXIT (203) with the exit code 0 for whatever is asked.
  'says that all went well': (socket) =>
    socket.write(Buffer.from([203, 0, 0, 0, 20, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])),
};

/** Listens on the rig's socket in the place of a server; returns what ends it. */
async function impersonate(t: TestContext, rig: AgentRig, answer: (socket: Socket) => void): Promise<() => void> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    answer(socket);
  });
  server.listen(rig.server.socketPath);
  await waitFor('the peer', () => server.listening);
  const end = (): void => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  t.after(end);
  return end;
}

describe('a server that hangs, or answers by halves', { concurrency: 12 }, () => {
  test('is not dead: commands end with a sentence, no server starts beside it, and what changes later is saved', async (t) => {
    const rig = await AgentRig.make(t);
    const agent = await rig.start('waiting');
    const pid = await rig.begin('kept');
    await rig.saved('the session', holds('kept'));
    const good = await manifestBytes(rig);
    process.kill(pid, 'SIGSTOP');
    await assertRefusals(rig, ['save'], ['restore', 'kept']);
    assert.deepEqual([await manifestBytes(rig), await serversOfAgents(rig)], [good, []]);
    assert.ok(await lives(agent.pid));
    process.kill(pid, 'SIGCONT');
    await rig.tmux('new-session', '-d', '-s', 'later');
    await rig.saved('a later session', holds('kept', 'later'));
    await waitFor('a status without problems', async () => (await rig.status()).problems.length === 0, 30_000);
    const { lastLoss, lastRestore, server } = await rig.status();
    assert.deepEqual([lastLoss, lastRestore, server?.pid], [null, null, pid]);
  });

  test('is not dead without an agent either', async (t) => {
    const rig = await AgentRig.make(t);
    const pid = await rig.begin('kept');
    assert.equal((await rig.run(['save'])).code, 0);
    const good = await manifestBytes(rig);
    process.kill(pid, 'SIGSTOP');
    await assertRefusals(rig, ['save'], ['restore'], ['restore', '--dry-run']);
    assert.deepEqual([await manifestBytes(rig), await serversOfAgents(rig)], [good, []]);
    process.kill(pid, 'SIGCONT');
    assert.equal((await rig.run(['save'])).code, 0);
    assert.equal(await rig.serverPid(), pid);
  });

  test('and is killed then has died: everything is back', async (t) => {
    const rig = await AgentRig.make(t);
    await rig.start('waiting');
    const pid = await rig.begin('kept');
    await rig.tmux('split-window', '-t', '=kept:');
    await rig.saved('both panes', ({ windows }) => windows[0]?.panes.length === 2);
    const before = await rig.shape();
    process.kill(pid, 'SIGSTOP');
    await waitFor('the problem in status', async () =>
      (await rig.status()).problems.some(({ code }) => code === 'server-hung'),
    );
    await rig.killServer(pid);
    await waitFor('the same picture', async () => (await rig.shape().catch(() => '')) === before);
    assert.equal((await rig.status()).lastLoss?.cause, 'signal');
  });

  for (const [what, ends] of [
    ['goes on: everything comes back, each session once', false],
    ['is killed: the next one gets everything', true],
  ] as const) {
    test(`in the middle of a restore and ${what}`, async (t) => {
      const rig = await AgentRig.make(t);
      await rig.start('waiting');
      const names = Array.from({ length: 40 }, (_, at) => `session ${String(at)}`);
      await rig.begin('session 0', 'sleep 1000');
      for (const name of names.slice(1)) await rig.tmux('new-session', '-d', '-s', name, 'sleep 1000');
      await rig.saved('everything', (m) => m.sessions.length === names.length);
      await rig.killServer(await rig.serverPid());
      const pid = await waitFor('the first session', async () => {
        const listed = await rig.tmux('list-sessions', '-F', '#{pid}').catch(() => '');
        return Number(listed.split('\n')[0]) || null;
      });
      process.kill(pid, 'SIGSTOP');
      const [status, manifest] = [await rig.run(['status', '--json']), await rig.manifest()];
      assert.equal(status.code, 0);
      assert.equal((manifest?.sessions.length ?? 0) + (manifest?.pending.length ?? 0), names.length);
      if (ends) await rig.killServer(pid);
      else process.kill(pid, 'SIGCONT');
      await rig.sessions(names);
      const saved = await rig.saved('all of them', (m) => m.sessions.length === names.length && m.pending.length === 0);
      assert.deepEqual(namesOf(saved.sessions), [...names].sort());
      assert.equal((await rig.serverPid()) === pid, !ends);
    });
  }

  test('A good manifest is never replaced by less: answers that are cut at any byte are never saved, and nothing is taken for closed.', async (t) => {
    const rig = await AgentRig.make(t);
    const env = { PATH: await cuttingTmux(rig) };
    await rig.start('waiting', { env });
    await rig.begin('s0');
    const names = ['s0', 's1', 's2', 's3', 's4'];
    for (const name of names.slice(1)) await rig.tmux('new-session', '-d', '-s', name);
    for (const name of names) {
      await rig.tmux('split-window', '-d', '-t', `=${name}:`);
      await rig.tmux('set-option', '-t', name, '@mine', `value of ${name}`);
    }
    const isWhole = ({ sessions, windows, pending, closed }: Manifest): boolean =>
      namesOf(sessions).join() === names.join() &&
      windows.length === names.length &&
      windows.every(({ panes }) => panes.length === 2) &&
      sessions.every(({ options }) => typeof options['@mine'] === 'string') &&
      pending.length + closed.length === 0;
    await rig.saved('everything', isWhole);
    const folder = (await rig.stateFolder()) ?? '';
    await rm(join(folder, 'history'), { recursive: true });
    await mkdir(join(folder, 'history'), { mode: 0o700 });
    await writeFile(join(rig.home, 'cut'), '');
    const codes = new Set<number | null>();
    for (let round = 0; round < 12; round++) {
      await rig.tmux('select-window', '-t', `=${names[round % names.length] ?? ''}:`);
      await rig.tmux('resize-pane', '-t', '=s0:', round % 2 === 0 ? '-U' : '-D');
      const ran = await rig.run(['save'], { env });
      codes.add(ran.code);
      assert.ok(ran.code === 0 || ran.code === 3, ran.stderr);
      if (ran.code === 3) assert.match(ran.stderr, /^tmux-persist: not saved: .*; nothing was saved/);
      const status = await rig.run(['status', '--json'], { env });
      assert.equal(status.code, 0, status.stderr);
      for (const state of await statesOnDisk(rig)) assert.ok(isWhole(state), JSON.stringify(state));
    }
    assert.ok(codes.has(3), 'at least one answer was cut');
    await rm(join(rig.home, 'cut'));
    await rig.tmux('new-session', '-d', '-s', 'later');
    await rig.saved('a later session', holds(...names, 'later'));
    const { lastLoss } = await rig.status();
    assert.equal(lastLoss, null);
  });

  for (const [what, answer] of Object.entries(PEERS)) {
    test(`a peer on the socket of a living server that ${what} costs nothing, and the server is found again`, async (t) => {
      const rig = await AgentRig.make(t);
      const agent = await rig.start('waiting');
      const pid = await rig.begin('kept');
      await rig.saved('the session', holds('kept'));
      const good = await manifestBytes(rig);
      const end = await whileStopped(agent, async () => {
        await rm(rig.server.socketPath);
        return impersonate(t, rig, answer);
      });
      for (const args of [['save'], ['restore']]) {
        const ran = await rig.run(args);
        assert.deepEqual([ran.code, ran.stdout], [3, ''], `${args.join(' ')}: ${ran.stderr}`);
        assert.match(ran.stderr, /^tmux-persist: not (saved|restored): \S.*\n$/);
      }
      const status = await rig.run(['status', '--json']);
      assert.equal(status.code, 0, status.stderr);
      assert.deepEqual([await manifestBytes(rig), await serversOfAgents(rig)], [good, []]);
      assert.ok((await lives(pid)) && (await lives(agent.pid)));
      end();
      await waitFor('the server', async () => (await rig.serverPid().catch(() => 0)) === pid, 30_000);
      await rig.tmux('new-session', '-d', '-s', 'later');
      const manifest = await rig.saved('a later session', holds('kept', 'later'));
      assert.deepEqual(entriesOf([...manifest.pending, ...manifest.closed]), []);
      assert.deepEqual([(await rig.status()).lastLoss, manifest.server?.pid], [null, pid]);
    });
  }

  test('a peer that is there before any server is waited out: nothing starts beside it, and the server after it gets everything', async (t) => {
    const rig = await AgentRig.make(t);
    const pid = await rig.begin('kept');
    assert.equal((await rig.run(['save'])).code, 0);
    const good = await manifestBytes(rig);
    await rig.killServer(pid);
    await rm(rig.server.socketPath);
    const end = await impersonate(t, rig, (socket) => socket.write('hello\n'));
    const agent = rig.launch();
    await waitFor('what it says of the server', () => agent.log().includes('starting the tmux server failed'));
    assert.deepEqual([await manifestBytes(rig), await serversOfAgents(rig)], [good, []]);
    end();
    await rig.sessions(['kept'], 30_000);
  });
});
