/**
 * What doctor reads of systemd: the units around a process, whom logind kills, the programs of a unit, and systemd's own files.
 */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { killsWhatIsLeft, oomdFacts, serverPlace, unitsAround } from '../../src/systemd/place-facts.js';
import { canReadJournal, isLingering } from '../../src/systemd/system-files.js';
import { readManager, unitFactsOf } from '../../src/systemd/unit-facts.js';
import { hiddenFile } from '../../src/systemd/unit-files.js';
import { startPrivateBus } from './private-bus.js';

test('the units around a cgroup are those of the system, and below the user manager its own', () => {
  const names = (cgroup: string): string[] =>
    unitsAround(cgroup).map(({ unit, isOfUser }) => (isOfUser ? `user ${unit}` : unit));
  const user = '/user.slice/user-1000.slice/user@1000.service';
  assert.deepEqual(names(`${user}/app.slice/tmux-server.service/pane`), [
    ...['-.slice', 'user.slice', 'user-1000.slice', 'user@1000.service'],
    ...['user app.slice', 'user tmux-server.service'],
  ]);
  assert.deepEqual(names('/user.slice/user-1000.slice/session-3.scope'), [
    ...['-.slice', 'user.slice', 'user-1000.slice', 'session-3.scope'],
  ]);
  assert.deepEqual(names('/'), ['-.slice']);
});

test('logind kills what is left of a login only of those whom its settings name', () => {
  const logind = { KillUserProcesses: true, KillOnlyUsers: [], KillExcludeUsers: ['root'] };
  assert.equal(killsWhatIsLeft(logind, 'joe'), true);
  assert.equal(killsWhatIsLeft(logind, 'root'), false);
  assert.equal(killsWhatIsLeft({ ...logind, KillOnlyUsers: ['ann'] }, 'joe'), false);
  assert.equal(killsWhatIsLeft({ ...logind, KillOnlyUsers: ['joe'] }, 'joe'), true);
  assert.equal(killsWhatIsLeft({ ...logind, KillUserProcesses: false }, 'joe'), false);
  assert.equal(killsWhatIsLeft({}, 'joe'), false);
});

test('a unit names its program, the script that it runs and its tmux', () => {
  const facts = unitFactsOf('tmux-persist.service', {
    LoadState: 'loaded',
    ActiveState: 'active',
    UnitFileState: 'enabled',
    NeedDaemonReload: true,
    ExecStart: [['/opt/node', ['/opt/node', '--max-old-space-size=128', '/opt/a b/p.js', 'agent'], false, 0n]],
    Environment: ['MALLOC_ARENA_MAX=1', 'TMUX_PERSIST_TMUX=/opt/tmux'],
  });
  assert.deepEqual(facts, {
    name: 'tmux-persist.service',
    loadState: 'loaded',
    activeState: 'active',
    fileState: 'enabled',
    needsReload: true,
    paths: ['/opt/node', '/opt/a b/p.js', '/opt/tmux'],
  });
  assert.deepEqual(unitFactsOf('x.service', { ExecStart: [null, [7, 'x']], Environment: 1 }).paths, []);
});

test('a unit file hides the next one of its name where systemd looks, and none that stands before it', async (t) => {
  const files = ['before/a.service', 'own/a.service', 'between/b.service', 'package/a.service', 'last/a.service'];
  const folder = await root(t, files);
  const folders = ['before', 'own', 'between', 'package', 'last'].map((name) => join(folder, name));
  const hidden = (file: string): string | null => hiddenFile(join(folder, file), folders);
  assert.equal(hidden('own/a.service'), join(folder, 'package/a.service'));
  assert.equal(hidden('last/a.service'), null);
  assert.equal(hidden('elsewhere/a.service'), null);
  assert.equal(hiddenFile('', folders), null);
});

test('without buses the place of a server is known from its cgroup, and the rest is not', async () => {
  const buses = { system: null, user: null };
  const placement = { unit: 'session-3.scope', cgroup: '/user.slice/session-3.scope' };
  assert.deepEqual(await serverPlace(placement, buses, 'joe'), {
    unit: 'session-3.scope',
    endsWithLogin: { ok: false, error: "the system's bus can't be reached" },
    killMode: null,
    oomPolicy: null,
  });
  assert.equal((await oomdFacts(placement, buses)).ok, false);
});

test('on a bus where neither systemd nor logind answers everything is unknown, and nothing waits', async (t) => {
  const bus = await (await startPrivateBus(t)).connect();
  const buses = { system: bus, user: bus };
  const placement = { unit: 'session-3.scope', cgroup: '/user.slice/session-3.scope' };
  const place = await serverPlace(placement, buses, 'joe');
  assert.deepEqual(place.endsWithLogin, { ok: false, error: 'logind does not answer' });
  assert.equal((await oomdFacts(placement, buses)).ok, false);
  assert.equal((await readManager(bus)).ok, false);
});

async function root(t: TestContext, files: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tp-root-'));
  t.after(() => rm(folder, { recursive: true }));
  for (const file of files) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), '');
  }
  return folder;
}

test('a user lingers by a file of his name, and nobody can say where systemd does not run', async (t) => {
  const lingers = await root(t, ['var/lib/systemd/linger/joe', 'run/systemd/system/x']);
  assert.deepEqual(isLingering('joe', lingers), { ok: true, value: true });
  assert.deepEqual(isLingering('ann', lingers), { ok: true, value: false });
  assert.equal(isLingering('joe', await root(t, [])).ok, false);
});

test("the system's journal is looked for on disk and in memory, and nobody can say where there is none", async (t) => {
  for (const folder of ['var/log', 'run/log'])
    assert.deepEqual(canReadJournal(await root(t, [`${folder}/journal/0f/system.journal`])), { ok: true, value: true });
  assert.equal(canReadJournal(await root(t, ['var/log/journal/0f/user-1000.journal'])).ok, false);
});
