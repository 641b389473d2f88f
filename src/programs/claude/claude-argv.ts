/**
 * Claude Code's command line: its flags, and which of them are passed again when a conversation is resumed.
 * What a resumed conversation brings back by itself is dropped: passed again it would undo what the user changed since.
 */
import type { Text } from '../../model/text.js';
import { flagTable, readFlags, type FlagTable } from '../flags.js';

/** What a command line of Claude says. */
export interface ClaudeArguments {
  /** The tokens to pass again, in their order. */
  readonly kept: readonly Text[];
  /** The id given to --session-id, if it is one. */
  readonly sessionId: string | null;
  /** The id given to --resume, if it is one; titles are no ids. */
  readonly resume: string | null;
  /** The title given to --resume, or null. */
  readonly title: string | null;
  /** Whether it may have gone on in an older conversation that is not named by its id. */
  readonly continues: boolean;
  readonly fork: boolean;
  /** Whether it is a command without a conversation in the pane: -p, a helper, or a subcommand such as `mcp`. */
  readonly isOther: boolean;
  /** Flags that no rule knows; dropped. */
  readonly unknown: readonly string[];
}

/** Claude's flags. --plugin-dir takes one folder or several, by version: with one, a prompt behind it can't be taken for a folder. */
export const CLAUDE_FLAGS: FlagTable = flagTable(
  ['grant', 'none', '--dangerously-skip-permissions --allow-dangerously-skip-permissions'],
  ['grant', 'one', '--permission-mode'],
  ['keep', 'none', '--strict-mcp-config --chrome --no-chrome --ide --verbose --bare --safe-mode'],
  ['keep', 'one', '--settings --setting-sources --plugin-dir --fallback-model --agents --effort'],
  ['keep', 'one', '--append-system-prompt --append-system-prompt-file --system-prompt --system-prompt-file'],
  [
    'keep',
    'many',
    '--add-dir --mcp-config --allowedTools --allowed-tools --disallowedTools --disallowed-tools --tools',
  ],
  ['drop', 'optional', '--resume -r --worktree -w --tmux --from-pr --teleport --cloud --remote --debug -d --bg --exec'],
  ['drop', 'none', '--continue -c --fork-session --init --init-only --maintenance'],
  ['drop', 'none', '--replay-user-messages'],
  ['drop', 'one', '--session-id --name -n --model --agent --output-format --input-format --max-turns'],
  ['drop', 'one', '--max-budget-usd --debug-file --permission-prompt-tool --json-schema'],
  ['drop', 'many', '--channels --betas --file'],
  ['drop', 'one', '--agent-name --agent-color --agent-type --teammate-mode'],
  // A teammate's pane belongs to the agent that leads the team.
  ['other', 'one', '--agent-id --team-name --parent-session-id'],
  ['other', 'none', '--print -p --bg-pty-host --version -v --help -h'],
);

const subcommands = new Set(
  'agents attach logs daemon mcp remote-control update install auth gateway doctor plugin plugins setup-token'.split(
    ' ',
  ),
);

/** The only form of a conversation id that is ever used. */
export const CONVERSATION_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const idOrNull = (value: Text | undefined): string | null =>
  typeof value === 'string' && CONVERSATION_ID.test(value) ? value : null;

/** Returns what the arguments after the program's name say. */
export function parseClaudeArguments(args: readonly Text[]): ClaudeArguments {
  const flags = readFlags(
    args,
    CLAUDE_FLAGS,
    (name, value) => name !== '--permission-mode' || value === 'bypassPermissions',
  );
  const { kept, values, positionals, unknown } = flags;
  const [first] = positionals;
  const resumed = [values.get('--resume'), values.get('-r')].filter((found) => found !== undefined);
  // Given in two spellings, nothing says which one counted.
  const [handle] = resumed.length === 1 ? (resumed[0] ?? []) : [];
  const resume = idOrNull(handle);
  return {
    kept,
    sessionId: idOrNull(values.get('--session-id')?.[0]),
    resume,
    title: resume === null && typeof handle === 'string' && handle !== '' ? handle : null,
    continues:
      ['--continue', '-c', '--from-pr', '--teleport'].some((name) => values.has(name)) ||
      (resumed.length > 0 && resume === null),
    fork: values.has('--fork-session'),
    isOther: flags.isOther || (typeof first === 'string' && subcommands.has(first)),
    unknown,
  };
}
