/**
 * What may be let go of because it is kept elsewhere, and nothing else.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { holds, type Whole } from '../../src/model/holds.js';
import type { Look } from '../../src/model/lineage.js';
import type { Pane, Pending, Session, Window } from '../../src/model/manifest.js';
import { thinRepeats } from '../../src/model/repeats.js';
import {
  aClosed,
  aManifest,
  aPane,
  aPending,
  aProgram,
  aSession,
  at,
  aWindow,
  links,
  someContents,
  theNextServer,
} from '../support/builders.js';
import { nextLook, replacement, written } from './judging.js';

const whole = (pane: Partial<Pane> = {}, window: Partial<Window> = {}, session: Partial<Session> = {}): Whole => ({
  session: aSession(1, session),
  windows: [aWindow(1, { panes: [aPane(1, pane)], ...window })],
});

test('a session holds itself, also under other ids', () => {
  assert.equal(holds(whole(), whole()), true);
  const other: Whole = {
    session: aSession(9, { name: 'session-1' }),
    windows: [aWindow(8), aWindow(9, { panes: [aPane(77)] })],
  };
  assert.equal(holds(other, whole()), true);
});

test('more than the other held is no matter', () => {
  const rich = whole({ program: aProgram(), contents: someContents(1) });
  assert.equal(holds(rich, whole()), true);
  assert.equal(holds(whole(), rich), false);
});

test('a difference that a user would miss is a difference', () => {
  const saved = whole({ program: aProgram(), contents: someContents(1) }, { name: 'work', automaticRename: false });
  const pane = { program: aProgram(), contents: someContents(1) };
  const window = { name: 'work', automaticRename: false };
  const others: readonly Whole[] = [
    whole(pane, window, { name: 'other' }),
    whole(pane, { ...window, name: 'play' }),
    whole({ ...pane, currentPath: '/' }, window),
    whole({ ...pane, program: null }, window),
    whole({ ...pane, program: aProgram({ argv: ['vim', 'other'] }) }, window),
    whole({ ...pane, contents: null }, window),
    whole({ ...pane, contents: someContents(2) }, window),
    whole(pane, { ...window, panes: [aPane(1, pane), aPane(2)] }),
    whole(pane, { ...window, panes: [] }),
    whole(pane, window, { windows: links({ 1: 1 }) }),
    whole(pane, window, { windows: links({ 0: 1, 1: 1 }) }),
    whole(pane, window, { windows: [] }),
  ];
  assert.equal(holds(whole(pane, window), saved), true);
  for (const other of others) assert.equal(holds(other, saved), false, JSON.stringify(other));
});

test('a name that tmux gives a window by itself is no difference', () => {
  assert.equal(holds(whole({}, { name: 'vim' }), whole({}, { name: 'bash' })), true);
});

/** Returns an entry of the session `main` with work of that number in it. */
const skipped = (work: number, changes: Partial<Pending> = {}): Pending =>
  aPending(aSession(1, { name: 'main' }), {
    since: at(work),
    how: 'skipped',
    windows: [aWindow(1, { panes: [aPane(1, { contents: someContents(work) })] })],
    ...changes,
  });

test('of entries that hold the same the last one stays', () => {
  const first = skipped(1);
  const again = skipped(1, { since: at(50) });
  assert.deepEqual(thinRepeats([first, skipped(2), again], []), { pending: [skipped(2), again], closed: [] });
  assert.deepEqual(thinRepeats([{ ...first, how: 'failed' }, again], []).pending, [again]);
});

test('an entry goes only for a later one that holds all of it', () => {
  const bare = skipped(1, { windows: [aWindow(1)] });
  assert.deepEqual(thinRepeats([bare, skipped(2)], []).pending, [skipped(2)]);
  assert.deepEqual(thinRepeats([skipped(2), bare], []).pending, [skipped(2), bare]);
});

test('of more than five skipped sessions of one name the oldest are closed since they were skipped', () => {
  const entries = [1, 2, 3, 4, 5, 6, 7].map((work) => skipped(work));
  const elsewhere = aClosed(aSession(9));
  const { pending, closed } = thinRepeats(entries, [elsewhere]);
  assert.deepEqual(pending, entries.slice(2));
  assert.deepEqual(
    closed,
    [1, 2]
      .map((work) => aClosed(skipped(work).session, { closedAt: at(work), windows: skipped(work).windows }))
      .concat(elsewhere),
  );
});

test('only skipped entries of one name count against each other', () => {
  const entries = [1, 2, 3, 4, 5, 6, 7].map((work) => skipped(work, { how: work % 2 === 0 ? 'lost' : 'failed' }));
  const others = [11, 12, 13].map((work) => skipped(work, { session: aSession(work) }));
  const all = [...entries, ...others, ...[21, 22, 23, 24, 25].map((work) => skipped(work))];
  assert.deepEqual(thinRepeats(all, []), { pending: all, closed: [] });
});

test('a name that something takes first on every new server does not make pending grow for ever', () => {
  const placeholder = (pid: number): Look =>
    nextLook({
      server: { ...theNextServer(), pid },
      takenAt: at(2000 + pid),
      sessions: [aSession(pid, { name: 'main' })],
      windows: [aWindow(pid, { panes: [aPane(pid, { contents: someContents(pid) })] })],
    });
  let manifest = aManifest({ sessions: [] });
  for (let pid = 1; pid <= 30; pid++) manifest = written(replacement(manifest, placeholder(pid)).state);
  assert.deepEqual(
    manifest.pending.map(({ session }) => session.id),
    ['$25', '$26', '$27', '$28', '$29'],
  );
  assert.deepEqual(
    manifest.closed.map(({ session }) => session.id),
    Array.from({ length: 24 }, (_, index) => `$${index + 1}`),
  );
});

test('a part stands for no session, for it has nothing of it but windows; the session stands for the part', () => {
  const entry = aPending(aSession(1), { how: 'failed' });
  const part = aPending(aSession(1), { since: at(50), part: true });
  assert.deepEqual(thinRepeats([entry, part], []).pending, [entry, part]);
  assert.deepEqual(thinRepeats([part, entry], []).pending, [entry]);
});
