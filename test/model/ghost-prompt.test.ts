/** Which of a restored pane's lines are new, and which of an idle pane's are none of its text. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isIdleShell, isUntouched, withoutGhostPrompt } from '../../src/model/ghost-prompt.js';

const IDLE = { isCut: false, isIdle: true };
const BUSY = { isCut: false, isIdle: false };
const CUT = { isCut: true, isIdle: true };
const SESSION = ['~/a $ make', 'cc x.c', 'done'];
const CLOCK = ['[12:01] ~ $ make', 'done'];

describe('a restored pane is untouched', () => {
  for (const [what, restored, captured, circumstances] of [
    ['before anything is shown', SESSION, [], BUSY],
    ['while its text is being shown', SESSION, SESSION.slice(0, 2), BUSY],
    ['while only its text is there', SESSION, SESSION, BUSY],
    ['with the prompt that its text has commands after', SESSION, [...SESSION, '~/a $ '], BUSY],
    [
      'whatever the colours are',
      SESSION,
      ['\u001b[31m~/a $\u001b[0m make  ', 'cc x.c', 'done', '\u001b[1m~/a $'],
      BUSY,
    ],
    ['with a prompt that it never had, when that is bare', ['end'], ['end', 'root@host:/tmp#'], IDLE],
    ['with a prompt that tells another time', CLOCK, [...CLOCK, '[12:34] ~ $'], BUSY],
    [
      'with a prompt of two lines',
      ['~/a main', '> make', 'done'],
      ['~/a main', '> make', 'done', '', '~/a main', '>'],
      BUSY,
    ],
    ['with a notice of ours', ['a'], ['a', 'tmux-persist: x', '$'], IDLE],
    ['with a greeting that it had before', ['welcome', 'a'], ['welcome', 'a', 'welcome', '$'], IDLE],
    ['when rows at its top were dropped', SESSION, ['c x.c', 'done', '~/a $'], CUT],
    ['when rows were dropped and no prompt is there', SESSION, ['done'], CUT],
  ] as const) {
    test(what, () => {
      assert.equal(isUntouched(restored, captured, circumstances), true);
    });
  }
});

describe('a restored pane is not untouched', () => {
  for (const [what, restored, captured, circumstances] of [
    ['with something half typed', SESSION, [...SESSION, '~/a $ rm -r b'], IDLE],
    ['with something half typed that may be a prompt', SESSION, [...SESSION, '~/a $ cat >'], IDLE],
    ['after a command', SESSION, [...SESSION, '~/a $ ls', 'x.c', '~/a $'], IDLE],
    ['after a command that stands there already', SESSION, [...SESSION, '~/a $ make', 'cc x.c', 'done', '~/a $'], IDLE],
    ['with a greeting that is new', ['a'], ['a', 'you have mail', '$'], IDLE],
    ['after Enter', SESSION, [...SESSION, '~/a $', '~/a $'], IDLE],
    ['after a command that led to another prompt', SESSION, [...SESSION, '~/a $ cd ../b', '~/b $'], IDLE],
    [
      'after a command that led back to a prompt of before',
      ['~/b $ ls', ...SESSION],
      ['~/b $ ls', ...SESSION, '~/a $ cd ../b; ls', 'y', '~/b $'],
      IDLE,
    ],
    ['with output of a program that is none of a shell', ['end'], ['end', '100%'], BUSY],
    ['when its text was cleared', SESSION, ['~/a $'], IDLE],
    ['when its text was cleared and rows are dropped', SESSION, ['~/a $'], CUT],
    ['when another text stands there', SESSION, ['~/a $ make', 'cc y.c', 'done', '~/a $'], IDLE],
    ['with much that stands there already', SESSION, [...SESSION, ...Array<string>(8).fill('cc x.c'), '~/a $'], IDLE],
    ['when nothing but blanks was added', SESSION, [...SESSION, '', ''], IDLE],
  ] as const) {
    test(what, () => {
      assert.equal(isUntouched(restored, captured, circumstances), false);
    });
  }
});

describe('the end of a capture', () => {
  for (const [what, lines, kept, isIdle = true] of [
    ['a bare prompt below a command goes', ['$ ls', 'x', '$ '], ['$ ls', 'x']],
    ['a prompt that nothing was typed after goes when it can be nothing else', ['end', 'root@host:~#'], ['end']],
    ['a prompt alone goes', ['[me@host dir]$ '], []],
    ['a prompt of another time goes', ['12:01 ~ $ ls', 'x', '12:34 ~ $'], ['12:01 ~ $ ls', 'x']],
    ['blank lines above it go with it', ['$ ls', 'x', '', '$'], ['$ ls', 'x']],
    ['only the last of several goes', ['$', '$', '$'], ['$', '$']],
    ['half typed text stays', ['$ ls', 'x', '$ rm -r'], ['$ ls', 'x', '$ rm -r']],
    ['half typed text that stands elsewhere goes', ['$ rm -r x', '$ rm'], ['$ rm -r x']],
    ['a prompt that may be text stays', ['end', 'my prompt'], ['end', 'my prompt']],
    ['without an idle shell nothing goes', ['$ ls', 'x', '$'], ['$ ls', 'x', '$'], false],
    ['nothing stays nothing', [], []],
  ] as const) {
    test(what, () => {
      assert.deepEqual(withoutGhostPrompt(lines, isIdle), kept);
    });
  }
});

describe('an idle shell', () => {
  for (const [argv, is] of [
    [['-bash'], true],
    [['-zsh'], true],
    [['/bin/bash', '-l'], true],
    [['/bin/sh', '-l'], true],
    [['sh', '-i'], true],
    [['/usr/bin/fish'], true],
    [['/bin/sh', '-c', 'sleep 1'], false],
    [['bash', '-lc', 'sleep 1'], false],
    [['bash', 'script'], false],
    [['sleep', '1000'], false],
    [['push'], false],
    [[], false],
    [[{ base64: '/w==' }], false],
  ] as const) {
    test(`${is ? 'is' : 'is not'} ${JSON.stringify(argv)}`, () => {
      assert.equal(isIdleShell({ pgrp: 7, tpgid: 7, argv }), is);
    });
  }

  test('is none with a command in the foreground, and none that is gone', () => {
    assert.equal(isIdleShell({ pgrp: 7, tpgid: 8, argv: ['-bash'] }), false);
    assert.equal(isIdleShell(null), false);
  });
});
