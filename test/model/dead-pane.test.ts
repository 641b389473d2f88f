/** Which dead panes come back dead. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deathOf } from '../../src/model/dead-pane.js';
import { aPane, aWindow, settings } from '../support/builders.js';

type Options = Readonly<Record<string, string>>;
type Case = readonly [server: string, window: Options, pane: Options, status: number | null, death: number | null];
const remain = (value: string): Options => ({ 'remain-on-exit': value });

const cases: readonly Case[] = [
  ['off', {}, {}, 3, null],
  ['on', {}, {}, 3, 3],
  ['on', {}, {}, 0, 0],
  // Of a signal no status is known.
  ['on', {}, {}, null, 1],
  ['failed', {}, {}, 3, 3],
  ['failed', {}, {}, 0, null],
  ['failed', {}, {}, null, 1],
  ['key', {}, {}, 0, 0],
  ['off', remain('on'), {}, 3, 3],
  ['on', remain('off'), {}, 3, null],
  ['off', remain('off'), remain('on'), 3, 3],
  ['on', remain('on'), remain('off'), 3, null],
  ['a word of a later tmux', {}, {}, 3, null],
];

for (const [server, ofWindow, ofPane, status, death] of cases) {
  const where = `${JSON.stringify(ofPane)} in ${JSON.stringify(ofWindow)} under ${server}`;
  test(`a pane that ended with ${String(status)}, ${where}, ends again with ${String(death)}`, () => {
    const pane = { ...aPane(1, { dead: true, deadStatus: status }), options: { ...ofPane } };
    const window = { ...aWindow(1, {}), options: { ...ofWindow } };
    assert.equal(deathOf(pane, window, settings({ remainOnExit: server })), death);
    assert.equal(deathOf({ ...pane, dead: false }, window, settings({ remainOnExit: server })), null);
  });
}
