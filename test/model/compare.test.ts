/**
 * Every difference between what was saved and what is there is named (R13), and nothing else is.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareSession } from '../../src/model/compare.js';
import { layoutCells } from '../../src/model/layout.js';
import type { Session, Window } from '../../src/model/manifest.js';
import type { Launch } from '../../src/model/plan-window.js';
import type { Difference } from '../../src/model/report.js';
import { aCandidate, aPane, aProgram, aSession, aSnapshot, aSplitWindow, aWindow, links } from '../support/builders.js';

const LAYOUT = 'd67d,80x24,0,0{40x24,0,0,1,39x24,41,0[39x12,41,0,2,39x11,41,13,3]}';

const session = aSession(1, { name: 'main', windows: links({ 0: 1, 4: 5 }), activeWindow: '@5' });
const windows = [aSplitWindow(1, [1, 2, 3], { layout: LAYOUT, activePane: '%2' }), aWindow(5)];
const candidate = aCandidate(session, { windows });

/** Returns the differences to a live session with other ids. */
function differences(
  liveSession: Partial<Session> = {},
  first: Partial<Window> = {},
  launches: ReadonlyMap<string, Launch> = new Map(),
  saved = candidate,
): Difference[] {
  const live = aSession(70, {
    name: 'main',
    windows: links({ 0: 71, 4: 75 }),
    activeWindow: '@75',
    ...liveSession,
  });
  const layout = 'aaaa,80x24,0,0{40x24,0,0,71,39x24,41,0[39x12,41,0,72,39x11,41,13,73]}';
  const there = [aSplitWindow(71, [71, 72, 73], { layout, activePane: '%72', ...first }), aWindow(75)];
  return compareSession({ candidate: saved, host: null }, aSnapshot([aSession(69), live], there), launches);
}

/** Returns the only difference, in short. */
function only(found: readonly Difference[]): unknown[] {
  assert.equal(found.length, 1, JSON.stringify(found));
  return found.flatMap(({ window, pane, what, expected, actual }) => [window, pane, what, expected, actual]);
}

test('a session that is back under other ids has no difference', () => {
  assert.deepEqual(differences(), []);
});

test('a session that is not there is one difference', () => {
  assert.deepEqual(differences({ name: 'other' }), [
    { session: 'main', window: null, pane: null, what: 'session', expected: 'restored', actual: 'missing' },
  ]);
});

test('a window that is missing, or at another index, is named by its index', () => {
  const missing = ['4', null, 'window', 'restored', 'missing'];
  assert.deepEqual(only(differences({ windows: links({ 0: 71, 5: 75 }) }).slice(0, 1)), missing);
  assert.deepEqual(only(differences({ windows: links({ 0: 71 }), activeWindow: '@71' }).slice(0, 1)), missing);
});

test('another active window is a difference, also where there is none', () => {
  assert.deepEqual(only(differences({ activeWindow: '@71' })), [null, null, 'active window', '4', '0']);
  assert.deepEqual(only(differences({ activeWindow: '@99' })), [null, null, 'active window', '4', 'none']);
});

test('windows that nobody saved are no difference', () => {
  assert.deepEqual(differences({ windows: links({ 0: 71, 4: 75, 9: 71 }) }), []);
});

const changes: readonly [what: string, window: Partial<Window>, found: unknown[]][] = [
  ['a zoom', { zoomed: true }, ['0', null, 'zoom', 'false', 'true']],
  ['another active pane', { activePane: '%73' }, ['0', null, 'active pane', '1', '2']],
  [
    'another layout',
    { layout: 'aaaa,80x24,0,0[80x12,0,0,71,80x11,0,13,72]' },
    ['0', null, 'layout', '80x24,0,0{40x24,0,0,39x24,41,0[39x12,41,0,39x11,41,13]}', '80x24,0,0[80x12,0,0,80x11,0,13]'],
  ],
];

for (const [what, window, found] of changes) {
  test(`${what} is a difference`, () => {
    assert.deepEqual(only(differences({}, window)), found);
  });
}

test('a pane too few is a difference', () => {
  const { panes } = aSplitWindow(71, [71, 72]);
  assert.deepEqual(only(differences({}, { panes })), ['0', null, 'panes', '3', '2']);
});

test('a name is compared only where the user gave it', () => {
  const named = (automaticRename: boolean) => ({
    ...candidate,
    windows: windows.map((window) => ({ ...window, name: 'work', automaticRename })),
  });
  assert.deepEqual(differences({}, {}, new Map(), named(true)), []);
  assert.deepEqual(
    differences({}, {}, new Map(), named(false)).map(({ window, what, expected, actual }) => [
      window,
      what,
      expected,
      actual,
    ]),
    [
      ['0', 'name', 'work', 'shell'],
      ['4', 'name', 'work', 'shell'],
    ],
  );
});

test('a shell in another directory is a difference of its pane', () => {
  const { panes } = aSplitWindow(71, [71, 72, 73]);
  const moved = panes.map((pane, at) => (at === 2 ? { ...pane, index: 2, currentPath: '/' } : pane));
  assert.deepEqual(only(differences({}, { panes: moved })), ['0', '2', 'directory', '/home/user', '/']);
});

test('a program is judged by where it was started, not by where it went', () => {
  const pane = aPane(1, { program: aProgram() });
  const candidate = aCandidate(aSession(1, { name: 'main' }), { windows: [aWindow(1, { panes: [pane] })] });
  const saved = { candidate, host: null };
  const live = aSnapshot([aSession(2, { name: 'main' })], [aWindow(2, { panes: [aPane(2, { currentPath: '/tmp' })] })]);
  const launched = (directory: string) => new Map([['saved/%1', { directory, command: ['vim'] }]]);
  assert.deepEqual(compareSession(saved, live, launched('/home/user')), []);
  assert.deepEqual(only(compareSession(saved, live, launched('/'))), ['0', '0', 'directory', '/home/user', '/']);
  assert.deepEqual(only(compareSession(saved, live, new Map())), ['0', '0', 'directory', '/home/user', '/tmp']);
});

test("a layout is compared by its cells: checksum and pane numbers are the server's own", () => {
  assert.equal(layoutCells('b25d,80x24,0,0,1'), '80x24,0,0');
  assert.equal(layoutCells(LAYOUT), '80x24,0,0{40x24,0,0,39x24,41,0[39x12,41,0,39x11,41,13]}');
  assert.equal(
    layoutCells('dead,80x24,0,0{40x24,0,0,12,39x24,41,0,3}'),
    layoutCells('beef,80x24,0,0{40x24,0,0,1,39x24,41,0,45}'),
  );
  assert.notEqual(layoutCells('b25d,80x24,0,0,1'), layoutCells('b25d,80x25,0,0,1'));
  assert.equal(layoutCells(''), '');
});

const own = (options: Record<string, string>, environment: Record<string, string> = {}) =>
  aSession(1, { name: 'main', options, environment });
const against = (saved: ReturnType<typeof own>, live: ReturnType<typeof own>, host: string | null = null) =>
  compareSession({ candidate: aCandidate(saved), host }, aSnapshot([live]), new Map()).map(
    ({ what, expected, actual }) => `${what}: ${expected} -> ${actual}`,
  );

test('an option that is missing, that has another value or that nobody saved is a difference', () => {
  assert.deepEqual(against(own({ a: '1', b: '2' }), own({ b: '3', c: '4' })), [
    'option a: 1 -> not set',
    'option b: 2 -> 3',
    'option c: not set -> 4',
  ]);
  assert.deepEqual(against(own({}, { EDITOR: 'vi' }), own({}, { DISPLAY: ':0' })), ['variable EDITOR: vi -> not set']);
});

test('a session that was there already may have more options than the saved ones', () => {
  assert.deepEqual(against(own({ a: '1' }), own({ a: '1', b: '2' }), '$1'), []);
});

test('a window that a client has resized already has its cells if not their sizes', () => {
  const layout = (width: number): string =>
    `aaaa,${String(width)}x24,0,0{${String(width - 41)}x24,0,0,1,40x24,${String(width - 40)},0,2}`;
  const saved = aCandidate(aSession(1), { windows: [aSplitWindow(1, [1, 2], { width: 120, layout: layout(120) })] });
  const live = (text: string) => aSnapshot([aSession(1)], [aSplitWindow(1, [1, 2], { width: 100, layout: text })]);
  const found = (text: string, host: string | null) =>
    compareSession({ candidate: saved, host }, live(text), new Map()).map(({ what }) => what);
  assert.deepEqual(found(layout(100), '$1'), []);
  assert.deepEqual(found(layout(100), null), ['layout']);
  assert.deepEqual(found('aaaa,100x24,0,0[100x12,0,0,1,100x11,0,13,2]', '$1'), ['layout']);
});

test('of windows that come into a living session, its user keeps the active one, and panes without their neighbours any layout', () => {
  const lost = aCandidate(aSession(1, { activeWindow: '@1' }), {
    part: true,
    windows: [aWindow(1, { layout: '' })],
  });
  const live = aSnapshot([aSession(1, { windows: links({ 0: 1, 3: 2 }), activeWindow: '@2' })]);
  assert.deepEqual(compareSession({ candidate: lost, host: '$1' }, live, new Map()), []);
});
