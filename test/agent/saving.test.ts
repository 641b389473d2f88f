/**
 * What a running agent puts on disk, and how soon. The times that are promised are measured, and printed.
 */
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import type { Manifest } from '../../src/model/manifest.js';
import { AgentRig, buildProgram, entriesOf, namesOf } from '../support/agent-rig.js';

before(buildProgram);

/** A name as an argument of new-session: a format, and split where it ends in a semicolon. */
const tmuxArgument = (name: string): string => name.replaceAll('#', '##').replace(/;$/, '\\;');

const holds =
  (...names: string[]) =>
  (manifest: Manifest): boolean =>
    names.every((name) => namesOf(manifest.sessions).includes(name));

test('At most 1 s of structure (sessions, windows, panes, layouts, names), 5 s of directories and running programs can be lost.', async (t) => {
  const rig = await AgentRig.make(t);
  await rig.start('waiting');
  await mkdir(join(rig.home, 'below'));
  await rig.begin('first', '-n', 'one');
  await rig.saved('the first session', holds('first'));
  const window = (manifest: Manifest, name: string) => manifest.windows.find((candidate) => candidate.name === name);
  const changes: [string, string[], (manifest: Manifest) => boolean, number][] = [
    ['new-session', ['new-session', '-d', '-s', 'second', '-n', 'two'], holds('second'), 1000],
    ['split-window', ['split-window', '-d', '-t', '=first:one'], (m) => window(m, 'one')?.panes.length === 2, 1000],
    [
      'split-window in another session',
      ['split-window', '-d', '-t', '=second:two'],
      (m) => window(m, 'two')?.panes.length === 2,
      1000,
    ],
    [
      'select-layout',
      ['select-layout', '-t', '=first:one', 'even-horizontal'],
      (m) => window(m, 'one')?.layout.includes('{') === true,
      1000,
    ],
    [
      'resize-pane',
      ['resize-pane', '-t', '=first:one.0', '-x', '20'],
      (m) => window(m, 'one')?.panes[0]?.width === 20,
      1000,
    ],
    ['resize-pane -Z', ['resize-pane', '-Z', '-t', '=first:one'], (m) => window(m, 'one')?.zoomed === true, 1000],
    ['select-pane', ['select-pane', '-t', '=second:two.1'], (m) => window(m, 'two')?.panes[1]?.active === true, 1000],
    ['rename-window', ['rename-window', '-t', '=second:two', 'deux'], (m) => window(m, 'deux') !== undefined, 1000],
    [
      'new-window',
      ['new-window', '-d', '-t', '=first:7', '-n', 'seven'],
      (m) => window(m, 'seven') !== undefined,
      1000,
    ],
    [
      'select-window',
      ['select-window', '-t', '=first:7'],
      (m) => m.sessions.some((session) => session.activeWindow === window(m, 'seven')?.id),
      1000,
    ],
    [
      'move-window',
      ['move-window', '-s', '=first:7', '-t', '=first:9'],
      (m) => m.sessions.some((session) => session.windows.some(({ index }) => index === 9)),
      1000,
    ],
    [
      'swap-window',
      ['swap-window', '-d', '-s', '=first:9', '-t', '=first:0'],
      (m) =>
        m.sessions.some((s) => s.windows.some((link) => link.index === 0 && link.windowId === window(m, 'seven')?.id)),
      1000,
    ],
    ['rename-session', ['rename-session', '-t', '=second', 'zweite'], holds('zweite'), 1000],
    ['kill-window', ['kill-window', '-t', '=first:seven'], (m) => window(m, 'seven') === undefined, 1000],
    ['kill-pane', ['kill-pane', '-t', '=zweite:deux.0'], (m) => window(m, 'deux')?.panes.length === 1, 1000],
    [
      'cd',
      ['send-keys', '-t', '=zweite:deux.0', `cd ${rig.home}/below`, 'Enter'],
      (m) => window(m, 'deux')?.panes[0]?.currentPath === `${rig.home}/below`,
      5000,
    ],
    [
      'a new foreground program',
      ['send-keys', '-t', '=zweite:deux.0', 'sleep 1000', 'Enter'],
      (m) => window(m, 'deux')?.panes[0]?.currentCommand === 'sleep',
      5000,
    ],
  ];
  const late: string[] = [];
  for (const [name, command, isSaved, limitMs] of changes) {
    await rig.tmux(...command);
    const startedAt = performance.now();
    await rig.saved(name, isSaved);
    const tookMs = Math.round(performance.now() - startedAt);
    t.diagnostic(`${name}: ${String(tookMs)} ms`);
    if (tookMs > limitMs) late.push(`${name} took ${String(tookMs)} ms`);
  }
  assert.deepEqual(late, []);
});

test('many changes at once are on disk within 1 s of the last one, in a few saves', async (t) => {
  const rig = await AgentRig.make(t);
  await rig.start('waiting');
  await rig.begin('base');
  await rig.saved('the first session', holds('base'));
  const names = Array.from({ length: 30 }, (_, at) => `s${String(at)}`);
  for (const name of names) await rig.tmux('new-session', '-d', '-s', name, 'sleep 1000');
  const startedAt = performance.now();
  await rig.saved('every session', holds('base', ...names));
  assert.ok(performance.now() - startedAt < 1000);
  const history = await rig.json<{ id: string }[]>('history');
  assert.ok(history.length < 15, `${String(history.length)} saves for one burst`);
});

test('what changes nothing is not written again: the state keeps its id while its age stays low', async (t) => {
  const rig = await AgentRig.make(t);
  await rig.start('waiting');
  await rig.begin('still', 'sleep 1000');
  await rig.saved('the session', holds('still'));
  assert.equal((await rig.run(['save'])).code, 0);
  const { manifest } = await rig.status();
  await rig.tmux('set-option', '-g', 'status-left', 'anything');
  await rig.tmux('set-environment', '-g', 'ANYTHING', '1');
  const ran = await rig.json<{ saved: boolean; reason: string | null; id: string | null }>('save');
  assert.deepEqual([ran.saved, ran.reason, ran.id], [true, 'nothing changed since', manifest?.id]);
  assert.equal((await rig.status()).manifest?.id, manifest?.id);
});

test('odd session names come back as they were, from a server and an agent that have no locale', async (t) => {
  const odd = [
    '#{pid}',
    '#(touch x)',
    '$1',
    '@1',
    '%0',
    '=x',
    '-d',
    "it's",
    'a"b',
    'a;b',
    ';',
    ' lead',
    'trail ',
    'a  b',
  ];
  const wide = [
    '日本語',
    'é\u0301',
    '😀',
    '!',
    '~',
    '*',
    '{}',
    'x'.repeat(200),
    '\\033[31mred',
    '`id`',
    '$(id)',
    '$HOME',
  ];
  const rig = await AgentRig.make(t, { env: { LANG: undefined, TERM: undefined, SHELL: undefined, PS1: undefined } });
  await rig.start('waiting');
  const pid = await rig.begin('plain');
  for (const name of [...odd, ...wide]) await rig.tmux('new-session', '-d', '-s', tmuxArgument(name), 'sleep 1000');
  const before = await rig.server.rows('list-sessions', '#{session_name}');
  assert.equal(before.length, 1 + odd.length + wide.length);
  await rig.saved('every session', (manifest) => manifest.sessions.length === before.length);
  await rig.killServer(pid);
  await rig.sessions(before);
  assert.deepEqual((await rig.server.rows('list-sessions', '#{session_name}')).sort(), before.sort());
  const manifest = await rig.saved(
    'the new server',
    (m) => m.server?.pid !== pid && m.sessions.length === before.length,
  );
  assert.deepEqual(entriesOf(manifest.pending), []);
});
