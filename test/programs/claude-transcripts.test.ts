/** Where transcripts lie and what their ends say. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { claudeProjects } from '../../src/programs/claude-projects.js';
import { isProjectFolderOf, projectSlug, readTranscript } from '../../src/programs/claude-transcripts.js';
import { anId, FakeConfig, temporaryFolder } from './fake-view.js';

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
    isInteractive: true,
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
      claudeProjects().find(config.folder, anId(digits), () => true),
      null,
    );
});

test('finds a transcript in another folder than the likely one', (t) => {
  const config = new FakeConfig(temporaryFolder(t));
  const path = config.write(anId(1), { from: NOON, cwd: '/home/u/project/.claude/worktrees/x' });
  assert.equal(claudeProjects().find(config.folder, anId(1), (folder) => folder === '-home-u-project')?.path, path);
  assert.equal(
    claudeProjects().find(config.folder, '../../../etc/passwd', () => true),
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
      .changed(folder, 0, 10)
      .map((transcript) => transcript.path),
    [path],
  );
  assert.deepEqual(claudeProjects().changed(folder, Date.now() + 60_000, 10), []);
});
