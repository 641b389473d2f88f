/** The text of real panes. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { captureScrollback, type Capture, type CaptureRequest } from '../../src/tmux/scrollback.js';
import { TmuxRig, valueOf, waitFor } from '../support/tmux-rig.js';

/** Opens a pane that prints with printf(1) and then stays; resolves when its last line, `end`, is there. */
async function printed(rig: TmuxRig, text: string, then = 'exec sleep 1000'): Promise<string> {
  const id = await rig.tmux('new-window', '-d', '-P', '-F', '#{pane_id}', `printf '${text}end\\n'; ${then}`);
  await waitFor('the text', async () => (await rig.tmux('capture-pane', '-p', '-S', '-', '-t', id)).includes('end'));
  return id;
}

async function captureAll(
  rig: TmuxRig,
  requests: readonly CaptureRequest[],
  lines: number,
): Promise<Map<string, Capture | null>> {
  const captures = new Map<string, Capture | null>();
  const taken = await captureScrollback(rig.target, requests, lines, (id, capture) => {
    captures.set(id, capture);
    return Promise.resolve(true);
  });
  valueOf(taken);
  return captures;
}

async function captured(rig: TmuxRig, id: string, lines = 1000): Promise<Capture | null> {
  const alternateOn = (await rig.tmux('display-message', '-p', '-t', id, '#{alternate_on}')) === '1';
  return (await captureAll(rig, [{ paneId: id, alternateOn }], lines)).get(id) ?? null;
}

const textOf = (capture: Capture | null): string =>
  Buffer.from((capture?.lines ?? []).map((line) => `${line}\n`).join(''), 'latin1').toString();
const numbers = (count: number): string => Array.from({ length: count }, (_, at) => `line ${String(at)}\\n`).join('');

test('colours and attributes are kept', async (t) => {
  const rig = await TmuxRig.start(t);
  const id = await printed(rig, '\\033[31mred\\033[0m \\033[1;48;5;20mé\\033[0m\\n');
  const text = textOf(await captured(rig, id));
  assert.match(text, /\u001b\[31mred/);
  assert.match(text, /48;5;20mé/);
});

test('the blank rest of the screen is cut, and a pane without text has none', async (t) => {
  const rig = await TmuxRig.start(t);
  const id = await printed(rig, '\\n\\nfirst\\n\\n');
  assert.deepEqual(await captured(rig, id), { lines: ['', '', 'first', '', 'end'], hasMore: false, isCut: false });
  const blanks = await printed(
    rig,
    'kept\\n   \\n',
    `printf '    \\n\\033[41m   \\033[0m\\033[3D\\033[K'; exec sleep 1000`,
  );
  assert.match(textOf(await captured(rig, blanks)), /^kept *\n *\nend *\n$/);
  const nothing = await rig.open();
  assert.equal(await captured(rig, nothing), null);
});

test('as many rows of the history as were asked for come with the screen, and it is told when there are more', async (t) => {
  const rig = await TmuxRig.start(t);
  const id = await printed(rig, numbers(100));
  const all = await captured(rig, id, 1000);
  assert.deepEqual([all?.lines.length, all?.hasMore, all?.isCut], [101, false, false]);
  const some = await captured(rig, id, 10);
  // 101 lines and the cursor's: 78 rows of history, and 24 rows of screen.
  assert.deepEqual([some?.lines[0], some?.lines.length, some?.hasMore, some?.isCut], ['line 68', 33, true, true]);
  const exact = await captured(rig, id, 78);
  assert.deepEqual([exact?.lines.length, exact?.hasMore], [101, false]);
});

test('it is told that there was more above a cleared screen', async (t) => {
  const rig = await TmuxRig.start(t);
  const cleared = await printed(rig, numbers(100), `printf '\\033[H\\033[2J'; exec sleep 1000`);
  await waitFor('the clear', async () => (await rig.tmux('capture-pane', '-p', '-t', cleared)).trim() === '');
  const above = await captured(rig, cleared, 20);
  assert.deepEqual([above?.hasMore, above?.lines.length], [true, 20]);
});

test('it is told that tmux may have dropped lines of a full history', async (t) => {
  const rig = await TmuxRig.start(t, { config: 'set -g history-limit 50' });
  const few = await captured(rig, await printed(rig, numbers(60)));
  assert.deepEqual([few?.isCut, few?.lines[0]], [false, 'line 0']);
  const many = await captured(rig, await printed(rig, numbers(200)));
  assert.deepEqual([many?.isCut, many?.hasMore], [true, false]);
});

test('a wrapped line is one line again', async (t) => {
  const rig = await TmuxRig.start(t);
  const capture = await captured(rig, await printed(rig, `${'0123456789'.repeat(30)}\\n`));
  assert.deepEqual(capture?.lines, ['0123456789'.repeat(30), 'end']);
});

for (const [program, marker] of [
  ['less', 'IN-THE-PAGER-0'],
  ['vi', 'IN-THE-PAGER-0'],
] as const) {
  const missing = spawnSync('which', [program]).status !== 0 && `there is no ${program}`;
  test(`what a real ${program} shows is no text of the pane, what is below it is`, { skip: missing }, async (t) => {
    const rig = await TmuxRig.start(t);
    // Once without and once with a history: without one, tmux takes "the history" for the first line of the screen.
    for (const count of [3, 60]) {
      const file = join(rig.folder, `file-${String(count)}`);
      await writeFile(file, Array.from({ length: 200 }, (_, at) => `IN-THE-PAGER-${String(at)}\n`).join(''));
      const id = await printed(rig, numbers(count), `read -r line; exec ${program} ${file}`);
      await rig.tmux('send-keys', '-t', id, 'Enter');
      const seen = await waitFor(program, async () => {
        const screen = await rig.tmux('capture-pane', '-p', '-t', id);
        return (
          screen.includes(marker) && (await rig.tmux('display-message', '-p', '-t', id, '#{alternate_on}')) === '1'
        );
      });
      assert.ok(seen);
      const capture = await captured(rig, id);
      assert.doesNotMatch(textOf(capture), /IN-THE-PAGER/);
      assert.match(textOf(capture), /^line 0 *\n(line \d+ *\n)+end *\n/);
      assert.equal(textOf(capture).match(/line /g)?.length, count);
    }
  });
}

test('text that looks like a frame or an answer of tmux is text', async (t) => {
  const rig = await TmuxRig.start(t);
  const lookalikes = ['0123456789abcdef01234567', 'X', 'Z', '%%begin 1 2 0', 'P\\t@1'];
  const first = await printed(rig, lookalikes.map((line) => `${line}\\n`).join(''));
  const second = await printed(rig, 'other\\n');
  const requests = [first, second].map((paneId) => ({ paneId, alternateOn: false }));
  const captures = await captureAll(rig, requests, 100);
  assert.match(textOf(captures.get(first) ?? null), /^0123456789abcdef01234567\nX\nZ\n%begin 1 2 0\nP\s+@1\nend\n$/);
  assert.equal(textOf(captures.get(second) ?? null), 'other\nend\n');
});

test('many panes each get their own text, and one that is gone gets none', async (t) => {
  const rig = await TmuxRig.start(t);
  const ids = await Promise.all(Array.from({ length: 30 }, (_, at) => printed(rig, `pane ${String(at)}\\n`)));
  const requests = [...ids, '%9999'].map((paneId, at) => ({ paneId, alternateOn: at % 7 === 6 }));
  for (const lines of [50, 2000, 50_000]) {
    const captures = await captureAll(rig, requests, lines);
    ids.forEach((id, at) => {
      if (at % 7 !== 6) assert.equal(textOf(captures.get(id) ?? null), `pane ${String(at)}\nend\n`);
    });
    assert.ok(!captures.has('%9999'));
  }
});

test('the text of a server that is not there is a failure', async (t) => {
  const rig = await TmuxRig.make(t);
  const request = { paneId: '%0', alternateOn: false };
  const taken = await captureScrollback(rig.target, [request], 10, () => Promise.reject(new Error('there is no text')));
  assert.equal(taken.ok ? 'text' : taken.error.reason, 'no-server');
});
