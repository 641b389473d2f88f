/** What tmux prints of the argument vectors that panes were started with. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { bytesFromText, textFromBytes, type Text } from '../../src/model/text.js';
import { decodeField, encoded, quote } from '../../src/tmux/codec.js';
import { splitQuoted } from '../../src/tmux/start-command.js';
import { nastyTexts } from '../support/nasty-text.js';
import { TmuxRig } from '../support/tmux-rig.js';

const SLEEPER = ['/bin/sh', '-c', 'sleep 1000 & wait', 'sleeper'];

/** Opens one window for each argument vector; returns the start commands and the arguments that the processes got. */
async function started(
  rig: TmuxRig,
  vectors: readonly (readonly Text[])[],
): Promise<{ words: Text[][]; got: Text[][] }> {
  const format = quote(`V #{pane_pid} ${encoded('pane_start_command')}`);
  const output = await rig.source(
    ...vectors.map((argv) => `new-window -d -t main: -P -F ${format} ${argv.map(quote).join(' ')}`),
  );
  const rows = output
    .toString('latin1')
    .split('\n')
    .filter((row) => row.startsWith('V '));
  const parts = rows.map((row) => /^V (\d+) (.*)$/.exec(row) ?? ['', '', '']);
  const words = parts.map(([, , command]) => splitQuoted(decodeField(Buffer.from(command ?? '', 'latin1'))));
  const got = await Promise.all(
    parts.map(async ([, pid]) => {
      const cmdline = await readFile(`/proc/${pid ?? ''}/cmdline`, 'latin1');
      return cmdline
        .slice(0, -1)
        .split('\0')
        .map((word) => textFromBytes(Buffer.from(word, 'latin1')));
    }),
  );
  return { words, got };
}

test('the start command of a pane splits into the arguments that its process got', async (t) => {
  const rig = await TmuxRig.start(t);
  const every = Buffer.from(Array.from({ length: 255 }, (_, at) => at + 1));
  const single = Array.from({ length: 127 - 33 }, (_, at) => String.fromCharCode(33 + at));
  const vectors: Text[][] = [
    [
      '',
      ' ',
      '  ',
      '~',
      '~/x',
      'a ',
      ' a',
      "'",
      '"',
      `'"`,
      '\\',
      '\\\\',
      '#{pane_id}',
      '$HOME',
      '${HOME}',
      '%if',
      '{',
      ';',
      'x;',
      '\\;',
    ],
    single,
    [textFromBytes(every)],
    ...Array.from({ length: 30 }, (_, at) => nastyTexts(at, 8, { controls: true, invalid: true })),
  ].map((argv) => [...SLEEPER, ...argv]);
  const { words, got } = await started(rig, vectors);
  assert.deepEqual(got, vectors);
  vectors.forEach((argv, at) => {
    assert.deepEqual(words[at], argv);
  });
});

test('a shell command line stays one word', async (t) => {
  const rig = await TmuxRig.start(t);
  const lines = ['sleep 1000', `echo 'a b' "c"; exec sleep 1000`, 'exec sleep 1000 # \t$HOME ~ \\'];
  const { words } = await started(
    rig,
    lines.map((line) => [line]),
  );
  assert.deepEqual(
    words,
    lines.map((line) => [line]),
  );
});

test('a pane with the default shell has an empty start command', async (t) => {
  const rig = await TmuxRig.start(t);
  const { words } = await started(rig, [[]]);
  assert.deepEqual(words, [[]]);
});

test('a start command as long as tmux takes it is split at once', async (t) => {
  const rig = await TmuxRig.start(t);
  const long = '\\" é'.repeat(20_000);
  const begun = performance.now();
  assert.deepEqual(splitQuoted(`"${long.replaceAll(/["\\]/g, String.raw`\$&`)}" x`), [long, 'x']);
  assert.ok(performance.now() - begun < 500);
  assert.equal(bytesFromText(long).length, 100_000);
  assert.equal(await rig.tmux('display-message', '-p', 'there'), 'there');
});
