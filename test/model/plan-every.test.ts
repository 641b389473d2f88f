/**
 * What holds for every plan, whatever was saved.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refOf, type Candidate } from '../../src/model/candidates.js';
import { planRestore, type Plan } from '../../src/model/plan.js';
import { aPlanContext, aSession, aSnapshot, aSplitWindow, at, links, settings } from '../support/builders.js';
import { seededRandom } from '../support/nasty-text.js';
import { candidatesOf } from './planning.js';

/** Returns sessions with windows of their own, windows of each other, and groups; the same for the same seed. */
function someSessions(random: () => number): Candidate[] {
  const below = (limit: number): number => Math.floor(random() * limit);
  const windows = Array.from({ length: 8 }, (_, at) =>
    aSplitWindow(
      at + 1,
      Array.from({ length: 1 + below(3) }, (_pane, pane) => (at + 1) * 10 + pane),
    ),
  );
  const groups = [links({ 0: 1, 2: 2 }), links({ 1: 3 })];
  const sessions = Array.from({ length: 1 + below(6) }, (_, number) => {
    const group = below(4);
    const shared = groups[group];
    const own = Object.fromEntries(Array.from({ length: 1 + below(3) }, () => [below(6), 1 + below(8)]));
    return aSession(number + 1, {
      group: shared === undefined ? null : `session-${group + 1}`,
      windows: shared ?? links(own),
      activityAt: at(below(100)),
    });
  });
  return candidatesOf(sessions, windows);
}

test('every link of every session is made exactly once, and no step needs what was not made before it', () => {
  for (let seed = 1; seed <= 500; seed++) {
    const random = seededRandom(seed);
    const candidates = someSessions(random);
    const baseIndex = Math.floor(random() * 3);
    const live = random() < 0.3 ? aSnapshot([aSession(50, { name: 'session-1' })]) : aSnapshot();
    const plan = planRestore(candidates, aPlanContext({ live, settings: settings({ baseIndex }) }));
    assert.equal(plan.sessions.length + plan.skips.length, candidates.length);
    assert.deepEqual(linksOf(plan, baseIndex), expectedLinks(plan), `seed ${seed}`);
  }
});

const expectedLinks = (plan: Plan): Map<string, unknown> =>
  new Map(
    plan.sessions
      .map(({ candidate, ref }): [string, unknown] => [
        ref,
        candidate.session.windows.map((link) => [link.index, refOf(candidate, link.windowId)]),
      ])
      .sort(),
  );

/** Follows the steps of a plan and returns which window each session shows at which index. */
function linksOf(plan: Plan, baseIndex: number): Map<string, unknown> {
  const sessions = new Map<string, Map<number, string>>();
  const byName = new Map<string, Map<number, string>>();
  const made = new Set<string>();
  const make = (ref: string): void => {
    assert.ok(!made.has(ref), `${ref} is made twice`);
    made.add(ref);
  };
  const shown = (session: string): Map<number, string> => {
    const found = sessions.get(session) ?? byName.get(session);
    assert.ok(found, `${session} is not there`);
    return found;
  };
  const place = (session: Map<number, string>, index: number, window: string): void => {
    assert.ok(!session.has(index), `index ${index} is taken`);
    session.set(index, window);
  };
  for (const step of [...plan.create, ...plan.settle]) {
    if (step.kind === 'new-session') {
      make(step.window);
      make(step.pane.endsWith('/placeholder') ? `${step.pane} pane` : step.pane);
      const session = new Map([[baseIndex, step.window]]);
      sessions.set(step.session, session);
      byName.set(step.name, session);
    } else if (step.kind === 'new-window') {
      make(step.window);
      make(step.pane);
      place(shown(step.name), step.index, step.window);
    } else if (step.kind === 'split-window') {
      make(step.pane);
      assert.equal(shown(step.name).get(step.index), step.window);
    } else if (step.kind === 'move-window') {
      const session = shown(step.name);
      const window = session.get(step.from);
      assert.ok(window !== undefined);
      session.delete(step.from);
      place(session, step.to, window);
    } else if (step.kind === 'link-window') {
      assert.ok(made.has(step.window));
      const session = shown(step.session);
      if (step.replace) session.delete(step.index);
      place(session, step.index, step.window);
    } else if (step.kind === 'join-group') {
      sessions.set(step.member, shown(step.session));
    } else if (step.kind === 'select-window') {
      assert.ok(shown(step.session).has(step.index));
    } else if ('pane' in step) {
      assert.ok(made.has(step.pane));
    }
  }
  return new Map(
    [...sessions]
      .map(([session, windows]): [string, unknown] => [session, [...windows].sort(([left], [right]) => left - right)])
      .sort(),
  );
}
