/**
 * The conversations of families that keep nothing which could be read: known from their command line and from our hooks only, and not to be
 * checked beforehand.
 */
import { argvClaims, hookClaims, identities, previousClaims } from './claims.js';
import type { Conversations } from '../family.js';
import { placeAt } from './family-files.js';

/** What a family says whose conversations are known from its command line and our hooks only. */
export interface ArgvConversations extends Pick<Conversations, 'validId' | 'resume' | 'fork'> {
  /** What hook records call it. */
  readonly tool: string;
  /** Whether the program stays in the conversation that it was started with. */
  readonly isFixed: boolean;
}

/** Returns the conversations of such a family. */
export function argvConversations({ tool, isFixed, ...rest }: ArgvConversations): Conversations {
  return {
    ...rest,
    identify: (held, around) =>
      identities(held, around, rest.validId, (one) => [
        ...hookClaims(tool, one, around),
        ...previousClaims(one, around),
        ...argvClaims(one, isFixed),
      ]),
    find: (program, id, { files }) => (rest.validId.test(id) ? placeAt(program.cwd, files) : null),
  };
}
