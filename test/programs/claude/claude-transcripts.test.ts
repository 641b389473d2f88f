/** Where transcripts lie and what their ends say. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { claudeProjects, type Selection } from '../../../src/programs/claude/claude-projects.js';
import { isProjectFolderOf, projectSlug, readTranscript } from '../../../src/programs/claude/claude-transcripts.js';
import { fileView, type FileView } from '../../../src/programs/file-view.js';
import { anId, FakeConfig, temporaryFolder } from '../fake-view.js';

const NOON = Date.parse('2026-03-01T12:00:00Z');

test('names a project folder after every UTF-16 unit of the directory', () => {
  assert.equal(projectSlug('/home/u/a_b.c d'), '-home-u-a-b-c-d');
  assert.equal(projectSlug('/x/😀'), '-x---');
  assert.equal(projectSlug('/x/日本'), projectSlug('/x/中国'));
  assert.equal(projectSlug('/x/'), '-x-');
  assert.equal(projectSlug('/'), '-');
});

test('matches the folder of a long path by its first 200 characters and some suffix', () => {
  const long = `/${'a'.repeat(250)}`;
  assert.equal(isProjectFolderOf(`-${'a'.repeat(199)}-1x2y`, long), true);
  assert.equal(isProjectFolderOf(`-${'a'.repeat(199)}`, long), false);
  assert.equal(isProjectFolderOf('-x-y', '/x'), false);
});

test('reads times, directories and entrypoint, whatever bookkeeping comes first', (t) => {
  const config = new FakeConfig(temporaryFolder(t));
  const firstLines = ['\ufeff{"type":"summary","summary":"x"}\r', '{"type":"pr-link"}', 'null', '[]', 'garbage'];
  const path = config.write(anId(1), { from: NOON, to: NOON + 5000, firstLines });
  appendFileSync(path, '{"type":"user","timestamp":"2026-03-01T13:0');
  assert.deepEqual(readTranscript(path), {
    path,
    id: anId(1),
    firstAt: NOON,
    lastAt: NOON + 5000,
    cwds: ['/home/u/project'],
    hasMessages: true,
    isInteractive: true,
    title: null,
    forkedFrom: null,
  });
});

test('tells the conversations of programs, sub-agents and no messages apart', (t) => {
  const config = new FakeConfig(temporaryFolder(t));
  const isInteractive = (path: string): boolean | undefined => readTranscript(path)?.isInteractive;
  assert.equal(isInteractive(config.write(anId(1), { from: NOON, entrypoint: 'sdk-cli' })), false);
  assert.equal(isInteractive(config.write(anId(2), { from: NOON, isSidechain: true })), false);
  assert.equal(isInteractive(config.write(anId(3), { from: NOON, entrypoint: '', cwd: null })), true);
  const empty = join(config.folder, `${anId(4)}.jsonl`);
  writeFileSync(empty, '');
  assert.equal(isInteractive(empty), false);
  writeFileSync(empty, '{"type":"file-history-snapshot"}\n');
  assert.equal(isInteractive(empty), false);
});

test('reads only the ends of a transcript with huge lines', (t) => {
  const config = new FakeConfig(temporaryFolder(t));
  const path = config.write(anId(1), { from: NOON });
  const huge = (at: string): string =>
    `{"parentUuid":null,"isSidechain":false,"cwd":"/big","type":"user","timestamp":"${at}","message":{"content":"${'x'.repeat(40 << 20)}"}}\n`;
  writeFileSync(path, huge('2026-03-01T12:00:00.000Z'));
  const started = performance.now();
  const transcript = readTranscript(path);
  assert.ok(performance.now() - started < 200);
  assert.equal(transcript?.firstAt, NOON);
  assert.deepEqual(transcript.cwds, ['/big']);
  assert.equal(transcript.isInteractive, true);
  appendFileSync(path, `${JSON.stringify({ type: 'assistant', timestamp: '2026-03-01T14:00:00Z' })}\n`);
  assert.equal(readTranscript(path)?.lastAt, NOON + 2 * 3_600_000);
});

test('does not wait for a FIFO with the name of a transcript', (t) => {
  const config = new FakeConfig(temporaryFolder(t));
  const folder = join(config.folder, 'projects', '-home-u-project');
  mkdirSync(folder, { recursive: true });
  const fifo = join(folder, `${anId(1)}.jsonl`);
  execFileSync('mkfifo', [fifo]);
  symlinkSync(fifo, join(folder, `${anId(2)}.jsonl`));
  symlinkSync('/nowhere', join(folder, `${anId(3)}.jsonl`));
  for (const digits of [1, 2, 3])
    assert.equal(
      claudeProjects().locate(config.folder, anId(digits), () => true),
      null,
    );
});

test('finds a transcript in another folder than the likely one', (t) => {
  const config = new FakeConfig(temporaryFolder(t));
  const path = config.write(anId(1), { from: NOON, cwd: '/home/u/project/.claude/worktrees/x' });
  assert.equal(
    claudeProjects().locate(config.folder, anId(1), (folder) => folder === '-home-u-project'),
    path,
  );
  assert.equal(
    claudeProjects().locate(config.folder, '../../../etc/passwd', () => true),
    null,
  );
});

test('lists transcripts only, and those that changed since', (t) => {
  const config = new FakeConfig(temporaryFolder(t));
  const path = config.write(anId(1), { from: NOON });
  const folder = join(path, '..');
  writeFileSync(join(folder, `agent-${anId(2)}.jsonl`), '');
  mkdirSync(join(folder, anId(1), 'subagents'), { recursive: true });
  assert.deepEqual(
    claudeProjects()
      .changedSince(folder, 0)
      .transcripts.map((transcript) => transcript.path),
    [path],
  );
  assert.deepEqual(claudeProjects().changedSince(folder, Date.now() + 2 * 3_600_000).transcripts, []);
});

test('a conversation that went on at a terminal is a person’s, wherever it began', (t) => {
  const config = new FakeConfig(temporaryFolder(t));
  const path = config.write(anId(1), { from: NOON, entrypoint: 'claude-vscode' });
  assert.equal(readTranscript(path)?.isInteractive, false);
  assert.equal(readTranscript(path)?.hasMessages, true);
  appendFileSync(path, `${JSON.stringify({ type: 'user', entrypoint: 'cli' })}\n`);
  assert.equal(readTranscript(path)?.isInteractive, true);
});

test('reads the last title that its user gave, else the last that it got', (t) => {
  const config = new FakeConfig(temporaryFolder(t));
  const path = config.write(anId(1), { from: NOON });
  const add = (line: object): void => {
    appendFileSync(path, `${JSON.stringify(line)}\n`);
  };
  for (const [line, title] of [
    [{ type: 'ai-title', aiTitle: 'first' }, 'first'],
    [{ type: 'ai-title', aiTitle: 'second' }, 'second'],
    [{ type: 'custom-title', customTitle: 'mine' }, 'mine'],
    [{ type: 'custom-title', customTitle: 7 }, 'mine'],
    [{ type: 'ai-title', aiTitle: 'third' }, 'mine'],
    [{ type: 'custom-title', customTitle: 'mine again' }, 'mine again'],
  ] as const) {
    add(line);
    assert.equal(readTranscript(path)?.title, title);
  }
});

test('reads no time out of a torn or a foreign line, and believes no time of a file', (t) => {
  const config = new FakeConfig(temporaryFolder(t));
  const path = config.write(anId(1), {
    from: NOON,
    firstLines: ['{"type":"user","timestamp":"yesterday"}', '{"timestamp":7}'],
  });
  utimesSync(path, new Date(Date.now() + 86_400_000), new Date(Date.now() + 86_400_000));
  appendFileSync(path, '\r\n\u0000\n{"type":"assistant","timestamp":"2026-03-01T23:59:59Z"');
  assert.deepEqual([readTranscript(path)?.firstAt, readTranscript(path)?.lastAt], [NOON, NOON]);
});

test('tells what was begun since from what only went on', (t) => {
  const config = new FakeConfig(temporaryFolder(t));
  const [old, young] = [config.write(anId(1), { from: NOON }), config.write(anId(2), { from: NOON })];
  const files: FileView = { ...fileView(), bornAt: (path) => (path === old ? NOON : Date.now()) };
  const paths = (of: Selection): string[] => of.transcripts.map(({ path }) => path).sort();
  const folder = join(old, '..');
  assert.deepEqual(paths(claudeProjects(files).begunSince(folder, Date.now())), [young]);
  assert.deepEqual(paths(claudeProjects(files).changedSince(folder, Date.now())), [old, young]);
  assert.deepEqual(paths(claudeProjects(files).begunSince(folder, Date.now() + 2 * 3_600_000)), []);
});

test('says so when there are more than can be read', (t) => {
  const config = new FakeConfig(temporaryFolder(t));
  for (let digits = 0; digits < 260; digits += 1) config.write(anId(digits), { from: NOON });
  const folder = join(config.folder, 'projects', '-home-u-project');
  const { transcripts, isComplete } = claudeProjects().begunSince(folder, 0);
  assert.deepEqual([transcripts.length, isComplete], [256, false]);
});

test('sees every change of a file that it read before', (t) => {
  const config = new FakeConfig(temporaryFolder(t));
  const path = config.write(anId(1), { from: NOON });
  for (let hour = 1; hour < 50; hour += 1) {
    appendFileSync(
      path,
      `${JSON.stringify({ type: 'user', timestamp: new Date(NOON + hour * 1000).toISOString() })}\n`,
    );
    assert.equal(claudeProjects().read(path)?.lastAt, NOON + hour * 1000);
  }
});
