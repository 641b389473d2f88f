/** Stored text shown in a new pane of the same size: a second capture is the first, whatever it was made of. */
import assert from 'node:assert/strict';
import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { lastLines, standingLines, textOfLines } from '../../src/model/scrollback-text.js';
import { launchArguments } from '../../src/programs/launcher.js';
import { captureScrollback } from '../../src/tmux/scrollback.js';
import { displayText } from '../../src/model/text.js';
import { seededRandom } from '../support/nasty-text.js';
import { TmuxRig, valueOf, waitFor } from '../support/tmux-rig.js';

const WIDTH = 57;
const E = '\u001b';

const END = 'THE-END';

/** Shows text in a pane that then stays; resolves when the server has read all of it. */
async function shown(rig: TmuxRig, text: string): Promise<string> {
  const file = join(rig.folder, `input-${String(Math.random())}`);
  await writeFile(file, `${text}\r\n${E}[0m\u000f${END}`);
  const command = `stty raw -echo; cat -- '${file}'; exec sleep 1000`;
  const id = await rig.tmux('new-window', '-d', '-P', '-F', '#{pane_id}', command);
  await waitFor('the text', async () => (await rig.tmux('capture-pane', '-p', '-t', id)).includes(END));
  return id;
}

/** Shows stored text in a pane as a restore does, and waits for the shell's prompt below it. */
async function replayed(rig: TmuxRig, text: string): Promise<string> {
  const file = join(rig.folder, `stored-${String(Math.random())}.gz`);
  await writeFile(file, gzipSync(Buffer.from(text, 'latin1')));
  const launch = {
    defaultCommand: `printf 'PROMPT '; read -r answer; exec sleep 1000`,
    argv: [],
    notice: null,
    death: null,
    delaySeconds: 0,
  };
  const argv = launchArguments({ ...launch, shell: '/bin/sh', contentsPath: file, resumption: null });
  const id = await rig.tmux('new-window', '-d', '-P', '-F', '#{pane_id}', ...argv.map(displayText));
  await waitFor('the prompt', async () =>
    (await rig.tmux('capture-pane', '-p', '-S', '-', '-t', id)).includes('PROMPT'),
  );
  return id;
}

async function linesOf(rig: TmuxRig, paneId: string): Promise<string[]> {
  const lines: string[] = [];
  const alternateOn = (await rig.tmux('display-message', '-p', '-t', paneId, '#{alternate_on}')) === '1';
  const taken = await captureScrollback(rig.target, [{ paneId, alternateOn }], 5000, (_, capture) => {
    lines.push(...(capture?.lines ?? []));
    return Promise.resolve(true);
  });
  valueOf(taken);
  return lines;
}

/** Asserts that a pane comes back as it was: all of it, and each end of it. */
async function assertSurvives(rig: TmuxRig, id: string): Promise<string[]> {
  const lines = await linesOf(rig, id);
  assert.ok(lines.length >= 3, `${String(lines.length)} lines`);
  for (const count of [lines.length, Math.ceil(lines.length / 2), 3]) {
    const kept = lastLines(lines, { lines: count, bytes: Infinity });
    const again = await linesOf(rig, await replayed(rig, textOfLines(kept)));
    assert.deepEqual(again, [...kept, 'PROMPT ']);
  }
  return lines;
}

async function start(t: Parameters<typeof TmuxRig.start>[0]): Promise<TmuxRig> {
  const rig = await TmuxRig.start(t, { config: `set -g default-size ${String(WIDTH)}x20\nset -g history-limit 5000` });
  return rig;
}

test('colours over many lines come back, also below the line where the text was cut', async (t) => {
  const rig = await start(t);
  const text = [
    `plain\r\n${E}[1;31;48;5;20mfrom here\r\nover this\r\n`,
    ...Array.from({ length: 60 }, (_, at) => `line ${String(at)} still\r\n${at % 7 === 0 ? '\r\n' : ''}`),
    `${E}[38;2;1;2;3mother ${E}[4:3;58;5;9mcurly\r\n and on ${E}[24munder no more\r\n${E}[53mover\r\n${E}[0;7mreverse${E}[K\r\n`,
    `${E}[41mto the edge${E}[K\r\n${E}[0mand${E}[42m${E}[K`,
  ].join('');
  const lines = await assertSurvives(rig, await shown(rig, text));
  assert.ok(lines.includes(`${E}[1m${E}[31m${E}[48;5;20mline 55 still${E}[0m`), 'each line has its colours');
});

test('links come back, on a tmux that knows them', async (t) => {
  const rig = await start(t);
  const link = (id: number): string =>
    `${E}]8;id=${String(id)};http://x/é?a=1${E}\\here ${E}[31mand${E}[0m there${E}]8;;${E}\\`;
  const text = `see ${link(1)} or ${link(2)}${link(3)}\r\n${link(4)}\r\n\r\nno`;
  const lines = await assertSurvives(rig, await shown(rig, text));
  const isKnown = (await rig.version()) >= 3.4;
  assert.equal(lines.join('').split('http://x/').length, isKnown ? 5 : 1);
});

test('line drawing comes back as lines, and the pane is left without it', async (t) => {
  const rig = await start(t);
  const box = `${E})0a \u000elqqk\u000f b\r\n\u000ex  x\r\nmqqj\u000f`;
  const id = await shown(rig, box);
  await assertSurvives(rig, id);
  const again = await replayed(rig, textOfLines(await linesOf(rig, id)));
  const screen = await rig.tmux('capture-pane', '-p', '-t', again);
  const original = await rig.tmux('capture-pane', '-p', '-t', id);
  assert.equal(screen.slice(0, screen.indexOf('PROMPT')).trimEnd(), original.trimEnd());
  const after = await shown(rig, `${textOfLines(['\u000eq\u000f'])}\r\u000eq`);
  const [, last] = await linesOf(rig, after);
  assert.equal(last, 'q', 'line drawing is off again');
});

test('wide characters, combining marks, emoji, tabs and wrapped lines come back at the same width', async (t) => {
  const rig = await start(t);
  const text = [
    `${'日本語'.repeat(30)}\r\n`,
    `x${'日本語'.repeat(30)}\r\n`,
    `e\u0301 a\u0300\u0301 n\u0303o\r\n`,
    `😀 👍🏽 👨‍👩‍👧 ❤️ 🇩🇪\r\n`,
    `a\tb\t\tc\r\n\tindented\r\n`,
    `${'wrapped '.repeat(20)}\r\n`,
    `${'exactly so wide'.padEnd(WIDTH, '.')}\r\n`,
    `${'exactly twice'.padEnd(WIDTH * 2, '.')}\r\n`,
    `${E}[31m${'red and wrapped '.repeat(20)}`,
  ].join('');
  const lines = await assertSurvives(rig, await shown(rig, text));
  const shownText = lines.map((line) => Buffer.from(line, 'latin1').toString());
  assert.ok(shownText.includes('日本語'.repeat(30)), 'a wrapped line is one line');
});

test('the text below a full-screen program comes back without the colours of either half in the other', async (t) => {
  const rig = await start(t);
  const text = `${Array.from({ length: 40 }, (_, at) => `${E}[3${String(at % 8)}mline ${String(at)}\r\n`).join('')}${E}[?1049hPROGRAM`;
  const id = await shown(rig, text);
  assert.equal(await rig.tmux('display-message', '-p', '-t', id, '#{alternate_on}'), '1');
  const lines = await assertSurvives(rig, id);
  assert.deepEqual(
    lines,
    Array.from({ length: 40 }, (_, at) => `\u001b[3${String(at % 8)}mline ${String(at)}\u001b[0m`),
  );
});

test('random text of everything that a terminal understands comes back', async (t) => {
  const rig = await start(t);
  const pieces = [
    // No tabs: from 3.6 on a tab has the colours of what was there before it, not those in force.
    ...['a', 'word ', '   ', '日本', 'é', 'e\u0301', '😀', 'x'.repeat(70), '\r\n', '\r\n', '\r\n', '\r', '\b'],
    ...[0, 1, 2, 3, 4, 7, 9, 22, 24, 27, 31, 39, 42, 49, 53, 95, 105].map((code) => `${E}[${String(code)}m`),
    ...[`${E}[38;5;99m`, `${E}[48;2;9;8;7m`, `${E}[4:3m`, `${E}[58:5:3m`, `${E}[59m`, `${E}[K`, `${E}[5X`, `${E}[3@`],
    ...[`${E})0`, '\u000e', '\u000elqk', '\u000f', `${E}[2C`],
  ];
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    const random = seededRandom(seed);
    const text = Array.from({ length: 900 }, () => pieces[Math.floor(random() * pieces.length)] ?? '').join('');
    await assertSurvives(rig, await shown(rig, text));
  }
});

describe('what makes a terminal answer or act', () => {
  const questions = [`${E}[c`, `${E}[>c`, `${E}[6n`, `${E}[5n`, `${E}P$qm${E}\\`, `${E}]10;?${E}\\`, `${E}[18t`];
  const orders = [`${E}]52;c;dG91Y2g=${E}\\`, `${E}]0;stolen${E}\\`, `${E}kstolen${E}\\`, `${E}[?1004h`];
  const forged = `begin\n${[...questions, ...orders].join('\rtouch canary\n')}\n$(touch canary)\r\n`;

  /** Returns what was typed into the shell of a pane by nobody, and the pane's title. */
  async function typed(rig: TmuxRig, text: string): Promise<{ typed: boolean; title: string }> {
    const id = await replayed(rig, text);
    // The terminal echoes an escape as ^[.
    await rig.tmux('send-keys', '-t', id, 'x-x-x', 'Enter');
    const screen = await waitFor('the key', async () => {
      const shownText = await rig.tmux('capture-pane', '-p', '-t', id);
      return shownText.includes('x-x-x') && shownText;
    });
    return { typed: screen.includes('^['), title: await rig.tmux('display-message', '-p', '-t', id, '#{pane_title}') };
  }

  test('would in a restored pane, if it were stored', async (t) => {
    const rig = await start(t);
    assert.deepEqual(await typed(rig, forged), { typed: true, title: 'stolen' });
  });

  test('does nothing on its way through the store', async (t) => {
    const rig = await start(t);
    const { typed: isTyped, title } = await typed(rig, textOfLines(standingLines(forged)));
    assert.deepEqual([isTyped, title === 'stolen'], [false, false]);
    await assert.rejects(access(join(rig.folder, 'canary')));
  });

  test('is nothing that a pane can show', async (t) => {
    const rig = await start(t);
    const lines = await linesOf(rig, await shown(rig, `${forged}${forged.replaceAll(E, '^[')}`));
    assert.doesNotMatch(lines.join('\n'), /\u001b(?!\[[\d;:]*m|\]8;)|[\u0000-\u0008\u000b-\u001a\u007f]/);
    const before = await linesOf(rig, await replayed(rig, textOfLines(lines)));
    assert.deepEqual(before, [...lines, 'PROMPT ']);
  });
});
