/**
 * Claude Code's command line: which of its flags are passed again when a conversation is resumed.
 * Only flags on the list come back, exactly as they stood; whatever is not known is left out, and nothing is ever added.
 */
import type { Text } from '../model/text.js';

/** What a command line of Claude says. */
export interface ClaudeArguments {
  /** The tokens to pass again, in their order. */
  readonly kept: readonly Text[];
  /** The id given to --session-id, if it is one. */
  readonly sessionId: string | null;
  /** The id given to --resume, if it is one; titles are no ids. */
  readonly resume: string | null;
  readonly fork: boolean;
  /** Whether it is a command without a conversation in the pane: -p, a helper, or a subcommand such as `mcp`. */
  readonly isOther: boolean;
  /** Flags that no rule knows; dropped. */
  readonly unknown: readonly string[];
}

type Arity = 'none' | 'one' | 'optional' | 'many';
type Policy = 'keep' | 'drop' | 'grant' | 'other';

const flags = new Map<string, { readonly arity: Arity; readonly policy: Policy }>();
const define = (policy: Policy, arity: Arity, names: string): void => {
  for (const name of names.split(' ')) flags.set(name, { arity, policy });
};

// "grant" flags are kept too, but never where they might have been the value of a flag that we don't know.
define('grant', 'none', '--dangerously-skip-permissions --allow-dangerously-skip-permissions');
define('grant', 'one', '--permission-mode');
define('keep', 'none', '--strict-mcp-config --chrome --no-chrome --ide --verbose');
// --plugin-dir takes one folder or several, by version: with one, a prompt behind it can't be taken for a folder.
define('keep', 'one', '--settings --setting-sources --plugin-dir --fallback-model --agents --effort');
define('keep', 'one', '--append-system-prompt --append-system-prompt-file --system-prompt --system-prompt-file');
define(
  'keep',
  'many',
  '--add-dir --mcp-config --allowedTools --allowed-tools --disallowedTools --disallowed-tools --tools',
);
define(
  'drop',
  'optional',
  '--resume -r --worktree -w --tmux --from-pr --teleport --cloud --remote --debug -d --bg --exec',
);
define(
  'drop',
  'none',
  '--continue -c --fork-session --init --init-only --maintenance --bare --safe-mode --replay-user-messages',
);
define(
  'drop',
  'one',
  '--session-id --name -n --model --agent --output-format --input-format --max-turns --max-budget-usd',
);
define('drop', 'one', '--debug-file --permission-prompt-tool --json-schema');
define('drop', 'many', '--channels --betas --file');
define('other', 'none', '--print -p --bg-pty-host --version -v --help -h');

const subcommands = new Set(
  'agents attach logs daemon mcp remote-control update install auth gateway doctor plugin plugins setup-token'.split(
    ' ',
  ),
);

/** The only form of a conversation id that is ever used. */
export const CONVERSATION_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const idOrNull = (value: Text | undefined): string | null =>
  typeof value === 'string' && CONVERSATION_ID.test(value) ? value : null;

/** Returns whether the command line parser of Claude (commander) would take a token for a flag. */
const looksLikeFlag = (token: Text | undefined): boolean => {
  if (token === undefined) return false;
  const text = typeof token === 'string' ? token : atob(token.base64);
  return text.length > 1 && text.startsWith('-');
};

/** Returns what the arguments after the program's name say; tokens are read as commander reads them. */
export function parseClaudeArguments(args: readonly Text[]): ClaudeArguments {
  const kept: Text[] = [];
  const unknown: string[] = [];
  let sessionId: string | null = null;
  let resume: string | null = null;
  let fork = false;
  let isOther = false;
  let isFirstPositional = true;
  let mayBeValue = false;

  const queue = [...args];
  for (let token = queue.shift(); token !== undefined; token = queue.shift()) {
    if (token === '--') break;
    if (typeof token !== 'string' || !looksLikeFlag(token)) {
      if (isFirstPositional && typeof token === 'string' && subcommands.has(token)) isOther = true;
      isFirstPositional = false;
      continue;
    }
    const { name, attached, rest } = splitFlag(token);
    if (rest !== null) queue.unshift(rest);
    const flag = flags.get(name);
    if (flag === undefined) {
      unknown.push(name);
      while (queue.length > 0 && !looksLikeFlag(queue[0])) queue.shift();
      mayBeValue = attached === null;
      continue;
    }
    const values = attached === null ? takeValues(queue, flag.arity) : [attached];
    const isGrant = flag.policy === 'grant' && !mayBeValue;
    mayBeValue = false;
    if (flag.policy === 'other') isOther = true;
    if (name === '--fork-session') fork = true;
    if (name === '--session-id') sessionId = idOrNull(values[0]);
    if (name === '--resume' || name === '-r') resume = idOrNull(values[0]);

    const isWhole = flag.arity === 'none' || values.length > 0;
    const isKept = flag.policy === 'keep' || (isGrant && (flag.arity === 'none' || values[0] === 'bypassPermissions'));
    if (isWhole && isKept) kept.push(...(attached === null ? [name, ...values] : [token]));
  }
  return { kept, sessionId, resume, fork, isOther, unknown };
}

/** Returns the parts of a flag token: `--name=value`, `-rVALUE` and `-cp` are one token each. */
function splitFlag(token: string): { name: string; attached: string | null; rest: string | null } {
  if (token.startsWith('--')) {
    const equals = token.indexOf('=');
    return equals === -1
      ? { name: token, attached: null, rest: null }
      : { name: token.slice(0, equals), attached: token.slice(equals + 1), rest: null };
  }
  const name = token.slice(0, 2);
  if (token.length === 2) return { name, attached: null, rest: null };
  const isSwitch = flags.get(name)?.arity === 'none';
  return isSwitch
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

const secretName = /key|token|secret|pass|credential|oauth/i;
const secretValue = new RegExp(
  [
    /\bsk-[\w-]{16,}/,
    /\bgh[pousr]_\w{20,}/,
    /\bgithub_pat_\w+/,
    /\bxox[abprs]-[\w-]+/,
    /\bAKIA[0-9A-Z]{16}/,
    /-----BEGIN [A-Z ]*PRIVATE/,
    /\bbearer\s+\S{8,}/i,
    /:\/\/[^\s/:@]+:[^\s/@]+@/,
    /(?:key|token|secret|passw(?:or)?d|authorization|credential)[\w-]*["']?\s*[:=]\s*["']?[^\s"',}]{6,}/i,
  ]
    .map((pattern) => pattern.source)
    .join('|'),
  'i',
);

/** Returns an argument vector without the values that look like secrets; `withheld` when a flag that would be passed again is among them. */
export function withoutSecrets(argv: readonly Text[]): { readonly argv: readonly Text[]; readonly withheld: boolean } {
  const safe: Text[] = [];
  let withheld = false;
  for (let index = 0; index < argv.length; index += 1) {
    const token = argv[index];
    if (token === undefined) break;
    const text = typeof token === 'string' ? token : atob(token.base64);
    const [name = ''] = text.split('=', 1);
    if (text.startsWith('--') && secretName.test(name)) {
      const next = argv[index + 1];
      const isFlag = typeof next === 'string' && next.startsWith('--');
      if (name === text && !isFlag) index += 1;
    } else if (index > 0 && secretValue.test(text)) {
      const previous = safe.at(-1);
      const flag = typeof previous === 'string' ? flags.get(previous) : undefined;
      // Without its value a flag would take the next token for it.
      if (flag !== undefined && flag.arity === 'one') safe.pop();
      if (flag?.policy === 'keep' || flags.get(name)?.policy === 'keep') withheld = true;
    } else {
      safe.push(token);
    }
  }
  return { argv: safe, withheld };
}
