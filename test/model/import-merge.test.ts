/** What an import adds to the saved state: only what is new, and nothing of what is there is changed. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Imported } from '../../src/model/import.js';
import { mergeImport, withImported } from '../../src/model/import-merge.js';
import { importedNamesFrom, withImportedNames } from '../../src/model/imported-names.js';
import { recordsOf } from '../../src/model/import-records.js';
import { parseResurrect } from '../../src/model/import-resurrect.js';
import { parseTsv } from '../../src/model/import-tsv.js';
import { parseManifest } from '../../src/model/manifest.js';
import type { State } from '../../src/model/lineage.js';
import {
  aClosed,
  aConversation,
  aManifest,
  aPane,
  aPending,
  aProgram,
  aSession,
  at,
  aWindow,
} from '../support/builders.js';

const ID = aConversation().id;

const entriesOf = (imported: Imported) =>
  recordsOf(imported, {
    at: at(2000),
    titleOf: ({ title }) => title,
    programOf: ({ commandLine }) =>
      commandLine === ''
        ? null
        : aProgram({ kind: 'claude', conversation: aConversation({ id: commandLine.slice(-36) }) }),
  });

const table = (...names: readonly string[]) =>
  entriesOf(parseTsv(names.map((name) => `${name}\t/srv/${name}\n`).join('')));

/** Fails unless a state is one that a manifest can hold. */
function assertSaved(state: State): void {
  const text = JSON.stringify({ ...aManifest(), ...state });
  const parsed = parseManifest(text, 'path');
  assert.ok(parsed.ok, parsed.ok ? '' : JSON.stringify(parsed.error));
}

describe('an import', () => {
  test('where nothing was saved is the state, of no server', () => {
    const { added, sessions } = mergeImport(null, table('web', 'api'), []);
    const state = withImported(null, added, at(2000), 'api');
    assertSaved(state);
    assert.deepEqual(
      [state.server, state.sessions.map(({ name }) => name), state.pending, state.lastSession],
      [null, ['web', 'api'], [], 'api'],
    );
    assert.deepEqual(sessions[0], { session: 'web', result: 'imported', reason: null, windows: 1, panes: 1 });
  });

  test('beside a saved state waits to be restored, and leaves the rest as it was', () => {
    const previous = aManifest({ pending: [aPending(aSession(5))], closed: [aClosed(aSession(6))] });
    const state = withImported(previous, mergeImport(previous, table('web'), []).added, at(2000), null);
    assertSaved(state);
    assert.deepEqual(
      state.pending.map(({ how, since, session }) => [how, since, session.name]),
      [
        ['lost', at(500), 'session-5'],
        ['imported', at(2000), 'web'],
      ],
    );
    assert.deepEqual(
      [state.sessions, state.closed, state.server],
      [previous.sessions, previous.closed, previous.server],
    );
  });

  test('leaves every name alone that lives, is saved, waits or was closed, and says so', () => {
    const named = (number: number, name: string) => aSession(number, { name });
    const previous = aManifest({
      sessions: [named(1, 'saved')],
      pending: [aPending(named(2, 'waits'))],
      closed: [aClosed(named(3, 'closed'))],
    });
    const { added, sessions } = mergeImport(previous, table('saved', 'lives', 'waits', 'new', 'closed'), ['lives']);
    assert.deepEqual(
      added.map(({ session }) => session.name),
      ['new'],
    );
    assert.deepEqual(
      sessions.map(({ result }) => result),
      ['skipped', 'skipped', 'skipped', 'imported', 'skipped'],
    );
    for (const { reason } of sessions.filter(({ result }) => result === 'skipped'))
      assert.match(reason ?? '', /^a session of this name /);
  });

  test('that is done twice adds nothing the second time', () => {
    for (const first of [null, aManifest()]) {
      const state = withImported(first, mergeImport(first, table('web', 'api'), []).added, at(2000), null);
      const again = mergeImport(
        { ...aManifest(), ...state, pending: [...state.pending], closed: [] } as never,
        table('web', 'api'),
        [],
      );
      assert.deepEqual(again.added, []);
    }
  });

  test('never has a conversation in two panes: the first one keeps it, what is saved before all', () => {
    const other = '6f1a2b3c-0000-4000-8000-000000000002';
    const file = parseTsv(`a\t/a\t${ID}\nb\t/b\t${other}\nc\t/c\t${other}\n`);
    const held = aPane(1, { program: aProgram({ kind: 'claude', conversation: aConversation() }) });
    const previous = aManifest({ windows: [aWindow(1, { panes: [held] })] });
    const conversations = (merged: ReturnType<typeof mergeImport>) =>
      merged.added.map(({ windows }) => windows[0]?.panes[0]?.program?.conversation?.id ?? null);
    const beside = mergeImport(previous, entriesOf(file), []);
    assert.deepEqual(
      [conversations(beside), beside.problems.map(({ line }) => line)],
      [
        [null, other, null],
        [1, 3],
      ],
    );
    const alone = mergeImport(null, entriesOf(file), []);
    assert.deepEqual([conversations(alone), alone.problems.map(({ line }) => line)], [[ID, other, null], [3]]);
  });

  test('keeps a group together: its members show the same windows', () => {
    const lines = [
      ['pane', 'one', '0', '1', ':*', '0', 't', ':/tmp', '1', 'claude', `:claude --resume ${ID}`],
      ['pane', 'one', '2', '0', ':-', '0', 't', ':/tmp', '1', 'bash', ':'],
      ['grouped_session', 'two', 'one', ':0', ':2'],
    ];
    const entries = entriesOf(parseResurrect(lines.map((line) => line.join('\t')).join('\n'), '/'));
    const { added, problems } = mergeImport(null, entries, []);
    const state = withImported(null, added, at(2000), null);
    assertSaved(state);
    assert.deepEqual(problems, []);
    assert.deepEqual(
      state.sessions.map((session) => [session.name, session.group, session.activeWindow, session.lastWindows]),
      [
        ['one', 'one', '@0', ['@1']],
        ['two', 'one', '@1', ['@0']],
      ],
    );
    assert.equal(state.windows.length, 2);
  });

  test('that respects what was added before leaves it out, whatever else became of it', () => {
    const { added, sessions } = mergeImport(aManifest(), table('web', 'api'), [], ['web']);
    assert.deepEqual(
      [added.map(({ session }) => session.name), sessions.map(({ reason }) => reason)],
      [['api'], ['it was imported before', null]],
    );
  });
});

describe('the record of what imports added', () => {
  test('holds each name once, also one that is not UTF-8, and the newest where there are too many', () => {
    const odd = { base64: '//4=' };
    const text = withImportedNames(importedNamesFrom(withImportedNames([], ['web', odd])), ['web', 'api']);
    assert.deepEqual(importedNamesFrom(text), ['web', odd, 'api']);
    const many = Array.from({ length: 6000 }, (_, at) => `s${at}`);
    assert.deepEqual(importedNamesFrom(withImportedNames(['old'], many)).at(-1), 's5999');
    assert.ok(importedNamesFrom(withImportedNames(['old'], many)).length < 6000);
  });

  test('says nothing where it is damaged or of another format', () => {
    for (const text of ['', '{', '[]', '{"format":"tmux-persist-imported/2","names":["a"]}']) {
      assert.deepEqual(importedNamesFrom(text), []);
    }
  });
});
