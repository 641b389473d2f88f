/**
 * watch, which runs a command again and again, so that it is offered. It joins its words for a shell (but for -x), so they come back only
 * where a shell would take them as they are.
 */
import { plainFamily, type Harmless } from './plain-family.js';

/** Words in which a shell finds nothing to expand. */
const PLAIN = /^[\w./:+@%,-][\w./:=+@%,-]*(?: [\w./:+@%,-][\w./:=+@%,-]*)*$/;

const watching: Harmless = (args) => {
  const at = args.findIndex(
    (word, index) =>
      !word.startsWith('-') && !/^-\w*[nqs]$|^--(?:interval|equexit|shotsdir)$/.test(args[index - 1] ?? ''),
  );
  const flags = args.slice(0, at === -1 ? args.length : at);
  const command = at === -1 ? [] : args.slice(at);
  const isKnown = flags.every((word) => /^(?:-[abcCdegnprtwx\d.]+|[\d.]+|--[a-z][a-z-]*(?:=[\d.\w]*)?)$/.test(word));
  const isExec = flags.some((word) => /^-[a-wyz]*x/.test(word) || word === '--exec');
  const isPlain = command.every((word) => PLAIN.test(word)) && command[0]?.includes('=') === false;
  return isKnown && command.length > 0 && (isExec || isPlain);
};

/** The family of watch. */
export const watch = plainFamily({ kind: 'watch', mode: 'offer', programs: { watch: watching } });
