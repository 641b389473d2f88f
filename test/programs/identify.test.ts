/** Which conversation each pane gets, and how sure. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { programSchema, type Program } from '../../src/model/manifest.js';
import { identifyPrograms } from '../../src/programs/identify.js';
import * as v from 'valibot';
import { anId, FakeConfig, fakeView, temporaryFolder, type FakeProcess } from './fake-view.js';

/** Ten days ago: a start in the future would not be believed. */
const BOOT = Math.floor(Date.now() / 1000 - 864_000) * 1000;
/** When the fixture process with this pid started: startTime is pid * 100 ticks. */
const startOf = (pid: number): number => BOOT + pid * 1000;
const A = anId(1);
const B = anId(2);
const C = anId(3);

function fixture(t: TestContext): { home: string; config: FakeConfig } {
  const home = temporaryFolder(t);
  return { home, config: new FakeConfig(join(home, '.claude')) };
}

const claude = (pid: number, ...args: string[]): FakeProcess => ({
  pid,
  argv: ['claude', ...args],
  exe: '/opt/claude',
});

/** Returns what is found in one pane whose process has pid 10. */
function identify(home: string, ...processes: readonly FakeProcess[]): Program | null {
  const view = fakeView({ pid: 10 }, ...processes);
  const program = identifyPrograms([{ paneId: '%1', pid: 10 }], view, home, { bootMs: BOOT }).get('%1') ?? null;
  if (program !== null) assert.deepEqual(v.parse(programSchema, program), program);
  return program;
}

test('takes the id from the registry, exactly', (t) => {
  const { home, config } = fixture(t);
  config.register(20, A);
  config.write(A, { from: startOf(20) + 5000 });
  const environ = { PATH: '/opt:/bin', HOME: home, ANTHROPIC_API_KEY: 'sk-x', CLAUDE_CODE_SESSION_ID: B };
  assert.deepEqual(identify(home, { ...claude(20, '--verbose', 'hello'), environ }), {
    kind: 'claude',
    exe: '/opt/claude',
    argv: ['claude', '--verbose', 'hello'],
    cwd: '/home/u/project',
    env: { PATH: '/opt:/bin' },
    mode: 'auto',
    conversation: { id: A, source: 'registry', confidence: 'exact', candidates: [] },
    process: { pid: 20, startTime: '2000' },
  });
});

test('believes no registry entry of another process with the same pid', (t) => {
  const { home, config } = fixture(t);
  for (const procStart of ['1999', 'Sun Mar  1 12:00:00 2026', '', 2000, null]) {
    config.register(20, A, { procStart });
    assert.equal(identify(home, claude(20))?.conversation, null, String(procStart));
  }
  config.register(20, 'not-an-id');
  assert.equal(identify(home, claude(20))?.conversation, null);
});

test('offers no conversation of a background agent or a program', (t) => {
  const { home, config } = fixture(t);
  for (const more of [{ kind: 'background' }, { entrypoint: 'sdk-cli' }, { entrypoint: 'claude-vscode' }]) {
    config.register(20, A, more);
    assert.equal(identify(home, claude(20))?.conversation, null);
  }
});

test('looks in the config directory of the process, and saves it', (t) => {
  const { home, config } = fixture(t);
  config.register(20, A);
  const other = new FakeConfig(join(home, 'second account'));
  other.register(20, B);
  const program = identify(home, { ...claude(20), environ: { CLAUDE_CONFIG_DIR: other.folder, PATH: '/bin' } });
  assert.equal(program?.conversation?.id, B);
  assert.deepEqual(program.env, { PATH: '/bin', CLAUDE_CONFIG_DIR: other.folder });
});

test('doubts the registry when a younger conversation began in that directory', (t) => {
  const { home, config } = fixture(t);
  config.register(20, A);
  config.write(A, { from: startOf(20) + 5000, to: startOf(20) + 60_000 });
  config.write(B, { from: startOf(20) + 90_000 });
  config.write(C, { from: startOf(20) + 70_000 });
  const program = identify(home, claude(20));
  // Two that began one after the other, and nobody else there to begin them: the last of them, offered.
  assert.deepEqual(program?.conversation, {
    ...{ id: B, source: 'succession', confidence: 'inferred', candidates: [C, A] },
  });
  assert.equal(program.mode, 'offer');
});

test('is not misled by transcripts that prove no change', (t) => {
  const { home, config } = fixture(t);
  const late = startOf(20) + 90_000;
  config.register(20, A);
  config.write(A, { from: startOf(20) + 5000, to: startOf(20) + 60_000 });
  config.write(anId(10), { from: startOf(20) - 60_000 });
  config.write(anId(11), { from: startOf(20) + 30_000, to: startOf(20) + 31_000 });
  config.write(anId(12), { from: late, entrypoint: 'sdk-cli' });
  config.write(anId(13), { from: late, isSidechain: true });
  config.write(anId(14), { from: late, cwd: '/home/u-project', folder: '-home-u-project' });
  config.write(`agent-${anId(15)}`, { from: late });
  config.write(anId(16), { from: late, cwd: '/elsewhere' });
  assert.equal(identify(home, claude(20))?.conversation?.confidence, 'exact');
});

test('doubts also when the younger conversation names no directory, or no time', (t) => {
  const { home, config } = fixture(t);
  config.register(20, A);
  const path = config.write(B, { from: startOf(20) + 5000, cwd: null, entrypoint: '' });
  assert.deepEqual(identify(home, claude(20))?.conversation, {
    ...{ id: B, source: 'succession', confidence: 'inferred', candidates: [A] },
  });
  assert.ok(path.includes('-home-u-project'));
});

test('doubts when the conversation was branched and the branch went on', (t) => {
  const { home, config } = fixture(t);
  config.register(20, A);
  config.write(A, { from: startOf(20) - 60_000, to: startOf(20) + 10_000 });
  config.write(B, { from: startOf(20) - 60_000, to: startOf(20) + 50_000, forkedFrom: A });
  config.write(C, { from: startOf(20) - 61_000, to: startOf(20) + 50_000 });
  assert.deepEqual(identify(home, claude(20))?.conversation?.candidates, [B]);
});

test('lets what another process holds explain a younger conversation, but only one that was there when it began', (t) => {
  const { home, config } = fixture(t);
  config.register(20, A);
  config.register(30, B);
  config.write(A, { from: startOf(20) + 1000 });
  config.write(B, { from: startOf(30) + 5000 });
  const view = fakeView({ pid: 10 }, claude(20), { pid: 11, ppid: 1, tpgid: 30 }, { ...claude(30), ppid: 11 });
  const panes = [
    { paneId: '%1', pid: 10 },
    { paneId: '%2', pid: 11 },
  ];
  const programs = identifyPrograms(panes, view, home, { bootMs: BOOT });
  assert.equal(programs.get('%1')?.conversation?.confidence, 'exact');
  assert.equal(programs.get('%2')?.conversation?.confidence, 'exact');
  // Begun before the second process started, it may have been the first one's, resumed elsewhere later.
  config.write(B, { from: startOf(30) - 5000 });
  assert.equal(identifyPrograms(panes, view, home, { bootMs: BOOT }).get('%1')?.conversation?.confidence, 'ambiguous');
});

test('takes the id from the command line where there is no registry', (t) => {
  const { home, config } = fixture(t);
  config.write(A, { from: startOf(20) - 60_000, to: startOf(20) - 50_000 });
  config.write(B, { from: startOf(20) - 60_000, to: startOf(20) - 10_000 });
  for (const args of [['--resume', A], ['-r', A], [`--resume=${A}`], ['--session-id', A]]) {
    const program = identify(home, claude(20, ...args));
    assert.deepEqual(program?.conversation, { id: A, source: 'argv', confidence: 'exact', candidates: [] });
    assert.equal(program.mode, 'auto');
  }
});

test('doubts an id of the command line with --fork-session, with a younger conversation, and with an older one that went on', (t) => {
  const { home, config } = fixture(t);
  config.write(A, { from: startOf(20) - 60_000 });
  assert.equal(identify(home, claude(20, '--resume', A, '--fork-session'))?.mode, 'offer');
  config.write(B, { from: startOf(20) - 60_000, to: startOf(20) + 5000 });
  assert.deepEqual(identify(home, claude(20, '--resume', A))?.conversation?.candidates, [B]);
  config.write(B, { from: startOf(20) + 5000 });
  assert.equal(identify(home, claude(20, '--resume', A))?.conversation?.confidence, 'inferred');
});

test('trusts no command line of a process whose environment is not ours to read', (t) => {
  const { home, config } = fixture(t);
  config.write(A, { from: startOf(20) - 60_000 });
  assert.equal(identify(home, { ...claude(20, '--resume', A), environ: null })?.mode, 'offer');
});

test('prefers what was resumed to a new id that was never written', (t) => {
  const { home, config } = fixture(t);
  config.register(20, B);
  config.write(A, { from: startOf(20) - 60_000 });
  assert.deepEqual(identify(home, claude(20, '--resume', A))?.conversation, {
    id: A,
    source: 'argv',
    confidence: 'ambiguous',
    candidates: [B],
  });
});

test('has no conversation for a Claude without any id, and no program for anything else', (t) => {
  const { home } = fixture(t);
  for (const args of [[], ['-c'], ['-r'], ['-r', 'a title']]) {
    const program = identify(home, claude(20, ...args));
    assert.equal(program?.conversation, null);
    assert.equal(program.mode, 'offer');
  }
  assert.equal(identify(home), null);
  assert.equal(identify(home, { pid: 20, argv: ['grep', '-r', 'claude'] }), null);
});

test('only offers a stopped one, and one whose settings were withheld', (t) => {
  const { home, config } = fixture(t);
  config.register(20, A);
  assert.equal(identify(home, { ...claude(20), state: 'T' })?.mode, 'offer');
  const program = identify(home, claude(20, '--settings', '{"apiKey":"0123456789"}'));
  assert.equal(program?.mode, 'offer');
  assert.deepEqual(program.argv, ['claude']);
  assert.equal(identify(home, claude(20, '--api-key', 'X'))?.mode, 'auto');
  // What stands behind a flag that nobody knows may be its value, or what this one was held back by.
  assert.equal(identify(home, claude(20, '--not-known', '--permission-mode', 'plan'))?.mode, 'offer');
});

test('gives one conversation to one pane: to the one that the registry names', (t) => {
  const { home, config } = fixture(t);
  config.register(30, A);
  config.write(A, { from: startOf(20) - 60_000 });
  const view = fakeView({ pid: 10 }, claude(20, '-r', A), { pid: 11, ppid: 1 }, { ...claude(30, '-r', A), ppid: 11 });
  const programs = identifyPrograms(
    [
      { paneId: '%1', pid: 10 },
      { paneId: '%2', pid: 11 },
    ],
    view,
    home,
    { bootMs: BOOT },
  );
  assert.equal(programs.get('%1')?.mode, 'offer');
  assert.equal(programs.get('%1')?.conversation?.confidence, 'ambiguous');
  assert.equal(programs.get('%2')?.mode, 'auto');
});

test('resumes where the transcript lies, not where the process happens to be', (t) => {
  const { home, config } = fixture(t);
  config.register(20, A, { cwd: '/home/u/project' });
  config.write(A, { from: startOf(20), cwd: '/home/u/project' });
  assert.equal(identify(home, { ...claude(20), cwd: '/home/u/project/sub' })?.cwd, '/home/u/project');
  config.write(B, { from: startOf(20), cwd: '/home/u/moved' });
  config.register(20, B, { cwd: '/home/u/project' });
  assert.equal(identify(home, claude(20))?.cwd, '/home/u/moved');
});

test('tells directories of one project folder apart', (t) => {
  const { home, config } = fixture(t);
  const late = startOf(20) + 90_000;
  config.register(20, A, { cwd: '/x/a_b' });
  for (const [index, cwd] of ['/x/a-b', '/x/a.b', '/x/a/b', '/x/a日'].entries())
    config.write(anId(20 + index), { from: late, cwd });
  assert.equal(identify(home, { ...claude(20), cwd: '/x/a_b' })?.conversation?.confidence, 'exact');
});

test('survives files where folders are expected, and folders where files are', (t) => {
  const { home, config } = fixture(t);
  mkdirSync(join(config.folder, 'sessions', '20.json'), { recursive: true });
  mkdirSync(join(config.folder, 'projects', '-home-u-project', `${A}.jsonl`), { recursive: true });
  assert.equal(identify(home, claude(20, '-r', A))?.conversation?.id, A);
});

test('knows many panes at once', (t) => {
  const { home, config } = fixture(t);
  const processes: FakeProcess[] = [];
  for (let index = 0; index < 9; index += 1) {
    processes.push({ pid: 100 + index, ppid: 1 }, { ...claude(200 + index), ppid: 100 + index });
    config.register(200 + index, anId(index));
    // Prompted in the reverse order of their starts.
    config.write(anId(index), { from: startOf(400 - index) });
  }
  const panes = processes.filter(({ ppid }) => ppid === 1).map(({ pid }) => ({ paneId: `%${String(pid)}`, pid }));
  const programs = [...identifyPrograms(panes, fakeView(...processes), home, { bootMs: BOOT }).values()];
  assert.deepEqual(
    programs.map((program) => program?.conversation?.id),
    panes.map((_, index) => anId(index)),
  );
  assert.ok(programs.every((program) => program?.mode === 'auto'));
});
