/**
 * Command lines of programs whose flags are known: which words are passed again. Only flags on a family's list come back, exactly as they
 * stood; whatever is not known is left out, and nothing is ever added.
 */
import type { Text } from '../model/text.js';

/** How many values a flag takes. */
export type Arity = 'none' | 'one' | 'optional' | 'many';

/**
 * What becomes of a flag: kept, dropped, a grant (kept, but never where it might have been the value of a flag that we don't know), or
 * the sign of another use of the program, that holds nothing in its pane.
 */
export type Policy = 'keep' | 'drop' | 'grant' | 'other';

/** The flags of one program, by name. */
export type FlagTable = ReadonlyMap<string, { readonly arity: Arity; readonly policy: Policy }>;

/** Returns a table from rows of policy, arity and names (separated by blanks). */
export function flagTable(...rows: readonly (readonly [Policy, Arity, string])[]): FlagTable {
  return new Map(rows.flatMap(([policy, arity, names]) => names.split(' ').map((name) => [name, { arity, policy }])));
}

/** What a command line says. */
export interface Flags {
  /** The tokens to pass again, in their order. */
  readonly kept: readonly Text[];
  /** The values of each known flag where it stood last, by the name that was used. */
  readonly values: ReadonlyMap<string, readonly Text[]>;
  /** What is neither a flag nor its value, up to `--`. */
  readonly positionals: readonly Text[];
  readonly isOther: boolean;
  /** Whether a grant with a value is left out because it might be no flag at all: it may have been what held the program back. */
  readonly isUnsure: boolean;
  /** Flags that no rule knows; dropped, with the words behind them that may be their values. */
  readonly unknown: readonly string[];
}

/** Returns whether a token would be taken for a flag. */
const looksLikeFlag = (token: Text | undefined): boolean => {
  if (token === undefined) return false;
  const text = typeof token === 'string' ? token : atob(token.base64);
  return text.length > 1 && text.startsWith('-');
};

/** Returns what the arguments after a program's name say; `keepsGrant` judges the values of a grant that takes one. */
export function readFlags(
  args: readonly Text[],
  table: FlagTable,
  keepsGrant: (name: string, value: Text | undefined) => boolean = () => true,
): Flags {
  const kept: Text[] = [];
  const unknown: string[] = [];
  const positionals: Text[] = [];
  const found = new Map<string, readonly Text[]>();
  let isOther = false;
  let isUnsure = false;
  let mayBeValue = false;

  const queue = [...args];
  for (let token = queue.shift(); token !== undefined; token = queue.shift()) {
    if (token === '--') break;
    if (typeof token !== 'string' || !looksLikeFlag(token)) {
      positionals.push(token);
      continue;
    }
    const { name, attached, rest } = splitFlag(token, table);
    if (rest !== null) queue.unshift(rest);
    const flag = table.get(name);
    if (flag === undefined) {
      unknown.push(name);
      while (queue.length > 0 && !looksLikeFlag(queue[0])) queue.shift();
      mayBeValue = attached === null;
      continue;
    }
    const values = attached === null ? takeValues(queue, flag.arity) : [attached];
    const isGrant = flag.policy === 'grant' && !mayBeValue;
    if (flag.policy === 'grant' && flag.arity !== 'none' && mayBeValue) isUnsure = true;
    mayBeValue = false;
    if (flag.policy === 'other') isOther = true;
    found.set(name, values);
    const isWhole = flag.arity === 'none' || flag.arity === 'optional' || values.length > 0;
    if (isWhole && (flag.policy === 'keep' || (isGrant && keepsGrant(name, values[0]))))
      kept.push(...(attached === null ? [name, ...values] : [token]));
  }
  return { kept, values: found, positionals, isOther, isUnsure, unknown };
}

/** Returns the parts of a flag token: `--name=value`, `-rVALUE` and `-cp` are one token each. */
function splitFlag(
  token: string,
  table: FlagTable,
): { readonly name: string; readonly attached: string | null; readonly rest: string | null } {
  if (token.startsWith('--')) {
    const equals = token.indexOf('=');
    return equals === -1
      ? { name: token, attached: null, rest: null }
      : { name: token.slice(0, equals), attached: token.slice(equals + 1), rest: null };
  }
  const name = token.slice(0, 2);
  if (token.length === 2) return { name, attached: null, rest: null };
  // `-y=false` takes back what `-y` says.
  if (token[2] === '=') return { name, attached: token.slice(3), rest: null };
  return table.get(name)?.arity === 'none'
    ? { name, attached: null, rest: `-${token.slice(2)}` }
    : { name, attached: token.slice(2), rest: null };
}

/** Takes a flag's values off the queue. A required value is the next token whatever it looks like: a prompt may start with a dash. */
function takeValues(queue: Text[], arity: Arity): Text[] {
  if (arity === 'none') return [];
  if (arity === 'one') return queue.splice(0, 1);
  const values: Text[] = [];
  for (let next = queue[0]; next !== undefined && !looksLikeFlag(next); next = queue[0]) {
    values.push(next);
    queue.shift();
    if (arity === 'optional') break;
  }
  return values;
}
