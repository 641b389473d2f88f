/** What one look at a real server sees. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Result } from '../../src/model/failure.js';
import type { LivePane, LiveWindow, Snapshot } from '../../src/model/snapshot.js';
import { bytesFromText, displayText, textFromBytes, type Text } from '../../src/model/text.js';
import { literalFormat, quote } from '../../src/tmux/codec.js';
import { observe } from '../../src/tmux/observe.js';
import { TmuxRig, valueOf, waitFor } from '../support/tmux-rig.js';

const ODD: readonly Text[] = [
  'a\tb',
  'two\nlines',
  '#{pane_id} #S ##',
  'a:b.c',
  '#[fg=red]',
  '😀 日本',
  'it\'s "x" $HOME `y`',
  ' (deleted)',
  'back\\slash \\t \\101',
  textFromBytes(Buffer.from([0x61, 0xff, 0xc3, 0x5c, 0x62])),
  '\x1b[31m\x07\x1f',
];
const isPrintable = (text: Text): boolean => typeof text === 'string' && displayText(text) === text;

const look = async (rig: TmuxRig): Promise<Snapshot> => valueOf(await observe(rig.target));
const pane = (snapshot: Snapshot, id: string): LivePane =>
  found(
    snapshot.windows.flatMap((window) => window.panes),
    id,
  );
const window = (snapshot: Snapshot, id: string): LiveWindow => found(snapshot.windows, id);
function found<T extends { id: string }>(list: readonly T[], id: string): T {
  const [item] = list.filter((candidate) => candidate.id === id);
  assert.ok(item !== undefined, `${id} is not there`);
  return item;
}

test('names, titles and directories come back byte for byte', async (t) => {
  const rig = await TmuxRig.start(t);
  const strict = (await rig.version()) >= 3.7;
  const names = ODD.filter((text) => !strict || isPrintable(text));
  const directories = ODD.map((text) => {
    const path = Buffer.concat([Buffer.from(`${rig.folder}/`), bytesFromText(text)]);
    mkdirSync(path);
    return textFromBytes(path);
  });
  const titles = ODD.filter(isPrintable);
  await rig.source(
    ...names.map((name, at) => `new-window -d -t main:${String(at + 10)} -n ${quote(literalFormat(name))} sleep 1000`),
  );
  await rig.source(
    ...directories.map(
      (path, at) => `new-window -d -t main:${String(at + 30)} -c ${quote(literalFormat(path))} sleep 1000`,
    ),
  );
  await rig.source(
    ...titles.map((title, at) => `select-pane -t main:${String(at + 10)} -T ${quote(literalFormat(title))}`),
  );
  const snapshot = await look(rig);
  const [main] = snapshot.sessions;
  const at = (index: number): LiveWindow =>
    window(snapshot, main?.windows.find((link) => link.index === index)?.windowId ?? '');
  assert.deepEqual(
    names.map((_, n) => at(n + 10).name),
    names,
  );
  assert.deepEqual(
    titles.map((_, n) => at(n + 10).panes[0]?.title),
    titles,
  );
  assert.deepEqual(
    directories.map((_, n) => at(n + 30).panes[0]?.currentPath),
    directories,
  );
});

test('a server looks the same from a process without an environment and from one in the C locale', async (t) => {
  const rig = await TmuxRig.start(t, { socketName: '#{pid} é %H;$(x)' });
  await rig.source(`new-window -d -n ${quote('tab\tå😀')} sleep 1000`, `select-pane -t main: -T ${quote('ö 日本')}`);
  const child = fileURLToPath(new URL('./observe-child.js', import.meta.url));
  const expected = { ...(await look(rig)), takenAt: '' };
  for (const env of [{}, { LC_ALL: 'C' }, { LC_ALL: 'C', LANG: 'nonsense', TMUX: '/nowhere,1,0', TMUX_PANE: '%9' }]) {
    const { stdout } = await promisify(execFile)(process.execPath, [child, rig.socketPath], { env });
    assert.deepEqual({ ...valueOf(JSON.parse(stdout) as Result<Snapshot>), takenAt: '' }, expected);
  }
  assert.equal(expected.server.socketPath, rig.socketPath);
});

test('the server tells who it is and which PATH it gives its panes', async (t) => {
  const rig = await TmuxRig.start(t, { env: { PATH: `${process.env['PATH'] ?? ''}:/opt/ü b` } });
  const { server } = await look(rig);
  assert.equal(server.pid, rig.pid);
  assert.ok(Math.abs(server.startTime - Date.now() / 1000) < 60);
  assert.equal(server.environment['PATH'], `${process.env['PATH'] ?? ''}:/opt/ü b`);
  await rig.tmux('set-environment', '-gu', 'PATH');
  assert.deepEqual((await look(rig)).server.environment, {});
  await rig.tmux('set-environment', '-gr', 'PATH');
  assert.deepEqual((await look(rig)).server.environment, {});
});

test('a window that two sessions link is one window with its panes once', async (t) => {
  const rig = await TmuxRig.start(t);
  const id = await rig.open();
  await rig.tmux('split-window', '-d', '-t', id, 'sleep', '1000');
  await rig.tmux('new-session', '-d', '-s', 'other', 'sleep', '1000');
  await rig.tmux('link-window', '-d', '-s', 'main:1', '-t', 'other:7');
  const snapshot = await look(rig);
  assert.equal(snapshot.windows.length, 3);
  const [main, other] = snapshot.sessions;
  assert.deepEqual(main?.windows[1], { index: 1, windowId: '@1' });
  assert.deepEqual(other?.windows[1], { index: 7, windowId: '@1' });
  assert.equal(window(snapshot, '@1').panes.length, 2);
});

test('the sessions of a group share windows, each with a current window of its own', async (t) => {
  const rig = await TmuxRig.start(t);
  await rig.open();
  await rig.tmux('new-session', '-d', '-t', 'main', '-s', 'member');
  await rig.tmux('select-window', '-t', 'member:1');
  await rig.tmux('new-session', '-d', '-s', 'alone', 'sleep', '1000');
  const { sessions, windows } = await look(rig);
  const alone = sessions[2];
  assert.deepEqual(
    sessions.map(({ name, group, activeWindow }) => [name, group, activeWindow]),
    [
      ['main', 'main', '@0'],
      ['member', 'main', '@1'],
      ['alone', null, alone?.activeWindow],
    ],
  );
  assert.deepEqual(sessions[1]?.windows, sessions[0]?.windows);
  assert.equal(alone?.windows.length, 1);
  assert.equal(windows.length, 3);
});

test('the last windows of a session and the last pane of a window are known in their order', async (t) => {
  const rig = await TmuxRig.start(t);
  for (let n = 0; n < 3; n++) await rig.open();
  for (const index of ['3', '1', '2']) await rig.tmux('select-window', '-t', `main:${index}`);
  await rig.source('split-window -d -t main:2 sleep 1000', 'split-window -d -t main:2 sleep 1000');
  const panes = await rig.rows('list-panes', '#{pane_id}', '-t', 'main:2');
  await rig.tmux('select-pane', '-t', panes[2] ?? '');
  await rig.tmux('select-pane', '-t', panes[1] ?? '');
  const snapshot = await look(rig);
  assert.equal(snapshot.sessions[0]?.activeWindow, '@2');
  assert.deepEqual(snapshot.sessions[0].lastWindows, ['@1', '@3', '@0']);
  const { activePane, lastPane } = window(snapshot, '@2');
  assert.deepEqual([activePane, lastPane], [panes[1], panes[2]]);
  assert.equal(window(snapshot, '@1').lastPane, null);
});

test('a zoomed window says so and keeps the layout that it has without zoom', async (t) => {
  const rig = await TmuxRig.start(t);
  await rig.source('split-window -h -t main: sleep 1000', 'split-window -v -t main: sleep 1000');
  const before = window(await look(rig), '@0');
  await rig.tmux('resize-pane', '-Z', '-t', 'main:');
  const after = window(await look(rig), '@0');
  assert.deepEqual([before.zoomed, after.zoomed], [false, true]);
  assert.deepEqual([after.layout, after.width, after.height], [before.layout, 80, 24]);
  assert.deepEqual(
    after.panes.map(({ id, index }) => [id, index]),
    before.panes.map(({ id, index }) => [id, index]),
  );
});

test('a name that somebody gave is told from one that tmux keeps up to date', async (t) => {
  const rig = await TmuxRig.start(t);
  await rig.open('-n', 'given');
  await rig.open();
  const [first, second, third] = (await look(rig)).windows;
  assert.deepEqual([first?.automaticRename, second?.automaticRename, third?.automaticRename], [true, false, true]);
  await rig.tmux('set-option', '-g', 'automatic-rename', 'off');
  assert.equal((await look(rig)).windows[0]?.automaticRename, false);
});

test('a pane keeps the directory that was removed under it, and one that is only called deleted', async (t) => {
  const rig = await TmuxRig.start(t);
  const gone = textFromBytes(Buffer.concat([Buffer.from(join(rig.folder, 'gone')), Buffer.from([0xff])]));
  const paths = [join(rig.folder, 'gone'), join(rig.folder, 'not (deleted)'), gone];
  for (const path of paths) mkdirSync(Buffer.from(bytesFromText(path)));
  const ids = (
    await rig.source(...paths.map((path) => `new-window -d -P -F '#{pane_id}' -c ${quote(path)} sleep 1000`))
  )
    .toString()
    .split('\n');
  for (const path of [paths[0], paths[2]]) rmdirSync(Buffer.from(bytesFromText(path ?? '')));
  const snapshot = await look(rig);
  assert.deepEqual(
    paths.map((_, at) => pane(snapshot, ids[at] ?? '').currentPath),
    paths,
  );
});

test('a dead pane and a full-screen program are marked', async (t) => {
  const rig = await TmuxRig.start(t);
  await rig.tmux('set-option', '-g', 'remain-on-exit', 'on');
  const dead = await rig.tmux('new-window', '-d', '-P', '-F', '#{pane_id}', 'exit 3');
  const full = await rig.tmux('new-window', '-d', '-P', '-F', '#{pane_id}', 'printf "\\033[?1049h"; sleep 1000');
  const snapshot = await waitFor('both', async () => {
    const seen = await look(rig);
    return pane(seen, dead).dead && pane(seen, full).alternateOn && seen;
  });
  assert.deepEqual([pane(snapshot, dead).alternateOn, pane(snapshot, full).dead], [false, false]);
});

test('new output changes the contents key of its pane', async (t) => {
  const rig = await TmuxRig.start(t);
  const id = await rig.tmux('new-window', '-d', '-P', '-F', '#{pane_id}', 'cat');
  const before = pane(await look(rig), id).contentsKey;
  assert.equal(pane(await look(rig), id).contentsKey, before);
  await rig.tmux('send-keys', '-t', id, 'text', 'Enter');
  await waitFor('another key', async () => pane(await look(rig), id).contentsKey !== before);
});

test('the session that a client used last is named', async (t) => {
  const rig = await TmuxRig.start(t);
  await rig.tmux('new-session', '-d', '-s', 'other', 'sleep', '1000');
  assert.equal((await look(rig)).lastSession, null);
  const client = spawn('tmux', ['-C', '-S', rig.socketPath, 'attach-session', '-t', 'other']);
  t.after(() => client.kill('SIGKILL'));
  const snapshot = await waitFor('the client', async () => {
    const seen = await look(rig);
    return seen.lastSession !== null && seen;
  });
  assert.equal(snapshot.lastSession, 'other');
  assert.deepEqual(
    snapshot.sessions.map(({ lastAttachedAt }) => lastAttachedAt === null),
    [true, false],
  );
});

test('a server without sessions is a complete, empty snapshot', async (t) => {
  const rig = await TmuxRig.make(t);
  await rig.startEmpty();
  const { sessions, windows, server } = await look(rig);
  assert.deepEqual([sessions, windows, server.pid], [[], [], rig.pid]);
  await rig.tmux('set-environment', '-gu', 'PATH');
  assert.deepEqual((await look(rig)).sessions, []);
});
