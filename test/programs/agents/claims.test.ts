/** What claims about a conversation amount to. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conversationOf, type Claim } from '../../../src/programs/agents/claims.js';
import { goose } from '../../../src/programs/agents/goose.js';
import { launchArguments } from '../../../src/programs/launcher.js';
import type { Resumption } from '../../../src/programs/resumption.js';
import { AgentHome, conversationsOf, heldOf, inWords } from './agent-fixtures.js';
import { fakeView } from '../fake-view.js';

const now = (id: string, at: number | null = null): Claim => ({ id, source: 'now', isCurrent: true, at });
const once = (id: string, at: number | null = null): Claim => ({ id, source: 'once', isCurrent: false, at });

test('is sure only of what a source says that follows every change', () => {
  assert.equal(inWords(conversationOf([])), 'none');
  assert.equal(inWords(conversationOf([now('a')])), 'a now exact');
  assert.equal(inWords(conversationOf([once('a')])), 'a once inferred');
  assert.equal(inWords(conversationOf([once('a'), now('a')])), 'a once exact');
  assert.equal(inWords(conversationOf([now('a'), once('b')])), 'a now exact');
});

test('doubts where sources that follow every change disagree, or a weaker one is later', () => {
  assert.equal(inWords(conversationOf([now('a'), now('b'), now('b')])), 'a now ambiguous b');
  assert.equal(inWords(conversationOf([once('a'), once('b')])), 'a once ambiguous b');
  assert.equal(inWords(conversationOf([now('a', 1000), once('b', 9000)])), 'a now ambiguous b');
  assert.equal(inWords(conversationOf([now('a', 9000), once('b', 1000)])), 'a now exact');
});

test('an offer that nobody took up is as doubtful as it was, a program that waits for its turn as sure', (t) => {
  const argv = ['/usr/bin/goose', 'session', '--resume', '--session-id', '20251108_1'];
  const launch = (action: Resumption['action']): ReturnType<typeof launchArguments> =>
    launchArguments({
      ...{ shell: '/bin/sh', defaultCommand: '', contentsPath: null, notice: null, death: null, argv: [] },
      resumption: { action, argv, env: {}, unset: [], cwd: '/', notice: null, counts: 'offered' },
    });
  const home = new AgentHome(goose, t);
  const expected = { auto: 'exact', view: 'exact', offer: 'inferred' } as const;
  for (const action of ['auto', 'view', 'offer'] as const) {
    const waiting = fakeView({ pid: 10, argv: launch(action) });
    const started = heldOf(goose, fakeView({ pid: 10, argv }), 10);
    const [identity] = conversationsOf(goose).identify([started], home.around(waiting));
    assert.equal(identity?.conversation?.confidence, expected[action], action);
  }
});
