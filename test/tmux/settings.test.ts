/** The server's settings, as a real server prints them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { displayText } from '../../src/model/text.js';
import { quote } from '../../src/tmux/codec.js';
import { readSettings } from '../../src/tmux/settings.js';
import { nastyTexts } from '../support/nasty-text.js';
import { TmuxRig, valueOf } from '../support/tmux-rig.js';

test('a server without a configuration has the defaults of tmux', async (t) => {
  const rig = await TmuxRig.start(t);
  assert.deepEqual(valueOf(await readSettings(rig.target)), {
    baseIndex: 0,
    windowSize: 'latest',
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

test('settings of a server that is not there are a failure', async (t) => {
  const rig = await TmuxRig.make(t);
  const settings = await readSettings(rig.target);
  assert.equal(settings.ok ? 'settings' : settings.error.reason, 'no-server');
});
