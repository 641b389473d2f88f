/**
 * What the tests of lineage share: three sessions, the next server, and the verdict that they expect most.
 */
import assert from 'node:assert/strict';
import { judge, type Circumstances, type Look, type State, type Verdict } from '../../src/model/lineage.js';
import type { Manifest, Session } from '../../src/model/manifest.js';
import { aLook, aManifest, aSession, at, circumstances, theNextServer } from '../support/builders.js';

export const one = aSession(1);
export const two = aSession(2);
export const three = aSession(3);

/** The first session as another server has it. */
export const back = aSession(9, { name: one.name, createdAt: at(1000) });

/** Returns the verdict that a look replaces the saved state; any other fails the test. */
export function replacement(
  previous: Manifest | null,
  look: Look,
  changes: Partial<Circumstances> = {},
): Extract<Verdict, { kind: 'replace' }> {
  const verdict = judge(previous, look, circumstances(changes));
  assert.equal(verdict.kind, 'replace');
  return verdict;
}

/** Returns a look at the server that came next. */
export const nextLook = (changes: Partial<Look> = {}): Look =>
  aLook({ sessions: [], server: theNextServer(), ...changes });

/** Returns the manifest that a state is written as. */
export const written = (state: State): Manifest =>
  aManifest({
    ...state,
    sessions: [...state.sessions],
    windows: [...state.windows],
    pending: [...state.pending],
    closed: [...state.closed],
  });

export const names = (sessions: readonly Session[]): unknown[] => sessions.map((session) => session.name);

/** Returns what is pending, in short. */
export const waiting = ({ pending }: Pick<State, 'pending'>): string[] =>
  pending.map(({ how, session }) => `${how} ${JSON.stringify(session.name)}`);
