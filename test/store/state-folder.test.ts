/**
 * Which folder is the state folder of a socket.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, readFile, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { openStore } from '../../src/store/open-store.js';
import { ownIdentity } from '../../src/store/process-identity.js';
import { stateFolder, type StatePlace } from '../../src/store/state-folder.js';
import { aManifest, failure, namesIn, temporaryFolder, value } from './support.js';

const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12);

/** Returns a place with a HOME and a TMUX_TMPDIR of its own. */
async function aPlace(t: TestContext): Promise<StatePlace & { readonly home: string; readonly sockets: string }> {
  const home = await realpath(await temporaryFolder(t));
  const sockets = join(home, 'run', 'tmux-7');
  await mkdir(sockets, { recursive: true });
  const env = { HOME: home, TMUX_TMPDIR: join(home, 'run') };
  const socketPath = join(sockets, 'default');
  const machine = { hostname: 'host', machineId: 'machine', bootId: 'first boot' };
  const wasBootHere = (bootId: string): Promise<boolean> => Promise.resolve(/^(first|second) boot$/.test(bootId));
  return { env, ...machine, wasBootHere, socketPath, uid: 7, create: false, home, sockets };
}

test('state lies under XDG_STATE_HOME, or ~/.local/state where that is unset, empty or relative', async (t) => {
  const place = await aPlace(t);
  const ofEnv = async (env: StatePlace['env']): Promise<string> =>
    value(await stateFolder({ ...place, env: { ...place.env, ...env } }));
  const usual = join(place.home, '.local/state/tmux-persist/host/default');
  assert.equal(await ofEnv({}), usual);
  assert.equal(await ofEnv({ XDG_STATE_HOME: '' }), usual);
  assert.equal(await ofEnv({ XDG_STATE_HOME: 'relative' }), usual);
  assert.equal(await ofEnv({ XDG_STATE_HOME: `${place.home}/x/` }), join(place.home, 'x/tmux-persist/host/default'));
  for (const home of [undefined, '', 'relative']) {
    failure(await stateFolder({ ...place, env: { HOME: home } }), 'bad-environment');
  }
  assert.deepEqual(await namesIn(place.home), ['run']);
});

test('a socket in the own tmux folder gives its name, any other a hash of its path', async (t) => {
  const place = await aPlace(t);
  const nameOf = async (socketPath: string, env = place.env): Promise<string> => {
    const folder = value(await stateFolder({ ...place, socketPath, env }));
    assert.ok(folder.startsWith(join(place.home, '.local/state/tmux-persist/host/')));
    return folder.slice(join(place.home, '.local/state/tmux-persist/host/').length);
  };
  assert.equal(await nameOf(join(place.sockets, 'work')), 'work');
  assert.equal(await nameOf(`${place.sockets}/../tmux-7//work`), 'work');
  for (const name of ['.hidden', 'path-0123456789ab', 'a/b', 'machine-id']) {
    const path = join(place.sockets, name);
    assert.equal(await nameOf(path), `path-${hash(path)}`);
  }
  const elsewhere = join(place.home, 'elsewhere');
  assert.equal(await nameOf(elsewhere), `path-${hash(elsewhere)}`);
  assert.equal(await nameOf('/tmp/tmux-7/default', { HOME: place.home }), 'default');
  assert.equal(await nameOf('/tmp/tmux-7/default', { HOME: place.home, TMUX_TMPDIR: '/does/not/exist' }), 'default');
  assert.equal(await nameOf('/tmp/tmux-7/default'), `path-${hash('/tmp/tmux-7/default')}`);
  assert.equal(await nameOf('/tmp/tmux-8/default', { HOME: place.home }), `path-${hash('/tmp/tmux-8/default')}`);
});

test('symbolic links lead to the same folder, whether the socket exists or not', async (t) => {
  const place = await aPlace(t);
  await symlink(join(place.home, 'run'), join(place.home, 'linked'));
  await symlink(join(place.sockets, 'default'), join(place.home, 'socket'));
  const ofPath = async (socketPath: string): Promise<string> => value(await stateFolder({ ...place, socketPath }));
  const expected = await ofPath(place.socketPath);
  const paths = [join(place.home, 'linked/tmux-7/default'), join(place.home, 'socket')];
  for (const path of paths) assert.equal(await ofPath(path), expected);
  await writeFile(place.socketPath, '');
  for (const path of [...paths, place.socketPath]) assert.equal(await ofPath(path), expected);
  await rm(place.sockets, { recursive: true });
  for (const path of [...paths, place.socketPath]) assert.equal(await ofPath(path), expected);
});

test('a host name that is no file name gives a hash', async (t) => {
  const place = await aPlace(t);
  for (const hostname of ['', '..', 'a/b']) {
    const folder = value(await stateFolder({ ...place, hostname }));
    assert.equal(folder, join(place.home, `.local/state/tmux-persist/host-${hash(hostname)}/default`));
  }
});

test('a writer marks the folder of its host with the machine id and the boot', async (t) => {
  const place = await aPlace(t);
  value(await stateFolder({ ...place, create: true }));
  const host = join(place.home, '.local/state/tmux-persist/host');
  assert.equal(await readFile(join(host, 'machine-id'), 'utf8'), 'machine\nfirst boot\n');
  value(await stateFolder({ ...place, bootId: 'second boot', create: true }));
  assert.equal(await readFile(join(host, 'machine-id'), 'utf8'), 'machine\nsecond boot\n');
  assert.equal((await stat(host)).mode & 0o777, 0o700);
});

test('a host that was renamed takes its folder along; a reader finds it where it lies', async (t) => {
  const place = await aPlace(t);
  const before = value(await stateFolder({ ...place, create: true }));
  value(await value(await openStore(before, { create: true })).save(aManifest(new Date())));
  const renamed = { ...place, hostname: 'renamed' };
  assert.equal(value(await stateFolder(renamed)), before);
  const after = value(await stateFolder({ ...renamed, create: true }));
  assert.equal(after, before.replace('/host/', '/renamed/'));
  assert.ok(value(await value(await openStore(after, { create: false })).load()).stored !== null);
  assert.deepEqual(await namesIn(join(after, '..', '..')), ['renamed']);
});

test('a host that was renamed and booted since takes its folder along', async (t) => {
  const place = await aPlace(t);
  const before = value(await stateFolder({ ...place, create: true }));
  const after = { ...place, hostname: 'renamed', bootId: 'second boot' };
  assert.equal(value(await stateFolder(after)), before);
  value(await stateFolder({ ...after, create: true }));
  assert.deepEqual(await namesIn(join(place.home, '.local/state/tmux-persist')), ['renamed']);
});

test('a clone with the same machine id leaves the folder of the other alone, though nobody uses it at the moment', async (t) => {
  const place = await aPlace(t);
  value(await stateFolder({ ...place, create: true }));
  const clone = { ...place, hostname: 'clone', bootId: 'its boot', wasBootHere: () => Promise.resolve(false) };
  const root = join(place.home, '.local/state/tmux-persist');
  for (const create of [false, true, false]) {
    assert.equal(value(await stateFolder({ ...clone, create })), join(root, 'clone/default'));
  }
  assert.deepEqual(await namesIn(root), ['clone', 'host']);
  assert.equal(value(await stateFolder({ ...place, create: true })), join(root, 'host/default'));
});

test('a host does not take the folder of another machine, nor one beside its own', async (t) => {
  const place = await aPlace(t);
  value(await stateFolder({ ...place, create: true }));
  const other = value(await stateFolder({ ...place, hostname: 'other', machineId: 'another', create: true }));
  const nameless = value(await stateFolder({ ...place, hostname: 'nameless', machineId: '', create: true }));
  assert.deepEqual(await namesIn(join(other, '..', '..')), ['host', 'nameless', 'other']);
  assert.deepEqual(await namesIn(join(nameless, '..')), []);
  assert.equal(value(await stateFolder({ ...place, hostname: 'other', create: true })), other);
  assert.deepEqual(await namesIn(join(other, '..', '..')), ['host', 'nameless', 'other']);
});

test('a folder that a living agent serves keeps its name for as long', async (t) => {
  const place = await aPlace(t);
  const before = value(await stateFolder({ ...place, create: true }));
  const store = value(await openStore(before, { create: true }));
  const record = { ...ownIdentity(), state: 'watching', since: '', onBus: false, version: '', problems: [] } as const;
  value(await store.writeAgent(record));
  const renamed = { ...place, hostname: 'renamed', create: true };
  assert.equal(value(await stateFolder(renamed)), before);
  await store.removeAgent();
  assert.notEqual(value(await stateFolder(renamed)), before);
});

test('a host folder that is a symbolic link is refused', async (t) => {
  const place = await aPlace(t);
  const root = join(place.home, '.local/state/tmux-persist');
  await mkdir(root, { recursive: true, mode: 0o700 });
  await symlink(await temporaryFolder(t), join(root, 'host'));
  failure(await stateFolder({ ...place, create: true }), 'foreign-owner');
});
