/**
 * What may be a secret in a command line is never written down: values with the shape of a key, values behind a flag, a variable or a header
 * that is named like one, and what single programs take as a password. In doubt it is one: the program is then only offered.
 */
import { isSecretName } from '../model/environment.js';
import { displayText, type Text } from '../model/text.js';
import { baseName } from './command-line.js';
import type { FlagTable, Policy } from './flags.js';

/** What stands in a line that is only shown, in place of a secret. */
export const WITHHELD = '[withheld]';

/** Secrets that are told by their own form. */
const SHAPES = [
  /(?<![\w/-])(?:sk|pk|rk)[-_][\w-]{16,}/,
  /\bgh[pousr]_\w{20,}/,
  /\bgithub_pat_\w+/,
  /\bglpat-[\w-]{16,}/,
  /\bxox[abeoprs]-[\w-]+/,
  /\b(?:AKIA|ASIA)[0-9A-Z]{16}/,
  /\bAIza[\w-]{30,}/,
  /\bnpm_\w{30,}/,
  /\beyJ[\w-]{8,2000}\.[\w-]{8,}(?:\.[\w-]*)?/,
  /(?<=:\/\/)[\w-]{20,}(?=@)/,
  /-----BEGIN [A-Z ]*PRIVATE[\s\S]*/,
  /\b(?:bearer|basic)\s+[\w.~+/=-]{8,}/,
];

/** `name: value` and `"name": "value"`, as headers and JSON have it; the name of a file and the word that there is none are no secrets. */
const NAMED = new RegExp(
  String.raw`((?:key|token|secret|passw(?:or)?d|passphrase|authorization|credentials?|cookie)` +
    String.raw`(?![\w-]{0,40}(?:authentication|algorithms|checking|files?|path|agent|alias|types?)\b)[\w-]{0,40}["']?\s*[:=]\s*)` +
    String.raw`(?!(?:yes|no|true|false|ask|none|null|on|off)\b)(?:"[^"]*"|'[^']*'|[^\s"',}&;]+)`,
  'gi',
);

/** What every secret here has in or before it: most lines have nothing of the kind. */
const SUSPICIOUS =
  /key|token|secret|pass|cred|auth|cookie|bearer|basic|pat(?![a-z])|pwd|[spr]k[-_]|gh[pousr]_|github_|glpat|xox|AKIA|ASIA|AIza|npm_|eyJ|-----BEGIN|:\/\/[^/]*@|(?:^|[\s"'])(?:-[pawuUHbdP]|--(?:user|proxy-user|header|data)|\/p:)/i;

const SHAPED = new RegExp(SHAPES.map((pattern) => pattern.source).join('|'), 'gi');
/** The password in a URL: what stands before it is a user, and what comes behind is a host. */
const IN_URL = /(\w:\/\/[^\s/:@]*):[^\s/@]+@/g;

/** A flag that is named like a secret; `bypass` and `keymap` are other words, and a file's or a prompt's name is no secret. */
const SECRET_FLAG =
  /^--?(?!-?(?:no|max)-)(?:[\w-]*[-_])?(?:[a-z]*(?:key|token|secret|password|passwd|passphrase|credential)s?|pass|oauth|auth|authorization|creds?|pat|pwd|cookie|passin|passout)$/;

/** What single programs take as a password: flags with the secret attached or in the next word. */
const PROGRAM_FLAGS: readonly (readonly [
  programs: RegExp,
  flags: readonly string[],
  how: 'attached' | 'next' | 'both',
])[] = [
  [/^(?:mysql|mariadb)[\w-]*$/, ['-p'], 'attached'],
  [/^(?:redis-cli|valkey-cli)$/, ['-a'], 'next'],
  [/^(?:mongo\w*|sshpass|login)$/, ['-p'], 'both'],
  [/^ldap\w+$/, ['-w'], 'both'],
  [
    /^(?:curl|https?|xh)$/,
    ['-u', '-U', '-H', '-b', '-a', '-d', '--user', '--proxy-user', '--header', '--data'],
    'both',
  ],
  [/^(?:smbclient|rpcclient)$/, ['-U'], 'both'],
  [/^lftp$/, ['-u'], 'both'],
  [/^(?:un)?zip$/, ['-P'], 'both'],
  [/^7z\w*$/, ['-p'], 'attached'],
  [/^xfreerdp\d?$/, ['/p:'], 'attached'],
];

/** One word, as it is passed again, and as it is shown. */
interface Judged {
  readonly word: Text;
  /** Null where nothing of it may be passed again. */
  readonly safe: Text | null;
  readonly shown: Text;
}

/**
 * Returns an argument vector without what may be a secret; `withheld` when something is missing that would be passed again. Where the flags
 * of the program are not known (null), everything would be.
 */
export function withoutSecrets(
  argv: readonly Text[],
  flags: FlagTable | null,
): { readonly argv: readonly Text[]; readonly withheld: boolean } {
  const safe: Text[] = [];
  let withheld = false;
  let flag = '';
  const judged = judgeWords(argv, flags);
  for (const [index, { word, safe: kept }] of judged.entries()) {
    if (kept === word) {
      safe.push(word);
      if (typeof word === 'string' && flags?.has(word) === true) flag = word;
      continue;
    }
    const name = nameOf(characters(word));
    if (flags === null || [flag, name].some((known) => isPassedAgain(flags.get(known)?.policy))) withheld = true;
    const last = safe.at(-1);
    if (kept !== null) safe.push(kept);
    // Without its value a flag would take the next word for it.
    else if (safe.length > 1 && last === judged[index - 1]?.word && takesValue(last, flags)) safe.pop();
  }
  return { argv: safe, withheld };
}

/** Returns the words of a command with `WITHHELD` in place of what may be a secret: for reading only. */
export function redactedWords(words: readonly Text[]): Text[] {
  const [line] = words;
  // One word is a line for a shell (tmux(1), new-window).
  if (words.length === 1 && line !== undefined) return [redactedLine(line)];
  return judgeWords(words, null).map(({ shown }) => shown);
}

/** Returns a line that a shell would understand with `WITHHELD` in place of what may be a secret. */
export function redactedLine(line: Text): Text {
  const text = characters(line);
  if (!SUSPICIOUS.test(text)) return line;
  const tokens = tokensOf(text);
  const isWord = (token: string): boolean => !/^(?:\s+|[;&|()<>`])$/.test(token);
  const words = tokens.filter(isWord);
  const judged = judgeWords(words, null);
  let at = 0;
  const shown = tokens
    .map((token) => (isWord(token) ? (judged[at++]?.shown ?? '') : token))
    .map(characters)
    .join('');
  const redacted = redactedText(shown);
  return redacted === text ? line : redacted;
}

/** Returns the words of a line, its blanks and what separates commands. */
const tokensOf = (line: string): readonly string[] =>
  line.match(/(?:[^\s"'\\;&|()<>`]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+|\s+|./gs) ?? [];

/** Returns whether a value has the form of a secret, whatever it is called. */
export function showsSecret(value: Text): boolean {
  const text = characters(value);
  return text.replace(IN_URL, '').replace(SHAPED, '') !== text;
}

/** Returns a text with `WITHHELD` in place of what has the form of a secret or is called one. */
function redactedText(text: string): string {
  return text
    .replace(IN_URL, `$1:${WITHHELD}@`)
    .replace(SHAPED, WITHHELD)
    .replace(NAMED, (whole, name: string) => (whole.includes(WITHHELD) ? whole : `${name}${WITHHELD}`));
}

function judgeWords(words: readonly Text[], flags: FlagTable | null): Judged[] {
  if (!SUSPICIOUS.test(words.map(characters).join(' ')))
    return words.map((word) => ({ word, safe: word, shown: word }));
  const judged: Judged[] = [];
  let program: (typeof PROGRAM_FLAGS)[number] | undefined;
  let isNextSecret = false;
  for (const [index, word] of words.entries()) {
    const text = unquoted(characters(word));
    program = PROGRAM_FLAGS.find(([programs]) => programs.test(baseName(text))) ?? program;
    // A password may begin with a dash, a flag with two is the next one.
    const isSecret = isNextSecret && !text.startsWith('--');
    isNextSecret = false;
    const name = nameOf(text);
    const own = program?.[1].find((flag) => text.startsWith(flag));
    if (isSecret) {
      judged.push({ word, safe: null, shown: WITHHELD });
    } else if (index > 0 && isSecretFlag(name) && flags?.get(name)?.arity !== 'none') {
      isNextSecret = name === text;
      judged.push({ word, safe: null, shown: isNextSecret ? word : `${name}=${WITHHELD}` });
    } else if (index > 0 && own !== undefined && program !== undefined && isPassword(text, own, program[2])) {
      isNextSecret = text === own;
      // Such a flag alone makes the program ask.
      const safe = program[2] === 'attached' ? own : null;
      judged.push({ word, safe, shown: isNextSecret ? word : `${own}${WITHHELD}` });
    } else if (/^(?:[A-Z_][A-Z\d_]*|[a-z_][a-z\d_]*)=./s.test(text) && isSecretName(name)) {
      judged.push({ word, safe: null, shown: `${name}=${WITHHELD}` });
    } else {
      judged.push(judgeWord(word, text));
    }
  }
  return judged;
}

const isSecretFlag = (name: string): boolean => name.length <= 64 && SECRET_FLAG.test(name.toLowerCase());

const isPassword = (text: string, flag: string, how: 'attached' | 'next' | 'both'): boolean =>
  text === flag ? how !== 'attached' : how !== 'next';

/** A path may have a telling name and is no secret; a URL goes on without its password, and its program asks. */
function judgeWord(word: Text, text: string): Judged {
  const withoutPassword = text.replace(IN_URL, '$1@');
  const shown = /\s/.test(text) ? characters(redactedSentence(text)) : redactedText(text);
  if (shown === text) return { word, safe: word, shown: word };
  const isOnlyUrl = withoutPassword !== text && redactedText(withoutPassword) === withoutPassword;
  return { word, safe: isOnlyUrl && !/\s/.test(text) ? withoutPassword : null, shown };
}

/** A word with blanks may itself be a line for a shell, or a header, or a text. */
function redactedSentence(text: string): Text {
  const redacted = redactedText(text);
  return redacted === text && tokensOf(text).length > 1 ? redactedLine(text) : redacted;
}

const isPassedAgain = (policy: Policy | undefined): boolean => policy === 'keep' || policy === 'grant';

/** Without a table any flag may take the next word. */
function takesValue(flag: Text | undefined, flags: FlagTable | null): boolean {
  if (typeof flag !== 'string') return false;
  if (flags !== null) return flags.get(flag)?.arity === 'one';
  return /^--?[A-Za-z][\w-]*$/.test(flag);
}

/** Returns what stands before the first `=`. */
const nameOf = (text: string): string => text.split('=', 1)[0] ?? '';

/** Returns a word, or the value behind its `=`, without the quotes around all of it. */
const unquoted = (text: string): string =>
  text.replace(
    /^([\w-]+=)?(?:'([^']*)'|"((?:[^"\\]|\\.)*)")$/s,
    (_: string, name?: string, single?: string, double?: string) => [name, single, double].join(''),
  );

const characters = (text: Text): string => (typeof text === 'string' ? text : displayText(text));
