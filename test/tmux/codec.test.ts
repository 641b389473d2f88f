/** Bytes on their way into a real tmux and back. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { bytesFromText, displayText, sameText, textFromBytes, type Text } from '../../src/model/text.js';
import { decodeField, encoded, literalFormat, quote, unstoredName } from '../../src/tmux/codec.js';
import { nastyTexts } from '../support/nasty-text.js';
import { TmuxRig, waitFor } from '../support/tmux-rig.js';

const EVERYTHING = { controls: true, invalid: true };
const PRINTABLE = { controls: false, invalid: false };
const COUNT = 250;

/** Returns what a format gives after each line: one decoded text for each. */
async function after(rig: TmuxRig, lines: readonly string[], target: string, format: string): Promise<Text[]> {
  const show = `list-panes -t ${target} -F ${quote(`V ${encoded(format)}`)}`;
  const output = await rig.source(...lines.flatMap((line) => [line, show]));
  const rows = output
    .toString('latin1')
    .split('\n')
    .filter((row) => row.startsWith('V '));
  return rows.map((row) => decodeField(Buffer.from(row.slice(2), 'latin1')));
}

function assertSame(actual: readonly Text[], expected: readonly Text[]): void {
  assert.equal(actual.length, expected.length);
  expected.forEach((text, at) => {
    const got = actual[at] ?? 'nothing';
    assert.ok(sameText(got, text), `text ${String(at)}: ${JSON.stringify(text)} came back as ${JSON.stringify(got)}`);
  });
}

test('a quoted token gives tmux exactly the bytes that went into it', async (t) => {
  const rig = await TmuxRig.start(t);
  const all = Buffer.from(Array.from({ length: 255 }, (_, at) => at + 1));
  const texts = [
    all,
    Buffer.from(all.toReversed()),
    ...nastyTexts(1, 60, EVERYTHING).map((text) => Buffer.from(bytesFromText(text))),
  ];
  const lines = texts.map((bytes, at) => `set-buffer -b b${String(at)} -- ${quote(textFromBytes(bytes))}`);
  await rig.source(...lines);
  for (const [at, bytes] of texts.entries())
    assert.deepEqual(await rig.bytes('save-buffer', '-b', `b${String(at)}`, '-'), bytes);
});

test('a decoded field gives back every byte that a value holds', async (t) => {
  const rig = await TmuxRig.start(t);
  const texts = [
    ...nastyTexts(2, COUNT, EVERYTHING),
    { base64: Buffer.from(Array.from({ length: 255 }, (_, at) => at + 1)).toString('base64') },
  ];
  const values = await after(
    rig,
    texts.map((text) => `set-option -g @value ${quote(text)}`),
    'main:',
    '@value',
  );
  assertSame(
    values.map((text) => bytesText(text)),
    texts.map((text) => bytesText(text)),
  );
});

const bytesText = (text: Text): Text => ({ base64: Buffer.from(bytesFromText(text)).toString('base64') });

test('a literal format survives the expansion of rename-window', async (t) => {
  const rig = await TmuxRig.start(t);
  const texts = nastyTexts(3, COUNT, EVERYTHING);
  const stored = await after(
    rig,
    texts.map((text) => `rename-window -t main: -- ${quote(literalFormat(text))}`),
    'main:',
    'window_name',
  );
  assertSame(stored.map(unstoredName), texts);
});

test('a literal format survives the expansion of select-pane -T', async (t) => {
  const rig = await TmuxRig.start(t);
  const texts = nastyTexts(4, COUNT, PRINTABLE);
  const titles = await after(
    rig,
    texts.map((text) => `select-pane -t main: -T ${quote(literalFormat(text))}`),
    'main:',
    'pane_title',
  );
  assertSame(titles, texts);
});

test('a literal format survives the expansion of new-session -c', async (t) => {
  const rig = await TmuxRig.start(t);
  const texts = nastyTexts(5, 40, EVERYTHING);
  const paths = texts
    .map((text) => Buffer.concat([Buffer.from('/'), bytesFromText(text)]).toString('base64'))
    .map((base64) => ({ base64 }));
  await rig.source(
    ...paths.map((path, at) => `new-session -d -s p${String(at)} -c ${quote(literalFormat(path))} sleep 1000`),
  );
  const seen = await Promise.all(paths.map((_, at) => after(rig, [''], `p${String(at)}:`, 'session_path')));
  assertSame(seen.flat().map(bytesText), paths);
});

for (const [kind, target, field] of [
  ['window', 'main:', 'window_name'],
  ['session', '\\$0', 'session_name'],
] as const) {
  test(`a ${kind} that gets its stored name again keeps it`, async (t) => {
    const rig = await TmuxRig.start(t);
    const rename = (text: Text): string => `rename-${kind} -t ${target} -- ${quote(literalFormat(text))}`;
    const texts = nastyTexts(6, COUNT, EVERYTHING);
    const stored = await after(rig, texts.map(rename), target, field);
    const again = await after(
      rig,
      stored.flatMap((name) => [rename('between'), rename(unstoredName(name))]),
      target,
      field,
    );
    assertSame(
      again.filter((_, at) => at % 2 === 1),
      stored,
    );
  });
}

test('a name that tmux stored as it was given, with a backslash of its own, loses nothing on its way back', async (t) => {
  const rig = await TmuxRig.start(t);
  const names = ['C:\\dir', 'a\\', '\\[x\\]', '\\9'];
  for (const [at, name] of names.entries()) await rig.open('-n', name, '-c', rig.home + String(at));
  const stored = await rig.rows('list-windows', '#{window_name}');
  for (const name of stored.slice(1)) {
    await rig.source(`rename-window -t main: -- ${quote(literalFormat(unstoredName(name)))}`);
    const [kept] = await after(rig, [''], 'main:', 'window_name');
    assert.ok(
      kept === name || displayText(unstoredName(kept ?? '')) === name,
      `${name} became ${displayText(kept ?? '')}`,
    );
  }
});

test('text that looks like a command or a format job never runs', async (t) => {
  const rig = await TmuxRig.start(t);
  const canary = join(rig.folder, 'canary');
  const hostile = [
    `#(touch ${canary})`,
    `$(touch ${canary})`,
    `\`touch ${canary}\``,
    `##(touch ${canary})`,
    `#[#(touch ${canary})]`,
    `#{E:#(touch ${canary})}`,
    `x"; run-shell "touch ${canary}"`,
    `x'\nrun-shell 'touch ${canary}`,
    `#{?1,#(touch ${canary}),}`,
  ];
  const lines = hostile.flatMap((text) => {
    const format = quote(literalFormat(text));
    return [
      ...[
        `rename-window -t main: -- ${format}`,
        `select-pane -t main: -T ${format}`,
        `rename-session -t \\$0 -- ${format}`,
      ],
      ...[`new-window -d -t \\$0: -c ${format} sleep 1000`, 'rename-session -t \\$0 main'],
    ];
  });
  // tmux ends a client's jobs with the client: it stays until a job that came last has run.
  const done = join(rig.folder, 'done');
  const sourced = rig.source(...lines, `display-message -p '#(sleep 0.2; touch ${done})'`, 'wait-for over');
  await waitFor('the job of a format', () => existsSync(done));
  await rig.tmux('wait-for', '-S', 'over');
  await sourced;
  assert.ok(!existsSync(canary));
});
