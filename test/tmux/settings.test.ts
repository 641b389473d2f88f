/** The server's settings, as a real server prints them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { displayText } from '../../src/model/text.js';
import { quote } from '../../src/tmux/codec.js';
import { readSettings, readUpkeep } from '../../src/tmux/settings.js';
import { nastyTexts } from '../support/nasty-text.js';
import { TmuxRig, valueOf } from '../support/tmux-rig.js';

test('a server without a configuration has the defaults of tmux', async (t) => {
  const rig = await TmuxRig.start(t);
  assert.deepEqual(valueOf(await readSettings(rig.target)), {
    baseIndex: 0,
    windowSize: 'latest',
    automaticRename: true,
    remainOnExit: 'off',
    destroyUnattached: 'off',
    defaultShell: '/bin/sh',
    defaultCommand: '',
    userOptions: {},
  });
});

test('settings of the configuration are read, also where no session is', async (t) => {
  const config = [
    'set -g base-index 7',
    'setw -g window-size manual',
    'set -g default-shell /bin/bash',
    `set -g default-command "exec 'a b' \\"c\\" \\$HOME #{x} \\\\ é"`,
    "set -g @tmux-persist-programs 'vim  nvim'",
    'set -g @tmux-persist-scrollback 100',
    "set -g @tmux-persist-exclude ''",
    'set -g @other 1',
  ].join('\n');
  const rig = await TmuxRig.make(t, { config });
  await rig.startEmpty();
  assert.deepEqual(valueOf(await readSettings(rig.target)), {
    baseIndex: 7,
    windowSize: 'manual',
    automaticRename: true,
    remainOnExit: 'off',
    destroyUnattached: 'off',
    defaultShell: '/bin/bash',
    defaultCommand: `exec 'a b' "c" $HOME #{x} \\ é`,
    userOptions: { programs: 'vim  nvim', scrollback: '100', exclude: '' },
  });
});

test('values of any text come back as they were set', async (t) => {
  const rig = await TmuxRig.start(t);
  const texts = [
    '',
    ' ',
    '~',
    '~/x',
    "'",
    '"',
    '\\',
    '#',
    '%if',
    '{',
    ';',
    "it's",
    'a\tb\nc',
    ...nastyTexts(7, 150, { controls: true, invalid: false }),
  ];
  await rig.source(...texts.map((text, at) => `set-option -g @tmux-persist-value-${String(at)} ${quote(text)}`));
  const { userOptions } = valueOf(await readSettings(rig.target));
  texts.forEach((text, at) => {
    assert.equal(userOptions[`value-${String(at)}`], displayText(text), JSON.stringify(text));
  });
  for (const text of nastyTexts(8, 20, { controls: false, invalid: false })) {
    await rig.source(`set-option -g default-command ${quote(text)}`);
    assert.equal(valueOf(await readSettings(rig.target)).defaultCommand, text);
  }
});

test('what a caretaker asks comes in one answer: who the server is, its settings, and the options of its user', async (t) => {
  const config = [
    'set -s @a 1',
    'set -g @a "two words"',
    "set -gw @a ''",
    'set -g @tmux-persist-buffers off',
    'set -s @tmux-persist-resume never',
  ].join('\n');
  const rig = await TmuxRig.start(t, { config });
  const { missingHooks, settings, ...rest } = valueOf(await readUpkeep(rig.target, ['$0']));
  assert.deepEqual(rest, {
    pid: rig.pid,
    startTime: Number(await rig.tmux('display-message', '-p', '#{start_time}')),
    options: {
      server: { '@a': '1', '@tmux-persist-resume': 'never' },
      session: { '@a': 'two words', '@tmux-persist-buffers': 'off' },
      window: { '@a': '' },
    },
  });
  assert.deepEqual(settings, valueOf(await readSettings(rig.target)));
  assert.deepEqual(settings.userOptions, { buffers: 'off' });
  assert.ok(missingHooks.some((line) => line.includes('session-created')));
});

test('settings of a server that is not there are a failure', async (t) => {
  const rig = await TmuxRig.make(t);
  const settings = await readSettings(rig.target);
  assert.equal(settings.ok ? 'settings' : settings.error.reason, 'no-server');
});
