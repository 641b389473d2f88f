/** Lines of captured text, each by itself. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  lastLines,
  linesOfText,
  standingLines,
  textOfLines,
  visibleText,
  withoutBlankEnd,
} from '../../src/model/scrollback-text.js';

const E = '\u001b';

for (const [what, text, lines] of [
  ['plain text is left alone', 'a\nb c \n', ['a', 'b c ']],
  [
    'a colour ends with its line and begins again with the next',
    `${E}[31mred\nstill\n`,
    [`${E}[31mred${E}[0m`, `${E}[31mstill${E}[0m`],
  ],
  [
    'a line begins as tmux begins a text: attributes, foreground, background, underline, line drawing',
    `a${E}[58;5;3m${E}[48;2;1;2;3m${E}[38;5;20m${E}[4:3m${E}[1m\u000eq\nb\n${E}[9mx\n`,
    [
      `a${E}[58;5;3m${E}[48;2;1;2;3m${E}[38;5;20m${E}[4:3m${E}[1m\u000eq${E}[0m\u000f`,
      `${E}[1;4:3m${E}[38;5;20m${E}[48;2;1;2;3m${E}[58;5;3m\u000eb${E}[0m\u000f`,
      `${E}[1;9;4:3m${E}[38;5;20m${E}[48;2;1;2;3m${E}[58;5;3m\u000ex${E}[0m\u000f`,
    ],
  ],
  [
    'what changes before the first cell shows only in how the line begins',
    `${E}[31ma\n${E}[1m${E}[39mb\n`,
    [`${E}[31ma${E}[0m`, `${E}[1mb${E}[0m`],
  ],
  ['an empty line has no colours, and hands them on', `${E}[41ma\n\nb\n`, [`${E}[41ma${E}[0m`, '', `${E}[41mb${E}[0m`]],
  ['a reset ends all', `${E}[1;31ma${E}[0mb\nc\n${E}[mx\n`, [`${E}[1;31ma${E}[0mb`, 'c', `${E}[mx`]],
  [
    'a reset may set something in the same sequence',
    `${E}[1ma${E}[0;3mb\nc\n`,
    [`${E}[1ma${E}[0;3mb${E}[0m`, `${E}[3mc${E}[0m`],
  ],
  [
    'default colours end a colour',
    `${E}[91ma${E}[39mb${E}[104mc${E}[49md\ne\n`,
    [`${E}[91ma${E}[39mb${E}[104mc${E}[49md`, 'e'],
  ],
  ['line drawing ends with its line and begins again', `\u000elqk\nx\u000fa\n`, [`\u000elqk\u000f`, `\u000ex\u000fa`]],
  ['overline is written so that tmux reads it', `${E}[5:3ma${E}[0mb\n`, [`${E}[53ma${E}[0mb`]],
  [
    'a link is kept',
    `${E}]8;id=1;http://x/\u00e9${E}\\a${E}]8;;${E}\\\n`,
    [`${E}]8;id=1;http://x/\u00e9${E}\\a${E}]8;;${E}\\`],
  ],
  [
    'what asks a terminal for an answer, or tells it to do anything, is no longer a sequence',
    `${E}[c${E}[6nDSR${E}P$qm${E}\\${E}]52;c;eA==\u0007${E}]0;title\u0007${E}c\u0085\u00c2\u009b6n\u0007\u0008\u007f\rend\t!\n`,
    ['[c[6nDSRP$qm\\]52;c;eA==]0;titlec\u00856nend\t!'],
  ],
  [
    'a link that hides a control or does not end is no link',
    `${E}]8;;x\u0007${E}[6n${E}\\a\n${E}]8;;never\n`,
    [']8;;x[6n\\a', ']8;;never'],
  ],
] as const) {
  test(`in captured lines, ${what}`, () => {
    assert.deepEqual(standingLines(text), lines);
    assert.deepEqual(standingLines(textOfLines(lines).replace(/^\u001b\)0|\u001b\)B$/g, '')), lines, 'twice is once');
  });
}

test('stored text is the lines, and turns line drawing on and off only where there is some', () => {
  assert.equal(textOfLines(['a', '', 'b']), 'a\n\nb\n');
  assert.equal(textOfLines(['\u000eq\u000f']), `${E})0\u000eq\u000f\n${E})B`);
  for (const lines of [['a', '', 'b'], ['\u000eq\u000f', 'x'], ['']])
    assert.deepEqual(linesOfText(textOfLines(lines)), lines);
});

test('what a line shows is its text without colours, links and blanks at its end', () => {
  assert.equal(visibleText(`${E}[31m$ ${E}[0m\u000eq\u000f${E}]8;;http://x${E}\\a${E}]8;;${E}\\  `), '$ qa');
});

test('blank lines at the end go, coloured ones stay', () => {
  assert.deepEqual(withoutBlankEnd(['', 'a', ' ', '\t', '']), ['', 'a']);
  assert.deepEqual(withoutBlankEnd([' ', '']), []);
  assert.deepEqual(withoutBlankEnd([`${E}[41m  ${E}[0m`, '']), [`${E}[41m  ${E}[0m`]);
});

test('the last lines are those within both limits, each whole', () => {
  const lines = ['1234', '123', '12', '1'];
  assert.deepEqual(lastLines(lines, { lines: 2, bytes: 100 }), ['12', '1']);
  assert.deepEqual(lastLines(lines, { lines: 9, bytes: 9 }), ['123', '12', '1']);
  assert.deepEqual(lastLines(lines, { lines: 9, bytes: 8 }), ['12', '1']);
  assert.deepEqual(lastLines(lines, { lines: 9, bytes: 14 }), lines);
  assert.deepEqual(lastLines(lines, { lines: 0, bytes: 14 }), []);
});
