/**
 * Which looks are worth a write (R9).
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge, type Look } from '../../src/model/lineage.js';
import { NO_USER_OPTIONS } from '../../src/model/manifest.js';
import {
  aLook,
  aManifest,
  aPane,
  aProgram,
  aSession,
  aWindow,
  at,
  circumstances,
  links,
  someContents,
} from '../support/builders.js';
import { one, two } from './judging.js';

const quiet: readonly [what: string, changes: Partial<Look>][] = [
  ['nothing', {}],
  ['the time of the last activity', { sessions: [aSession(1, { activityAt: at(999) })] }],
  ['the time of the last client', { sessions: [aSession(1, { lastAttachedAt: at(999) })] }],
  ['a title within a minute', { windows: [aWindow(1, { panes: [aPane(1, { title: 'spinner' })] })] }],
  ['the PATH of the server', { server: { ...aLook().server, environment: {} } }],
];

for (const [what, changes] of quiet) {
  test(`a look that differs in ${what} is equal`, () => {
    assert.deepEqual(judge(aManifest(), aLook(changes), circumstances()), { kind: 'equal' });
  });
}

const loud: readonly [what: string, changes: Partial<Look>][] = [
  ['a name', { sessions: [aSession(1, { name: 'other' })] }],
  ['a session more', { sessions: [one, two] }],
  ['a link', { sessions: [aSession(1, { windows: links({ 1: 1 }) })] }],
  ['a directory', { windows: [aWindow(1, { panes: [aPane(1, { currentPath: '/' })] })] }],
  ['a program', { windows: [aWindow(1, { panes: [aPane(1, { program: aProgram() })] })] }],
  ['scrollback', { windows: [aWindow(1, { panes: [aPane(1, { contents: someContents(1) })] })] }],
  ['a layout', { windows: [aWindow(1, { layout: 'b25d,80x23,0,0,1' })] }],
  ['an option of a session', { sessions: [aSession(1, { options: { status: 'off' } })] }],
  ['a variable of a session', { sessions: [aSession(1, { environment: { LANG: 'C' } })] }],
  ['an option of a window', { windows: [aWindow(1, { options: { '@x': '' } })] }],
  ['an option of a pane', { windows: [aWindow(1, { panes: [aPane(1, { options: { '@x': '1' } })] })] }],
  [
    'an option of the server',
    { server: { ...aLook().server, options: { ...NO_USER_OPTIONS, window: { '@x': '1' } } } },
  ],
  ['a variable of the server', { server: { ...aLook().server, environment: { LANG: 'C' } } }],
  ['a paste buffer', { buffers: [{ name: 'buffer0', automatic: true, bytes: 1, sha256: 'a'.repeat(64) }] }],
  ['the last session', { lastSession: 'session-1' }],
];

for (const [what, changes] of loud) {
  test(`a look that differs in ${what} is written`, () => {
    assert.equal(judge(aManifest(), aLook(changes), circumstances()).kind, 'replace');
  });
}

test('titles are written once a minute, also after the clock was set back', () => {
  const windows = [aWindow(1, { panes: [aPane(1, { title: 'new' })] })];
  const kinds = [59.9, 60, -60].map(
    (seconds) => judge(aManifest(), aLook({ windows, takenAt: at(1000 + seconds) }), circumstances()).kind,
  );
  assert.deepEqual(kinds, ['equal', 'replace', 'replace']);
});
