/**
 * The death of a server, told apart by how it came: what crashed comes back by itself, what its user ended stays ended.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import type { Manifest } from '../../src/model/manifest.js';
import type { StatusReport } from '../../src/model/report.js';
import { AgentRig, buildProgram, entriesOf, namesOf } from '../support/agent-rig.js';
import { lives, waitFor } from '../support/tmux-rig.js';

before(buildProgram);

const holds =
  (...names: string[]) =>
  (manifest: Manifest): boolean =>
    names.every((name) => namesOf(manifest.sessions).includes(name));

describe('the death of a server', { concurrency: 3 }, () => {
  test('When the tmux server dies (SIGKILL), everything is back by itself in the same boot, without a key pressed and without a client attached.', async (t) => {
    const rig = await AgentRig.make(t);
    await rig.start('waiting');
    const pid = await rig.begin('api', '-n', 'editor');
    await rig.tmux('split-window', '-h', '-t', '=api:editor', '-c', '/usr');
    await rig.tmux('split-window', '-v', '-t', '=api:editor', '-c', '/etc');
    await rig.tmux('new-window', '-d', '-t', '=api:5', '-n', 'logs');
    await rig.tmux('new-session', '-d', '-s', 'web app', '-n', 'build', '-x', '100', '-y', '30');
    await rig.tmux('resize-pane', '-Z', '-t', '=api:editor.1');
    const before = await rig.shape();
    await rig.saved(
      'everything',
      (manifest) => manifest.windows.length === 3 && manifest.windows.some((w) => w.zoomed),
    );
    await rig.killServer(pid);
    await waitFor('the same picture', async () => (await rig.shape().catch(() => '')) === before);
    assert.notEqual(await rig.serverPid(), pid);
    const manifest = await rig.saved('the new server', ({ server }) => server !== null && server.pid !== pid);
    assert.deepEqual(entriesOf([...manifest.pending, ...manifest.closed]), []);
    const { lastLoss, lastRestore, problems } = await rig.status();
    assert.deepEqual(
      [lastLoss?.cause, lastLoss?.sessions, lastRestore?.restored, lastRestore?.failed],
      ['signal', 2, 2, 0],
    );
    assert.deepEqual(problems, []);
  });

  test('What died comes back: also when the server is killed in the very moment of a change, which is when memory runs out.', async (t) => {
    const rig = await AgentRig.make(t);
    await rig.start('waiting');
    await rig.begin('kept');
    await rig.saved('the session', holds('kept'));
    // The third death of a server that was restored into would be a crash loop.
    for (let round = 0; round < 3; round++) {
      const pid = await rig.serverPid();
      await rig.tmux('rename-window', '-t', '=kept:', `change-${String(round)}`);
      await rig.killServer(pid);
      await rig.sessions(['kept']);
      assert.equal((await rig.status()).lastLoss?.cause, 'signal');
      await rig.saved('the new server', ({ server }) => server !== null && server.pid !== pid);
    }
  });

  for (const [how, end] of [
    ['kill-server', (rig: AgentRig) => rig.tmux('kill-server')],
    ['the end of the last session', (rig: AgentRig) => rig.tmux('kill-session', '-t', '=own')],
    ['a SIGTERM with no evidence of trouble near', async (rig: AgentRig) => process.kill(await rig.serverPid())],
  ] as const) {
    test(`What the user closed stays closed, and can be brought back by name: ${how}.`, async (t) => {
      const rig = await AgentRig.make(t);
      const agent = await rig.start('waiting');
      const pid = await rig.begin('own');
      await rig.saved('the session', holds('own'));
      await end(rig);
      await rig.waitState(agent, 'waiting');
      const manifest = await rig.saved('the closing', ({ closed }) => closed.length === 1);
      assert.deepEqual(namesOf(manifest.sessions), []);
      // A look may have seen the last session go before the server went.
      assert.match(entriesOf(manifest.closed).join(), /^kill-(server|session) own$/);
      await waitFor('the end of the server', async () => !(await lives(pid)));
      assert.equal((await rig.status()).lastLoss?.cause, 'kill-server');

      await rig.begin('next');
      const saved = await rig.saved('the new session', holds('next'));
      assert.deepEqual([namesOf(saved.sessions), entriesOf(saved.closed)], [['next'], entriesOf(manifest.closed)]);
      await rig.sessions(['next']);
      assert.equal((await rig.status()).lastRestore, null, 'nothing was restored');

      const ran = await rig.run(['restore', 'own']);
      assert.equal(ran.code, 0, ran.stderr);
      await rig.sessions(['next', 'own']);
      await rig.saved('both', (both) => holds('next', 'own')(both) && both.closed.length === 0);
    });
  }

  test('after kill-server everything comes back where @tmux-persist-after-kill-server is restore', async (t) => {
    const rig = await AgentRig.make(t, { config: 'set -g @tmux-persist-after-kill-server restore' });
    await rig.start('waiting');
    const pid = await rig.begin('own');
    await rig.saved('the session', holds('own'));
    await rig.tmux('kill-server');
    await waitFor('the end of the server', async () => !(await lives(pid)));
    await rig.sessions(['own']);
    const manifest = await rig.saved('the next server', ({ server }) => server !== null && server.pid !== pid);
    assert.deepEqual(entriesOf([...manifest.pending, ...manifest.closed]), []);
    const { lastLoss, lastRestore } = await rig.status();
    assert.deepEqual([lastLoss?.cause, lastRestore?.restored], ['kill-server', 1]);
  });

  test('who starts and saves the next server right after kill-server brings nothing back', async (t) => {
    const rig = await AgentRig.make(t);
    await rig.start('waiting');
    const pid = await rig.begin('own');
    await rig.saved('the session', (m) => m.sessions.length === 1);
    await rig.tmux('kill-server');
    await waitFor('its end', async () => !(await lives(pid)));
    await rig.begin('next');
    assert.equal((await rig.run(['save'])).code, 0);
    // The save may come first, and take what was closed for lost: that is made right as soon as the end is on record.
    const isClosed = (m: Manifest): boolean =>
      namesOf(m.sessions).includes('next') && entriesOf(m.closed).includes('kill-server own');
    const manifest = await rig.saved('the closing, beside the next server', isClosed);
    assert.deepEqual([namesOf(manifest.sessions), entriesOf(manifest.pending)], [['next'], []]);
    await waitFor('the agent to have met it', async () => (await rig.status()).agent.state === 'watching');
    assert.deepEqual([(await rig.status()).lastRestore, (await rig.status()).server?.sessions], [null, 1]);
  });

  test('a kill-server that is on record, but could not be written into the saved state, is no loss', async (t) => {
    const rig = await AgentRig.make(t);
    const agent = await rig.start('waiting');
    const pid = await rig.begin('own');
    const { server, bootId } = await rig.saved('the session', holds('own'));
    await agent.end('SIGKILL');
    await rig.tmux('kill-server');
    await waitFor('the end of the server', async () => !(await lives(pid)));
    const loss = { kind: 'loss', at: new Date().toISOString(), bootId, cause: 'kill-server', detail: 'x', sessions: 1 };
    const entries = [{ ...loss, unit: null, closed: true, server: { pid, startTime: server?.startTime } }];
    const journal = join((await rig.stateFolder()) ?? '', 'journal.json');
    await writeFile(journal, JSON.stringify({ format: 'tmux-persist-journal/1', entries }));
    await rig.begin('next');
    await rig.start('watching');
    const saved = await rig.saved('the new session', holds('next'));
    assert.deepEqual([entriesOf(saved.pending), entriesOf(saved.closed)], [[], ['kill-server own']]);
    await rig.sessions(['next']);
  });

  test('a server that lingers after kill-server is followed to its end, and the next one is found', async (t) => {
    const rig = await AgentRig.make(t);
    const agent = await rig.start('waiting');
    const pid = await rig.begin('own');
    await rig.saved('the session', holds('own'));
    const job = rig.tmux('run-shell', 'touch "$HOME/started"; sleep 2').catch(() => '');
    await waitFor('the job', () => existsSync(join(rig.home, 'started')));
    const killedAt = performance.now();
    await rig.tmux('kill-server');
    await waitFor('the end of the server', async () => !(await lives(pid)));
    assert.ok(performance.now() - killedAt > 1000, 'it ends with its last job');
    await job;
    await rig.waitState(agent, 'waiting');
    const { lastLoss } = await rig.status();
    assert.equal(lastLoss?.cause, 'kill-server', lastLoss?.detail);
    await rig.begin('next');
    await rig.saved('the new session', holds('next'));
  });

  test('a server started by hand after the loss gets the sessions back beside its own new session', async (t) => {
    const rig = await AgentRig.make(t);
    const agent = await rig.start('waiting');
    const pid = await rig.begin('old');
    await rig.saved('the session', holds('old'));
    agent.process.kill('SIGKILL');
    await rig.killServer(pid);
    await rig.begin('new');
    const [pane] = await rig.server.rows('list-panes', '#{pane_id} #{pane_pid}', '-a');
    await rig.start('watching');
    await rig.sessions(['new', 'old']);
    assert.ok((await rig.server.rows('list-panes', '#{pane_id} #{pane_pid}', '-a')).includes(pane ?? ''));
    const { lastLoss, lastRestore } = await rig.status();
    assert.deepEqual([lastLoss?.cause, lastLoss?.sessions, lastRestore?.restored], ['unknown', 1, 1]);
  });

  test('an agent that comes after the server died finds it out at its start, and brings everything back', async (t) => {
    const rig = await AgentRig.make(t);
    const pid = await rig.begin('a');
    await rig.tmux('new-session', '-d', '-s', 'b');
    assert.equal((await rig.run(['save'])).code, 0);
    await rig.killServer(pid);
    await rig.start('watching');
    await rig.sessions(['a', 'b']);
    assert.equal((await rig.status()).lastLoss?.detail, 'it ended while no agent was watching');
  });

  test('What is live is never touched: a session in which tmux.conf runs a program is left alone, and the saved one of its name waits.', async (t) => {
    const rig = await AgentRig.make(t, { config: 'new-session -d -s main "sleep 1000"\nnew-session -d -s plain\n' });
    await rig.start('waiting');
    const pid = await rig.begin('work');
    await rig.tmux('split-window', '-t', '=main:');
    await rig.tmux('split-window', '-t', '=main:');
    await rig.saved('all panes', (manifest) => manifest.windows.some((window) => window.panes.length === 3));
    await rig.killServer(pid);
    await rig.sessions(['main', 'plain', 'work']);
    const manifest = await rig.saved('the new server', (m) => m.server?.pid !== pid && holds('work', 'main')(m));
    assert.equal((await rig.server.rows('list-panes', '#{pane_id}', '-t', '=main:')).length, 1);
    const main = manifest.pending.find(({ session }) => session.name === 'main');
    assert.deepEqual([main?.how, main?.windows[0]?.panes.length], ['skipped', 3]);
  });

  test('what a server refuses to hold is kept, told of, and brought back once it can be', async (t) => {
    const rig = await AgentRig.make(t);
    await rig.start('waiting');
    const pid = await rig.begin('kept');
    await rig.saved('the session', holds('kept'));
    // No session can be made under a name that an alias has taken away.
    await writeFile(join(rig.home, '.tmux.conf'), 'set -s command-alias[100] new-session=no-such-command\n');
    await rig.killServer(pid);
    const manifest = await rig.saved('the failure', (m) => m.server?.pid !== pid && m.pending.length === 1);
    assert.deepEqual([namesOf(manifest.sessions), entriesOf(manifest.pending)], [[], ['failed kept']]);
    const { lastRestore, problems } = await rig.status();
    assert.deepEqual([lastRestore?.restored, lastRestore?.failed, problems[0]?.code], [0, 1, 'not-restored']);
    const again = await rig.run(['restore']);
    assert.equal(again.code, 5, again.stderr);
    assert.match(again.stdout, /^kept +failed /);
    await rig.tmux('set-option', '-su', 'command-alias[100]');
    assert.equal((await rig.run(['restore'])).code, 0);
    await rig.sessions(['kept']);
    await rig.saved('the session', (m) => holds('kept')(m) && m.pending.length === 0);
  });

  test('a server on a socket whose folder was not there yet is found within seconds', async (t) => {
    const rig = await AgentRig.make(t);
    const agent = rig.launch({ socket: ['-L', 'later'] });
    await waitFor('the agent in status', async () => {
      const ran = await rig.run(['status', '--json'], { socket: ['-L', 'later'] });
      return (JSON.parse(ran.stdout) as StatusReport).agent.state === 'waiting';
    });
    await rig.program('start', 'unset TMUX; exec tmux -L later -f /dev/null new-session -d -s late');
    execFileSync(join(rig.home, 'start'), { env: rig.env });
    await waitFor('the server in the log', () => agent.log().includes('tmux server found'), 5000);
    execFileSync('tmux', ['-L', 'later', 'kill-server'], { env: rig.env });
  });

  test('three deaths each within 60 s of a restore end automatic restoring; the sessions wait and a restore by hand works', async (t) => {
    const rig = await AgentRig.make(t);
    await rig.start('waiting');
    await rig.begin('loop');
    await rig.saved('the session', holds('loop'));
    for (let death = 0; death < 3; death++) {
      const pid = await rig.serverPid();
      await rig.killServer(pid);
      await rig.sessions(['loop']);
      await rig.saved('the new server', (m) => m.server?.pid !== pid && holds('loop')(m));
    }
    const pid = await rig.serverPid();
    await rig.killServer(pid);
    const manifest = await rig.saved('the loss', (m) => m.server?.pid !== pid);
    assert.deepEqual([namesOf(manifest.sessions), entriesOf(manifest.pending)], [[], ['lost loop']]);
    await waitFor('the problem in status', async () => {
      const { problems } = await rig.status();
      return problems.some(({ code }) => code === 'crash-loop') && problems.some(({ code }) => code === 'not-restored');
    });
    await rig.sessions(['']);
    assert.equal((await rig.run(['restore'])).code, 0);
    await rig.sessions(['loop']);
    await rig.saved('the session', (m) => holds('loop')(m) && m.pending.length === 0);
  });

  test('a server that can not be started is tried again until it can', async (t) => {
    const rig = await AgentRig.make(t);
    const wrapper = await rig.program(
      'tmux',
      'for a; do [ "$a" != -D ] || [ ! -e "$HOME/broken" ] || exit 1; done; exec tmux "$@"',
    );
    await rig.start('waiting', { env: { TMUX_PERSIST_TMUX: wrapper } });
    const pid = await rig.begin('kept');
    await rig.saved('the session', holds('kept'));
    await writeFile(join(rig.home, 'broken'), '');
    await rig.killServer(pid);
    await waitFor('the problem in status', async () =>
      (await rig.status()).problems.some(({ code }) => code === 'tmux-missing'),
    );
    await rm(join(rig.home, 'broken'));
    await rig.sessions(['kept']);
    await waitFor('a status without problems', async () => (await rig.status()).problems.length === 0);
  });
});
