/**
 * `undo` and `forget` without an agent, and what the reading commands say of what was closed and forgotten.
 */
import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import type { Closed, Manifest } from '../../src/model/manifest.js';
import type { ForgetReport, HistoryEntry, RestoreReport } from '../../src/model/report.js';
import { displayText } from '../../src/model/text.js';
import { AgentRig, buildProgram, entriesOf, namesOf } from '../support/agent-rig.js';
import { aPending } from '../support/builders.js';

before(buildProgram);

/** Returns the time so many seconds before `now`, in ms. */
const ago = (seconds: number, now = Date.now()): string => new Date(now - seconds * 1000).toISOString();

const resultsOf = (report: RestoreReport): string[] =>
  report.outcomes.map(({ session, result }) => `${session} ${result}`).sort();

/** Changes the saved state as a test wants it. */
async function rewrite(rig: AgentRig, change: (manifest: Manifest) => Partial<Manifest>): Promise<void> {
  const path = join((await rig.stateFolder()) ?? '', 'manifest.json');
  const manifest = JSON.parse(await readFile(path, 'utf8')) as Manifest;
  await writeFile(path, JSON.stringify({ ...manifest, ...change(manifest) }), { mode: 0o600 });
}

/** A saved server with `kept` and these sessions, then none of them: all were closed, each so many seconds ago. */
async function withClosed(
  rig: AgentRig,
  sessions: Readonly<Record<string, number>>,
  how: Closed['how'] = 'kill-session',
): Promise<number> {
  const pid = await rig.begin('kept');
  for (const name of Object.keys(sessions)) await rig.tmux('new-session', '-d', '-s', name, '-n', 'work');
  assert.equal((await rig.run(['save'])).code, 0);
  for (const name of Object.keys(sessions)) await rig.tmux('kill-session', '-t', `=${name}`);
  const now = Date.now();
  await rewrite(rig, ({ sessions: saved, windows }) => ({
    sessions: saved.filter(({ name }) => name === 'kept'),
    closed: saved
      .filter(({ name }) => name !== 'kept')
      .map((session) => ({
        closedAt: ago(sessions[displayText(session.name)] ?? 0, now),
        how,
        session,
        windows: windows.filter(({ id }) => id === session.activeWindow),
      })),
  }));
  return pid;
}

/** Every file of the state folder with its bytes. */
async function stateOf(rig: AgentRig): Promise<Record<string, string>> {
  const folder = (await rig.stateFolder()) ?? '';
  const files: Record<string, string> = {};
  for (const name of (await readdir(folder, { recursive: true })).sort())
    files[name] = await readFile(join(folder, name), 'latin1').catch(() => 'folder');
  return files;
}

describe('undo and forget by hand', { concurrency: 4 }, () => {
  test('undo goes back moment by moment, also with no server, and without an agent sees what was killed just now', async (t) => {
    const rig = await AgentRig.make(t);
    const pid = await withClosed(rig, { one: 300, two: 200 });
    await rig.tmux('new-session', '-d', '-s', 'three');
    assert.equal((await rig.run(['save'])).code, 0);
    await rig.tmux('kill-session', '-t', '=three');
    for (const name of ['three', 'two']) {
      const report = await rig.json<RestoreReport>('undo');
      assert.deepEqual(resultsOf(report), [`${name} restored`]);
    }
    await rig.sessions(['kept', 'three', 'two']);
    await rig.killServer(pid);
    assert.deepEqual(resultsOf(await rig.json<RestoreReport>('undo')), ['one restored']);
    await rig.sessions(['one']);
    const manifest = await rig.manifest();
    assert.deepEqual(entriesOf(manifest?.pending ?? []), ['lost kept', 'lost three', 'lost two'], 'the rest waits');
    assert.deepEqual(manifest?.closed, []);
    assert.equal((await rig.run(['restore'])).code, 0);
    await rig.sessions(['kept', 'one', 'three', 'two']);
  });

  test('undo --dry-run says what would come back and changes nothing, with a server and without', async (t) => {
    const rig = await AgentRig.make(t);
    const pid = await withClosed(rig, { api: 100, docs: 100, old: 4000 }, 'kill-server');
    const [picture, state] = [await rig.picture(), await stateOf(rig)];
    const report = await rig.json<RestoreReport>('undo', '--dry-run');
    assert.deepEqual([report.dryRun, resultsOf(report)], [true, ['api restored', 'docs restored']]);
    assert.deepEqual([await rig.picture(), await stateOf(rig)], [picture, state]);
    await rig.killServer(pid);
    const { stdout } = await rig.run(['undo', '--dry-run']);
    assert.match(
      stdout,
      /^A tmux server is started first\.\n[^]*^api {2}1 window\n[^]*would restore 2 sessions, 2 panes;/m,
    );
    await assert.rejects(rig.serverPid());
    assert.deepEqual(await stateOf(rig), state);
  });

  test('a name that lives again is left alone with the reason: 5 with others beside it, 4 alone', async (t) => {
    const rig = await AgentRig.make(t);
    await withClosed(rig, { api: 100, docs: 100 }, 'kill-server');
    await rig.tmux('new-session', '-d', '-s', 'api', 'sleep 1000');
    const mine = await rig.tmux('list-panes', '-s', '-t', '=api', '-F', '#{pane_id} #{pane_pid}');
    const first = await rig.run(['undo']);
    assert.equal(first.code, 5, first.stderr);
    assert.match(first.stdout, /^docs +restored +1 window, 1 pane$/m);
    assert.match(first.stdout, /^api +left alone +1 window, 1 pane +a newer session has this name; rename or close/m);
    const second = await rig.run(['undo', '--json']);
    const report = JSON.parse(second.stdout) as RestoreReport;
    assert.deepEqual([second.code, report.restored, report.skipped, resultsOf(report)], [4, 0, 1, ['api skipped']]);
    assert.equal(
      Object.keys(report).join(' '),
      'manifestId dryRun restored adopted skipped failed durationMs outcomes differences',
    );
    assert.equal(await rig.tmux('list-panes', '-s', '-t', '=api', '-F', '#{pane_id} #{pane_pid}'), mine);
    await rig.tmux('rename-session', '-t', '=api', 'mine');
    assert.equal((await rig.run(['undo'])).code, 0);
    await rig.sessions(['api', 'docs', 'kept', 'mine']);
  });

  test('what was closed over a day ago has no line in status, and what was lost under its name is not undone', async (t) => {
    const rig = await AgentRig.make(t);
    await withClosed(rig, { old: 90_000 });
    assert.doesNotMatch((await rig.run(['status'])).stdout, /^closed:/m);
    assert.deepEqual(
      resultsOf(await rig.json<RestoreReport>('undo', '--dry-run')),
      ['old restored'],
      'a week, for undo',
    );
    await rewrite(rig, ({ closed }) => ({
      pending: closed.map(({ session, windows }) => aPending(session, { since: ago(60), how: 'skipped', windows })),
    }));
    assert.equal((await rig.run(['undo', '--dry-run'])).code, 4);
  });

  test('forget says how many states of a name went and from when, and history and show tell of it in words', async (t) => {
    const rig = await AgentRig.make(t);
    await withClosed(rig, { 'my docs': 7300, web: 100 });
    await rewrite(rig, ({ closed }) => ({
      pending: closed
        .filter(({ session }) => session.name === 'my docs')
        .map(({ session, windows }) => aPending(session, { since: ago(600), how: 'failed', windows })),
    }));
    const shown = (await rig.run(['show'])).stdout;
    assert.match(shown, /^Not restored yet:\n\nmy docs {2}1 window {2}could not be restored 10 min ago$/m);
    assert.match(shown, /^Closed, kept for a week:\n\nmy docs {2}1 window {2}closed 2 h ago$/m);
    const ran = await rig.run(['forget', 'my docs']);
    const id = (await rig.json<HistoryEntry[]>('history'))[1]?.id ?? '';
    assert.deepEqual([ran.code, ran.stderr], [0, '']);
    assert.equal(
      ran.stdout,
      "forgot 2 saved states of 'my docs':\n" +
        '  could not be restored 10 min ago: 1 window, 1 pane\n' +
        '  closed 2 h ago: 1 window, 1 pane\n' +
        `history keeps what was: tmux-persist show ${id}, tmux-persist restore --from ${id} 'my docs'\n`,
    );
    const manifest = await rig.manifest();
    assert.deepEqual(
      [manifest?.trigger, manifest?.pending, entriesOf(manifest?.closed ?? [])],
      ['forget', [], ['kill-session web']],
    );
    const rows = (await rig.run(['history'])).stdout.split('\n').map((row) => row.replace(/ +/g, ' '));
    assert.match(rows[0] ?? '', /^ID TRIGGER SESSIONS/);
    assert.match(rows[1] ?? '', / a session was forgotten 1 1 1 0$/);
    assert.match(rows[2] ?? '', new RegExp(`^${id} saved on request 1 `));
    assert.equal((await rig.json<HistoryEntry[]>('history'))[0]?.trigger, 'forget', 'JSON has the plain word');
    assert.match((await rig.run(['show'])).stdout, /\(a session was forgotten\)/);
    assert.equal((await rig.run(['restore', '--from', id, 'my docs'])).code, 0);
    await rig.sessions(['kept', 'my docs']);
  });

  test('forget has exactly these names in its JSON, works after a reboot, and keeps whose server it was', async (t) => {
    const rig = await AgentRig.make(t);
    const pid = await withClosed(rig, { web: 100 });
    await rig.killServer(pid);
    const bootId = '00000000-0000-4000-8000-000000000000';
    await rewrite(rig, () => ({ bootId }));
    const report = await rig.json<ForgetReport>('forget', 'kept');
    assert.equal(Object.keys(report).join(' '), 'session forgotten live manifestId entries');
    assert.equal(Object.keys(report.entries[0] ?? {}).join(' '), 'how at windows panes');
    assert.deepEqual([report.session, report.forgotten, report.live], ['kept', 1, false]);
    const manifest = await rig.manifest();
    assert.deepEqual(
      [
        manifest?.bootId,
        manifest?.server?.pid,
        manifest?.sessions,
        manifest?.windows,
        entriesOf(manifest?.closed ?? []),
      ],
      [bootId, pid, [], [], ['kill-session web']],
    );
    await assert.rejects(rig.serverPid(), 'no server is started to forget');
    const start = await rig.start('waiting');
    assert.equal(await start.end('SIGTERM'), 0);
    assert.deepEqual(namesOf((await rig.manifest())?.sessions ?? []), []);
  });
});
