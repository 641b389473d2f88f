/** Which screens are a first prompt. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isBlank, isFirstPrompt, type Screen } from '../../src/model/prompt.js';

/** Returns a screen of 40x8 whose cursor stands where `|` is. */
function screen(...lines: readonly string[]): Screen {
  const cursorY = lines.findIndex((line) => line.includes('|'));
  const [left = '', right = ''] = (lines[cursorY] ?? '').split('|');
  const columns = Array.from(left).reduce(
    (sum, char) => sum + (/[\u65e5\u672c\u26a1\u{1f40d}]/u.test(char) ? 2 : 1),
    0,
  );
  const rows = [...lines, ...Array.from({ length: 8 - lines.length }, () => '')];
  return { rows: rows.with(cursorY, `${left}${right}`.trimEnd()), cursorX: columns, cursorY, width: 40 };
}

const prompts: readonly (readonly string[])[] = [
  ['$ |'],
  ['# |'],
  ['$|'],
  ['user@host:~$ |'],
  ['[user@host dir]$ |'],
  ['host% |'],
  ['user@host ~> |'],
  ['user@host ~ $ |'],
  ['bash-5.2$ |'],
  ['(venv) user@host:~/a/b (main)$ |'],
  ['~/project main ❯ |'],
  ['~ ❯❯❯ |'],
  ['\u65e5\u672c\u26a1 ~ λ |'],
  ['12:00:01 »|'],
  [' user \ue0b0 ~/src \ue0b0 main \ue0b0 |'],
  ['\ue0b6 ~ \ue0b4|'],
  ['➜  ~ |'],
  ['➜  project git:(feature/x) |'],
  ['➜  project git:(main) ✗ |'],
  ['~ ❯ |                           12:00:01'],
  ['~ ❯ |                            12:00:0'],
  ['', '~/project on main via \u{1f40d} v3', '❯ |'],
  ['┌──(user@host)-[~]', '└─$ |'],
  ['Welcome to fish, the friendly shell', 'Type help for instructions', 'user@host ~> |'],
  ['a', 'b', 'c', 'd', 'e', 'f', '$ |'],
];

for (const lines of prompts) {
  test(`a first prompt: ${JSON.stringify(lines)}`, () => {
    assert.equal(isFirstPrompt(screen(...lines)), true);
  });
}

const used: readonly (readonly string[])[] = [
  // Nothing that is known to be a prompt.
  ['|'],
  [' |'],
  ['Password: |'],
  ['host: |'],
  ['a', '|'],
  // Typed, with the cursor anywhere.
  ['$ l|'],
  ['$ |ls'],
  ['$ l|s'],
  ['$  |'],
  ['$ | ls'],
  ['$ |   ls'],
  ['$ ls |'],
  ['user@host:~$ ls|'],
  ['user@host:~$ echo $|'],
  ['user@host:~$ cat >|'],
  ['user@host:~$ cat >> |'],
  ['user@host ~> 50% |'],
  ['\ue0b6 ~ \ue0b4 ls|'],
  ['➜  ~ ls|'],
  ['➜  ~ ls |'],
  ['➜  ~  |'],
  ['➜  project git:(main) ✗ x|'],
  ['➜  ~ echo $ |'],
  ['\u65e5\u672c\u26a1 ~ λ x|'],
  ['e\u0301 $ x|'],
  ['~ ❯ |x                          12:00:01'],
  ['~ ❯ x|                          12:00:01'],
  ['~ ❯ |        12:00:01'],
  ['~ ❯ |  xx                      12:00:01'],
  // A command was run.
  ['user@host:~$ true', 'user@host:~$ |'],
  ['user@host:~$', 'user@host:~$ |'],
  ['user@host:~$ cd /tmp', 'user@host:/tmp$ |'],
  ['~$cd /tmp', '/tmp$|'],
  ['$ ls', 'a b c', '$ |'],
  ['➜  ~ cd x', '➜  x |'],
  [' ~ \ue0b0 cd x', ' ~/x \ue0b0 |'],
  // A command goes on.
  ['$ if true', '> |'],
  [' ~ \ue0b0 if true', '> |'],
  ['$ echo', '$ |', 'a  b  c'],
  ['$ |', '', 'completion'],
  ['a', 'b', 'c', 'd', 'e', 'f', 'g', '$ |'],
];

for (const lines of used) {
  test(`not a first prompt: ${JSON.stringify(lines)}`, () => {
    assert.equal(isFirstPrompt(screen(...lines)), false);
  });
}

test('a blank screen is one without any text whose cursor never moved', () => {
  assert.equal(isBlank(screen('|')), true);
  assert.equal(isBlank(screen(' |')), false);
  assert.equal(isBlank(screen('', '|')), false);
  assert.equal(isBlank(screen('|', 'x')), false);
});
