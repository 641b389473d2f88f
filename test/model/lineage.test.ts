/**
 * What becomes of the sessions of a server that is gone (R3): they are carried over until they are back.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { entryKey } from '../../src/model/candidates.js';
import { windowsOf } from '../../src/model/holds.js';
import { judge, nameKey, type Circumstances, type Look } from '../../src/model/lineage.js';
import type { Pending } from '../../src/model/manifest.js';
import {
  aClosed,
  aLook,
  aManifest,
  aPane,
  aPending,
  aProgram,
  aSession,
  aWindow,
  at,
  circumstances,
  links,
  someContents,
  theNextServer,
} from '../support/builders.js';
import { back, nextLook, one, replacement, three, two, waiting, written } from './judging.js';

test('the first look of all is saved as it is', () => {
  const look = aLook({ sessions: [one, two], lastSession: 'session-2' });
  const { state, lost } = replacement(null, look);
  const { server, sessions, windows, buffers, lastSession } = look;
  assert.deepEqual(state, { server, sessions, windows, buffers, lastSession, pending: [], closed: [] });
  assert.deepEqual(lost, []);
});

test('what an earlier server had and the new one has not is pending, whole', () => {
  const previous = aManifest({ sessions: [one, two], windows: [aWindow(1, { name: 'work' }), aWindow(2)] });
  const { state, lost } = replacement(previous, nextLook());
  assert.deepEqual(state.pending, [
    { since: at(1001), how: 'lost', part: false, session: one, windows: [aWindow(1, { name: 'work' })] },
    { since: at(1001), how: 'lost', part: false, session: two, windows: [aWindow(2)] },
  ]);
  assert.deepEqual([state.sessions, state.server, lost], [[], theNextServer(), []]);
});

test('a server is another one by its pid, its start or its boot alone', () => {
  const previous = aManifest({ sessions: [one] });
  const looks = [
    aLook({ sessions: [one], server: { ...theNextServer(), startTime: aLook().server.startTime } }),
    aLook({ sessions: [one], server: { ...theNextServer(), pid: aLook().server.pid } }),
    aLook({ sessions: [one], bootId: 'next boot' }),
  ];
  for (const look of looks) assert.equal(judge(previous, look, circumstances()).kind, 'replace');
  assert.equal(judge(previous, aLook({ sessions: [one] }), circumstances()).kind, 'equal');
});

test('an imported state of no server is carried into the first one', () => {
  const previous = aManifest({ server: null, sessions: [one], pending: [aPending(two, { how: 'imported' })] });
  assert.deepEqual(waiting(replacement(previous, nextLook()).state), ['imported "session-2"', 'lost "session-1"']);
});

test('what was pending before stays pending over any number of servers, with its own time', () => {
  let manifest = aManifest({ sessions: [], pending: [aPending(one), aPending(two, { how: 'failed' })] });
  for (let pid = 1; pid <= 10; pid++) {
    const look = nextLook({ server: { ...theNextServer(), pid } });
    manifest = written(replacement(manifest, look).state);
  }
  assert.deepEqual(manifest.pending, [aPending(one), aPending(two, { how: 'failed' })]);
});

test('until the first restore is finished a look goes to history alone', () => {
  const previous = aManifest({ sessions: [one], pending: [aPending(two)], closed: [aClosed(three)] });
  const verdict = judge(previous, nextLook(), circumstances({ restoreIsDue: true }));
  assert.equal(verdict.kind, 'archive');
  assert.deepEqual([verdict.state.pending, verdict.state.closed], [previous.pending, previous.closed]);
});

test('the very first look is saved even while a restore is due: there is nothing to lose', () => {
  assert.equal(judge(null, aLook(), circumstances({ restoreIsDue: true })).kind, 'replace');
});

const grown = { windows: [aWindow(9, { panes: [aPane(9, { currentPath: '/elsewhere' })] })] };
const fates: readonly [what: string, look: Partial<Look>, changes: Partial<Circumstances>, pending: string[]][] = [
  ['that was restored is let go of', { sessions: [back], ...grown }, { restored: new Set(['saved/$1']) }, []],
  [
    'that was restored and is gone again is kept',
    { sessions: [] },
    { restored: new Set(['saved/$1']) },
    ['lost "session-1"'],
  ],
  [
    'that failed is kept as failed',
    { sessions: [] },
    { unrestored: new Map([[nameKey(one), 'failed']]) },
    ['failed "session-1"'],
  ],
  [
    'whose name was taken is kept as skipped',
    { sessions: [back], ...grown },
    { unrestored: new Map([[nameKey(one), 'skipped']]) },
    ['skipped "session-1"'],
  ],
  [
    'whose name is there without a restore is kept as skipped',
    { sessions: [back], ...grown },
    {},
    ['skipped "session-1"'],
  ],
  ['that has an exact counterpart is let go of', { sessions: [back] }, {}, []],
  ['whose name nobody has is kept as lost', { sessions: [aSession(9)] }, {}, ['lost "session-1"']],
];

for (const [what, look, changes, pending] of fates) {
  test(`of a server that is gone, a session ${what}`, () => {
    assert.deepEqual(waiting(replacement(aManifest({ sessions: [one] }), nextLook(look), changes).state), pending);
    const due = judge(
      aManifest({ sessions: [one] }),
      nextLook(look),
      circumstances({ ...changes, restoreIsDue: true }),
    );
    assert.equal(due.kind, 'archive');
  });
}

test('neither memory trouble nor the age of the new server changes what is carried over', () => {
  for (const oomNear of [false, true]) {
    for (const serverAgeMs of [-5000, 0, 3_600_000]) {
      const verdict = replacement(aManifest({ sessions: [one, two] }), nextLook(), { oomNear, serverAgeMs });
      assert.deepEqual(waiting(verdict.state), ['lost "session-1"', 'lost "session-2"']);
      assert.deepEqual(verdict.lost, []);
    }
  }
});

test('a reconnected shell in place of a session with a program, scrollback or another directory is no counterpart', () => {
  for (const pane of [{ program: aProgram() }, { contents: someContents(1) }, { currentPath: '/home/user/project' }]) {
    const previous = aManifest({ sessions: [one], windows: [aWindow(1, { panes: [aPane(1, pane)] })] });
    const { state } = replacement(previous, nextLook({ sessions: [back] }));
    assert.deepEqual(waiting(state), ['skipped "session-1"']);
  }
});

test('a pending session leaves by being restored, and only while it is there', () => {
  const entry = aPending(one);
  const previous = aManifest({ sessions: [two], pending: [entry, aPending(one, { since: at(400) })] });
  const restored = new Set([entryKey('pending', entry.since, one)]);
  const { state } = replacement(previous, aLook({ sessions: [two, back] }), { restored });
  assert.deepEqual(state.pending, [aPending(one, { since: at(400), how: 'skipped' })]);
  assert.equal(judge(previous, aLook({ sessions: [two] }), circumstances({ restored })).kind, 'equal');
});

test('a closed session that was restored is closed no more', () => {
  const previous = aManifest({ sessions: [two], closed: [aClosed(one), aClosed(three)] });
  const restored = new Set([entryKey('closed', at(500), one)]);
  const { state } = replacement(previous, aLook({ sessions: [two, back] }), { restored });
  assert.deepEqual(state.closed, [aClosed(three)]);
});

test('a session that was brought back before its going was noted is not taken for closed', () => {
  const { state } = replacement(aManifest({ sessions: [one, two] }), aLook({ sessions: [two, back] }), {
    restored: new Set(['saved/$1']),
  });
  assert.deepEqual(state.pending, []);
});

test('a restore that did not bring a pending session back is noted on it', () => {
  const previous = aManifest({ sessions: [], pending: [aPending(one), aPending(two, { how: 'imported' })] });
  const unrestored = new Map([
    [nameKey(one), 'skipped'],
    [nameKey(two), 'failed'],
  ] as const);
  assert.deepEqual(waiting(replacement(previous, nextLook({ sessions: [back] }), { unrestored }).state), [
    'skipped "session-1"',
    'failed "session-2"',
  ]);
});

const carried: readonly [how: Pending['how'], nameLives: boolean, isNewServer: boolean, then: Pending['how']][] = [
  ['lost', false, false, 'lost'],
  ['lost', true, false, 'skipped'],
  ['lost', false, true, 'lost'],
  ['lost', true, true, 'skipped'],
  ['skipped', false, false, 'skipped'],
  ['skipped', true, false, 'skipped'],
  ['skipped', false, true, 'lost'],
  ['skipped', true, true, 'skipped'],
  ['closing', false, false, 'closing'],
  ['closing', true, false, 'closing'],
  ['closing', false, true, 'lost'],
  ['closing', true, true, 'skipped'],
  ['failed', false, true, 'failed'],
  ['failed', true, true, 'failed'],
  ['imported', false, true, 'imported'],
  ['imported', true, true, 'imported'],
];

for (const [how, nameLives, isNewServer, then] of carried) {
  const where = `${isNewServer ? 'on the next server' : 'on the same server'}${nameLives ? ', its name taken,' : ''}`;
  test(`a pending session that was ${how} is ${then} ${where}`, () => {
    const sessions = nameLives ? [back] : [];
    const previous = aManifest({ sessions, pending: [aPending(one, { how })] });
    const look = isNewServer ? nextLook({ sessions }) : aLook({ sessions: [...sessions, three] });
    assert.deepEqual(waiting(replacement(previous, look).state), [`${then} "session-1"`]);
  });
}

test('what an earlier restore said of a name that is free now does not hide a loss', () => {
  const unrestored = new Map([[nameKey(one), 'skipped']] as const);
  assert.deepEqual(waiting(replacement(aManifest({ sessions: [one] }), nextLook(), { unrestored }).state), [
    'lost "session-1"',
  ]);
});

test('what was being closed when its server died was lost with it', () => {
  const previous = aManifest({ sessions: [], pending: [aPending(one, { how: 'closing' })] });
  assert.deepEqual(waiting(replacement(previous, nextLook()).state), ['lost "session-1"']);
});

test('a session of a new server that happens to have the id and the second of a pending one takes nothing from it', () => {
  const previous = aManifest({ sessions: [], pending: [aPending(one)] });
  assert.deepEqual(waiting(replacement(previous, nextLook({ sessions: [one] })).state), ['skipped "session-1"']);
});

test('a session of a new server that happens to have the id and the second of a lost one does not hide it', () => {
  const other = aSession(1, { name: 'other' });
  const { state } = replacement(aManifest({ sessions: [one] }), nextLook({ sessions: [other] }));
  assert.deepEqual(waiting(state), ['lost "session-1"']);
});

test('two saved sessions of one name are both kept until each was restored', () => {
  const twin = aSession(2, { name: one.name });
  const previous = aManifest({ sessions: [one, twin], windows: [aWindow(1), aWindow(2, grown.windows[0])] });
  const { state } = replacement(previous, nextLook({ sessions: [back] }), { restored: new Set(['saved/$1']) });
  assert.deepEqual(state.pending, [
    { since: at(1001), how: 'skipped', part: false, session: twin, windows: windowsOf(twin, previous.windows) },
  ]);
});

test('a session without a window is kept like any other', () => {
  const empty = aSession(1, { windows: [] });
  assert.deepEqual(waiting(replacement(aManifest({ sessions: [empty] }), nextLook()).state), ['lost "session-1"']);
});

test('a window of several sessions is kept with each that is pending', () => {
  const shared = aSession(2, { windows: links({ 0: 1, 1: 2 }) });
  const { state } = replacement(aManifest({ sessions: [one, shared] }), nextLook());
  assert.deepEqual(
    state.pending.map(({ windows }) => windows.map((window) => window.id)),
    [['@1'], ['@1', '@2']],
  );
});
