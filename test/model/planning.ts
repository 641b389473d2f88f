/**
 * What the tests of plans share.
 */
import type { Candidate } from '../../src/model/candidates.js';
import type { Session, Window } from '../../src/model/manifest.js';
import type { Plan } from '../../src/model/plan.js';
import type { CreateStep, SettleStep } from '../../src/model/steps.js';
import { aCandidate, aManifest } from '../support/builders.js';

type Step = CreateStep | SettleStep;

/** Returns the steps of one kind, in their order. */
export const stepsOf = <K extends Step['kind']>(plan: Plan, kind: K): Extract<Step, { kind: K }>[] =>
  [...plan.create, ...plan.settle].filter((step): step is Extract<Step, { kind: K }> => step.kind === kind);

/** Returns the candidates of sessions of one server, which share their windows. */
export const candidatesOf = (
  sessions: readonly Session[],
  windows: readonly Window[] = aManifest({ sessions: [...sessions] }).windows,
): Candidate[] => sessions.map((session) => aCandidate(session, { windows }));

/** Returns the names of the sessions that a plan makes, in their order. */
export const names = (plan: Plan): unknown[] => plan.sessions.map(({ candidate }) => candidate.session.name);
