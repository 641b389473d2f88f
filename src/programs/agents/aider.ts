/**
 * Aider. It has no conversations to choose from: what was said in a repository is in one file there, which it reads again when told to. Two of
 * them in one repository share that file, so that none is started unasked.
 */
import { commandBy, type Marks } from '../command-line.js';
import type { Family } from '../family.js';
import { flagTable, readFlags } from '../flags.js';

const marks: Marks = {
  names: new Set(['aider']),
  interpreters: new Set(['python']),
  script: /\/aider$/,
};

const switches = (names: string): string =>
  names
    .split(' ')
    .map((name) => `--${name} --no-${name}`)
    .join(' ');

const RESTORE = '--restore-chat-history';

const flags = flagTable(
  ['grant', 'none', '--yes-always --yes'],
  ['grant', 'none', switches('auto-accept-architect verify-ssl git-commit-verify suggest-shell-commands watch-files')],
  ['grant', 'one', '--lint-cmd --test-cmd --notifications-command --config -c --env-file'],
  [
    'keep',
    'none',
    switches('show-model-warnings check-model-accepts-settings cache-prompts pretty stream git gitignore'),
  ],
  [
    'keep',
    'none',
    switches('add-gitignore-files auto-commits dirty-commits attribute-author attribute-committer dry-run'),
  ],
  ['keep', 'none', switches('attribute-commit-message-author attribute-commit-message-committer auto-lint auto-test')],
  [
    'keep',
    'none',
    switches('attribute-co-authored-by analytics check-update show-release-notes copy-paste fancy-input'),
  ],
  ['keep', 'none', switches('multiline notifications detect-urls')],
  ['keep', 'none', '--architect --dark-mode --light-mode --show-diffs --subtree-only --skip-sanity-check-repo --vim'],
  ['keep', 'none', '--verbose -v --disable-playwright --analytics-disable --opus --sonnet --haiku --4 -4 --4o --mini'],
  [
    'keep',
    'one',
    '--model --weak-model --editor-model --editor-edit-format --edit-format --chat-mode --alias --editor',
  ],
  ['keep', 'one', '--model-settings-file --model-metadata-file --reasoning-effort --thinking-tokens --timeout'],
  ['keep', 'one', '--max-chat-history-tokens --cache-keepalive-pings --map-tokens --map-refresh --encoding'],
  ['keep', 'one', '--map-multiplier-no-files --input-history-file --chat-history-file --llm-history-file'],
  ['keep', 'one', '--aiderignore --commit-prompt --code-theme --file --read --chat-language --commit-language'],
  ['keep', 'one', '--line-endings --user-input-color --tool-output-color --tool-error-color --tool-warning-color'],
  ['keep', 'one', '--assistant-output-color --completion-menu-color --completion-menu-bg-color --voice-language'],
  ['keep', 'one', '--completion-menu-current-color --completion-menu-current-bg-color --openai-api-base'],
  ['drop', 'one', '--openai-api-key --anthropic-api-key --api-key --set-env --load --openai-api-type'],
  ['drop', 'one', '--openai-api-version --openai-api-deployment-id --openai-organization-id --analytics-log'],
  ['drop', 'one', '--analytics-posthog-host --analytics-posthog-project-api-key --voice-format --voice-input-device'],
  ['keep', 'none', '--no-restore-chat-history'],
  ['drop', 'none', '--restore-chat-history'],
  ['other', 'one', '--message --msg -m --message-file -f --apply --list-models --models --shell-completions'],
  ['other', 'none', '--gui --browser --commit --lint --test --exit --show-repo-map --show-prompts --version --help -h'],
  ['other', 'none', '--just-check-update --install-main-branch --upgrade --update --apply-clipboard-edits'],
);

/** Aider. */
export const aider: Family = {
  kind: 'aider',
  mode: 'offer',
  names: ['aider'],
  variables: [],
  flags,
  recognise(argv, exe) {
    const command = commandBy(marks, argv, exe);
    const [program, module, name] = argv;
    if (command !== null || program === undefined || module !== '-m' || name !== 'aider') return command;
    // `python -m aider`: told apart by what a script of that name would be.
    const isPython = commandBy(marks, [program, '/aider'], exe) !== null;
    return isPython ? { interpreter: null, script: null, args: argv.slice(3) } : null;
  },
  read(args) {
    const { kept, values, positionals, isOther } = readFlags(args, flags);
    if (isOther) return null;
    const restores = values.has(`--no-${RESTORE.slice(2)}`) ? [] : [RESTORE];
    // Its words are files to work on, not prompts.
    return { kept: [...restores, ...kept, ...positionals], startId: null, fork: false };
  },
  conversations: null,
};
