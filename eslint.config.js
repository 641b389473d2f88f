// One block a folder says what it may import, and why: data goes one way.
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** Forbids imports in some files; each pattern comes with its reason. */
const only = (files, ...rules) => ({
  files,
  rules: {
    'no-restricted-imports': ['error', { patterns: rules.map(([group, message]) => ({ group, message })) }],
  },
});

const layer = (folder, ...rules) => only([`src/${folder}/**/*.ts`], ...rules);

const sibling = (...folders) => folders.flatMap((folder) => [`../${folder}/**`, `../../${folder}/**`]);
const onlyTmux = [['execa'], 'only tmux/ runs tmux, so that every call has a deadline'];
const onlySystemd = [['dbus-next'], 'only systemd/ speaks D-Bus'];
const onlyAgent = [['pino'], 'only the agent logs; everything else returns what happened'];
const onlyTree = [['commander'], 'the command line is declared in command-tree.ts alone'];
const onlyCli = [['yaml'], 'only cli/ reads and writes YAML; parsers get data'];
const edge = (...others) => [sibling(...others), 'an edge knows the model and nothing else'];
const noAgent = [sibling('agent'), 'commands work without the agent; actions.ts passes in what they need of it'];
const packages = [onlyTmux, onlySystemd, onlyAgent, onlyTree, onlyCli];
const except = (...mine) => packages.filter((rule) => !mine.includes(rule));

export default defineConfig(
  { ignores: ['build/', 'dist/', 'node_modules/'] },
  tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { project: './tsconfig.json' } },
    rules: {
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            { from: 'package', package: 'node:test', name: ['test', 'describe', 'suite', 'it'] },
          ],
        },
      ],
    },
  },
  { files: ['*.js', '*.mjs', 'units/**/*.mjs'], ...tseslint.configs.disableTypeChecked },
  { files: ['src/**/*.ts'], rules: { 'no-console': 'error' } },
  layer('model', [
    ['node:*', '../*', 'execa', 'dbus-next', 'pino', 'commander', 'yaml'],
    'the model is pure: it decides, and knows no edge',
  ]),
  layer('tmux', edge('programs', 'store', 'systemd', 'agent', 'cli'), ...except(onlyTmux)),
  layer('programs', edge('tmux', 'store', 'systemd', 'agent', 'cli'), ...packages),
  layer('store', edge('tmux', 'programs', 'systemd', 'agent', 'cli'), ...packages),
  layer('systemd', edge('tmux', 'programs', 'store', 'agent', 'cli'), ...except(onlySystemd)),
  layer(
    'agent',
    [sibling('cli'), 'the agent has no command line; actions.ts passes in what it needs'],
    ...except(onlyAgent),
  ),
  layer('cli', noAgent, ...except(onlyCli)),
  only(
    ['src/cli/command-tree.ts', 'src/cli/command-model.ts', 'src/cli/described-command.ts'],
    noAgent,
    ...except(onlyTree),
  ),
);
