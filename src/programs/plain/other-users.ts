/**
 * What acts as another user: neither it nor anything below it comes back, for it would come back as somebody else.
 */
import { plainFamily } from './plain-family.js';

const never = (): boolean => false;

/** The family of programs that act as another user. */
export const otherUsers = plainFamily({
  kind: 'other-user',
  mode: 'never',
  programs: { sudo: never, sudoedit: never, doas: never, su: never, pkexec: never, run0: never, runuser: never },
});
