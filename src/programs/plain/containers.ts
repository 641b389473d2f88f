/**
 * Commands in containers that run already. What they do there nobody can tell, so that they come back only for a user who lists the program,
 * and are offered then.
 */
import { plainFamily, type Harmless } from './plain-family.js';

/** Returns whether the command is one that goes into something that runs already; flags and their values may stand before it. */
const goesInside: Harmless = (args) => {
  const at = args.findIndex((word) => /^(?:exec|attach|logs)$/.test(word));
  const isFlag = (word: string | undefined): boolean => word?.startsWith('-') === true;
  return (
    at !== -1 &&
    args
      .slice(0, at)
      .every((word, index) => isFlag(word) || isFlag(args[index - 1]) || /^(?:compose|container)$/.test(word))
  );
};

/** The family of commands in containers. */
export const containers = plainFamily({
  kind: 'container',
  mode: 'never',
  programs: { docker: goesInside, podman: goesInside, nerdctl: goesInside, kubectl: goesInside, oc: goesInside },
});
