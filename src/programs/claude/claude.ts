/**
 * Claude Code: how it is recognised, which flags it has, and what it is resumed with.
 * A binary is known by its name or by where it is installed; a build that is a script, by its path.
 */
import { CLAUDE_FLAGS, CONVERSATION_ID, parseClaudeArguments } from './claude-argv.js';
import { findClaudePlace } from './claude-place.js';
import { identifyClaude } from './claude-identity.js';
import { baseName, commandBy, type Marks } from '../command-line.js';
import type { Family } from '../family.js';

// `.claude-unwrapped` is the binary behind the wrapper of the Nix package.
const names = ['claude', 'claude.exe', '.claude-unwrapped'];
const version = /^\d+\.\d+\.\d+[\w.+-]*$/;

const marks: Marks = {
  names: new Set(names),
  isInstalled(executable, name) {
    const own = baseName(executable);
    const isInstalled =
      (/\/claude\/versions\/[^/]+$/.test(executable) && version.test(own)) ||
      (/\/@anthropic-ai\/claude-code[^/]*\//.test(executable) && names.includes(own));
    // The binary also acts as other tools under another argv[0], as its built-in ripgrep does.
    return isInstalled && (name === own || version.test(name));
  },
  script: /\/claude$|(^|\/)claude-code\/cli(-wrapper)?\.[mc]?js$/,
};

/** Claude Code. */
export const claude: Family = {
  kind: 'claude',
  mode: 'auto',
  names,
  // The last three say which provider answers.
  variables: [
    ...['CLAUDE_CONFIG_DIR', 'CLAUDE_CODE_PROJECT_DIR_NAME'],
    ...['CLAUDE_CODE_USE_BEDROCK', 'CLAUDE_CODE_USE_VERTEX', 'CLAUDE_CODE_USE_FOUNDRY'],
  ],
  flags: CLAUDE_FLAGS,
  recognise: (argv, exe) => commandBy(marks, argv, exe),
  read(args) {
    const { kept, sessionId, resume, fork, isOther } = parseClaudeArguments(args);
    return isOther ? null : { kept, startId: sessionId ?? resume, fork: fork && sessionId === null };
  },
  conversations: {
    validId: CONVERSATION_ID,
    identify: identifyClaude,
    find: findClaudePlace,
    resume: (id, kept) => ['--resume', id, ...kept],
    fork: (id, kept) => ['--resume', id, '--fork-session', ...kept],
  },
};
