/** Which sessions nobody used: one sign of use is enough against it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isPristine, isUnused, type PaneProcess, type PlaceholderView } from '../../src/model/pristine.js';

const view: PlaceholderView = {
  panePid: 100,
  tty: '/dev/pts/1',
  sessionWindows: 1,
  windowPanes: 1,
  isShared: false,
  startCommand: [],
  defaultCommand: '',
  created: 1000,
  activity: 1000,
  lastAttached: null,
  historySize: 0,
  history: [],
  modes: 0,
  alternateOn: false,
  isDead: false,
  isPiped: false,
  rows: ['$', ''],
  cursorX: 2,
  cursorY: 0,
  width: 80,
};
const shell: PaneProcess = { executable: 'bash', children: 0, jobs: 0, readAt: 1000 };
const blank: Partial<PlaceholderView> = { rows: ['', ''], cursorX: 0 };

const judge = (changes: Partial<PlaceholderView>, process: Partial<PaneProcess> = {}, now = 2000): boolean =>
  isPristine({ view: { ...view, ...changes }, process: { ...shell, ...process }, now });

type Case = readonly [what: string, view: Partial<PlaceholderView>, process?: Partial<PaneProcess>, now?: number];

const unused: readonly Case[] = [
  ['a shell at its first prompt', {}],
  ['one that a client is attached to', { lastAttached: 1005, activity: 1005 }],
  ['one that began with the default-command', { startCommand: ['exec fish'], defaultCommand: 'exec fish' }],
  ['a shell that has printed nothing yet', blank],
  ['a shell that is busy with its start-up files', blank, { children: 1 }, 1002],
  ['a shell that read the answer of its terminal', {}, { readAt: 1002 }],
  ['one whose terminal tells no time', {}, { readAt: null }],
  ['a shell whose start-up files left a helper behind', {}, { children: 1 }],
  ['a shell that drew its prompt anew', { historySize: 3, history: ['', '$', '$              12:00'] }],
  ['a shell that cleared a blank screen', { ...blank, historySize: 1, history: [''] }],
];

for (const [what, ...change] of unused) {
  test(`unused: ${what}`, () => {
    assert.equal(judge(...change), true);
  });
}

const used: readonly Case[] = [
  ['a key was pressed since a client attached', { lastAttached: 1005, activity: 1006 }],
  ['something was pressed where no client is known', { activity: 1001 }],
  [
    'the shell read something later, whenever clients came and went',
    { lastAttached: 1900, activity: 1900 },
    { readAt: 1500 },
  ],
  ['text is typed', { rows: ['$ ls', ''], cursorX: 4 }],
  ['text scrolled away', { historySize: 1, history: ['x'] }],
  ['a command scrolled away', { historySize: 1, history: ['$ x'] }],
  ['a command scrolled away above a blank screen', { ...blank, historySize: 1, history: ['$ x'] }],
  ['more scrolled away than was looked at', { historySize: 3, history: ['', ''] }],
  ['text that was typed ahead is shown', { rows: ['ls', ''], cursorX: 2 }],
  ['the cursor moved on a blank screen', { ...blank, cursorX: 1 }],
  ['a program runs', {}, { children: 1, jobs: 1 }],
  ['a program runs and shows nothing', blank, { children: 1 }],
  ['a job was started on a blank screen', blank, { children: 1, jobs: 1 }, 1001],
  ['the shell became another program', {}, { executable: 'vim' }],
  ['what runs is unknown', {}, { executable: null }],
  ['it was made with a command', { startCommand: ['top'] }],
  [
    'it was made with words that begin as the default-command',
    { startCommand: ['fish', '-c'], defaultCommand: 'fish' },
  ],
  ['it was made with an empty command', { startCommand: [''], defaultCommand: 'fish' }],
  ['it has two panes', { windowPanes: 2 }],
  ['another session shows the window', { isShared: true }],
  ['it is in copy mode', { modes: 1 }],
  ['it shows the alternate screen', { alternateOn: true }],
  ['it is dead', { isDead: true }],
  ['its output is recorded', { isPiped: true }],
];

for (const [what, ...change] of used) {
  test(`used: ${what}`, () => {
    assert.equal(judge(...change), false);
  });
}

test('a session with two windows is used, a window beside another need not be', () => {
  const evidence = { view: { ...view, sessionWindows: 2 }, process: shell, now: 2000 };
  assert.deepEqual([isPristine(evidence), isUnused(evidence)], [false, true]);
});
