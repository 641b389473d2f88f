/**
 * One conversation, one process: of several that are sure of the same one, the most trusted source has it, and of equal ones the later
 * evidence. The others are not sure any more, and what is offered for them is a copy.
 */
import type { Conversation } from '../../model/manifest.js';

/** One process and what was found for it. */
export interface Claimant {
  readonly conversation: Conversation | null;
  /** Where its conversation lies. */
  readonly configDir: string;
  /** How late the evidence is, in ms since the epoch. */
  readonly at: number;
}

const TRUST = ['hook', 'environ', 'registry', 'argv', 'previous'];

const rank = (conversation: Conversation): number => {
  const index = TRUST.indexOf(conversation.source);
  return index === -1 ? TRUST.length : index;
};

/** Returns the conversations of the claimants, in their order, each sure in at most one of them. */
export function oneOwnerEach(claimants: readonly Claimant[]): (Conversation | null)[] {
  const owners = new Map<string, { readonly claimant: Claimant; readonly conversation: Conversation }>();
  for (const claimant of claimants) {
    const { conversation, configDir, at } = claimant;
    if (conversation?.confidence !== 'exact') continue;
    const key = `${configDir}\0${conversation.id}`;
    const owner = owners.get(key);
    const isBetter =
      owner === undefined ||
      rank(conversation) < rank(owner.conversation) ||
      (rank(conversation) === rank(owner.conversation) && at > owner.claimant.at);
    if (isBetter) owners.set(key, { claimant, conversation });
  }
  return claimants.map((claimant) => {
    const { conversation, configDir } = claimant;
    if (conversation?.confidence !== 'exact') return conversation;
    const isOwner = owners.get(`${configDir}\0${conversation.id}`)?.claimant === claimant;
    return isOwner ? conversation : { ...conversation, confidence: 'ambiguous' };
  });
}
