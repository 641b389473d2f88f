/** What happens in the pane of a saved program. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Program } from '../../src/model/manifest.js';
import type { ProgramChoice } from '../../src/model/program-choices.js';
import { displayText, type Text } from '../../src/model/text.js';
import { INHERITED_MARKERS } from '../../src/programs/inherited-markers.js';
import { resumeProgram, type ResumeContext } from '../../src/programs/resume.js';
import { fileView } from '../../src/programs/file-view.js';
import type { Resumption } from '../../src/programs/resumption.js';
import { displayCommand } from '../../src/programs/display-command.js';
import { anId, FakeConfig, temporaryFolder } from './fake-view.js';

const A = anId(1);
const B = anId(2);
const TRANSCRIPT = `/home/u/.claude/projects/-home-u-project/${A}.jsonl`;
const CLAUDE = '/home/u/.local/bin/claude';

function aProgram(more: Partial<Program> = {}): Program {
  return {
    ...{
      kind: 'claude',
      exe: '/home/u/.local/share/claude/versions/2.1.197',
      argv: ['claude', '--verbose', 'a prompt'],
    },
    ...{ cwd: '/home/u/project', env: { PATH: '/usr/bin:/home/u/.local/bin' }, mode: 'auto' },
    conversation: { id: A, source: 'registry', confidence: 'exact', candidates: [] },
    process: null,
    ...more,
  };
}

/** Returns the command that is started or offered, as its user sees it. */
const shown = ({ argv, env }: Resumption): string => displayCommand(argv, env);

function aContext(more: Partial<ResumeContext> & { paths?: readonly string[] } = {}): ResumeContext {
  const paths = more.paths ?? [CLAUDE, TRANSCRIPT, '/home/u/project'];
  const exists = (path: Text): boolean => paths.includes(displayText(path));
  return {
    policy: 'auto',
    choices: [],
    home: '/home/u',
    exists,
    isExecutable: exists,
    files: { ...fileView(), exists, names: () => [] },
    held: new Set(),
    ...more,
  };
}

test('resumes an exact conversation with the flags it had', () => {
  assert.deepEqual(resumeProgram(aProgram(), aContext()), {
    action: 'auto',
    argv: [CLAUDE, '--resume', A, '--verbose'],
    env: { PATH: '/usr/bin:/home/u/.local/bin' },
    unset: INHERITED_MARKERS,
    cwd: '/home/u/project',
    notice: null,
    counts: 'resumed',
  });
});

test('adds no permission and passes none from a prompt, whatever was saved', () => {
  const argv = [
    'claude',
    'please --dangerously-skip-permissions',
    '; touch x',
    '$(touch x)',
    '--evil=1',
    '--',
    '--verbose',
  ];
  assert.deepEqual(resumeProgram(aProgram({ argv }), aContext()).argv, [CLAUDE, '--resume', A]);
  const granted = ['claude', '--dangerously-skip-permissions'];
  assert.deepEqual(resumeProgram(aProgram({ argv: granted }), aContext()).argv.slice(3), granted.slice(1));
});

test('lets the option and the saved mode only lower what happens', () => {
  for (const [policy, mode, action] of [
    ['offer', 'auto', 'offer'],
    ['view', 'auto', 'view'],
    ['auto', 'offer', 'offer'],
    ['auto', 'view', 'view'],
    ['offer', 'view', 'offer'],
  ] as const) {
    const result = resumeProgram(aProgram({ mode }), aContext({ policy }));
    assert.equal(result.action, action);
    assert.equal(result.counts, action === 'offer' ? 'offered' : 'resumed');
    assert.ok(shown(result).endsWith(`claude --resume ${A} --verbose`));
  }
  for (const [policy, mode] of [
    ['never', 'auto'],
    ['auto', 'never'],
  ] as const) {
    const result = resumeProgram(aProgram({ mode }), aContext({ policy }));
    assert.deepEqual([result.action, result.notice, result.counts], ['shell', null, 'none']);
  }
});

test('what its user chose for a program can only lower what was saved', () => {
  const choice = (pattern: string, mode: Program['mode']): ProgramChoice => ({ pattern, mode });
  const action = (saved: Program['mode'], ...choices: ProgramChoice[]): string =>
    resumeProgram(aProgram({ mode: saved }), aContext({ choices })).action;
  assert.equal(action('auto', choice('claude', 'offer')), 'offer');
  assert.equal(action('offer', choice('claude', 'auto')), 'offer');
  assert.equal(action('auto', choice('vim', 'never')), 'auto');
});

test('offers an ambiguous conversation with the others it may be, even where the saved mode says auto', () => {
  const conversation = { id: A, source: 'registry', confidence: 'ambiguous' as const, candidates: [B, '$(touch x)'] };
  const result = resumeProgram(aProgram({ conversation }), aContext());
  assert.deepEqual([result.action, result.counts], ['offer', 'offered']);
  assert.ok(shown(result).includes(`--resume ${A}`));
  assert.ok(result.notice?.includes(B) && !result.notice.includes('touch'));
});

test('offers a copy of a conversation that a living process holds', () => {
  const result = resumeProgram(aProgram(), aContext({ held: new Set([`claude ${A}`]) }));
  assert.equal(result.action, 'offer');
  assert.match(result.notice ?? '', /open elsewhere/);
  assert.ok(shown(result).includes(`claude --resume ${A} --fork-session`));
  assert.equal(resumeProgram(aProgram(), aContext({ held: new Set([`codex ${A}`]) })).action, 'auto');
});

test('says so when the conversation, the program or the directory is gone', () => {
  const gone = resumeProgram(aProgram(), aContext({ paths: [CLAUDE, '/home/u/project'] }));
  assert.deepEqual([gone.action, gone.counts], ['offer', 'missing']);
  assert.match(gone.notice ?? '', new RegExp(`conversation ${A} is gone`));
  assert.ok(!shown(gone).includes('--resume'));
  const noProgram = resumeProgram(aProgram(), aContext({ paths: [TRANSCRIPT, '/home/u/project'] }));
  assert.deepEqual([noProgram.action, noProgram.counts], ['shell', 'missing']);
  assert.ok(noProgram.notice?.endsWith(`run: claude --resume ${A} --verbose`));
  const noFolder = resumeProgram(aProgram(), aContext({ paths: [CLAUDE, TRANSCRIPT, '/home/u'] }));
  assert.equal(noFolder.action, 'offer');
  assert.equal(noFolder.cwd, '/home/u');
  assert.match(noFolder.notice ?? '', /directory \/home\/u\/project is gone/);
});

test('resumes where a transcript has moved to', (t) => {
  const home = temporaryFolder(t);
  const moved = join(home, 'moved');
  mkdirSync(moved);
  new FakeConfig(join(home, '.claude')).write(A, { from: 1, cwd: moved });
  const context = aContext({ paths: [CLAUDE, '/home/u/project', moved], home, files: fileView() });
  assert.equal(resumeProgram(aProgram(), context).cwd, moved);
});

test('starts a fresh one by offer only, where there was no conversation', () => {
  const result = resumeProgram(aProgram({ conversation: null, mode: 'offer' }), aContext());
  assert.deepEqual([result.action, result.counts], ['offer', 'offered']);
  assert.ok(shown(result).endsWith('claude --verbose'));
});

test('starts the program by path, by the saved PATH, by executable, or as interpreter and script', () => {
  const started = (program: Partial<Program>, ...paths: string[]): readonly Text[] =>
    resumeProgram(aProgram(program), aContext({ paths: [TRANSCRIPT, '/home/u/project', ...paths] })).argv.slice(0, -2);
  const exe = '/home/u/.local/share/claude/versions/2.1.197';
  assert.deepEqual(started({ argv: ['/opt/claude'] }, '/opt/claude', CLAUDE), ['/opt/claude']);
  assert.deepEqual(started({ argv: ['/opt/claude'] }, CLAUDE), [CLAUDE]);
  assert.deepEqual(started({ argv: ['claude'] }, exe), [exe]);
  assert.deepEqual(started({ argv: [exe] }, CLAUDE, exe), [CLAUDE]);
  assert.deepEqual(started({ argv: ['claude'], env: { PATH: '.::bin' } }, '.', 'bin/claude', exe), [exe]);
  const script = { argv: ['node', '/usr/local/bin/claude'], exe: '/usr/bin/node' };
  assert.deepEqual(started(script, '/usr/bin/node', '/usr/local/bin/claude', CLAUDE), [
    '/usr/bin/node',
    '/usr/local/bin/claude',
  ]);
  assert.deepEqual(started(script, '/usr/bin/node', CLAUDE), []);
  const wrapped = { argv: ['claude', '/opt/x.js'], exe: '/usr/bin/node' };
  assert.deepEqual(started(wrapped, '/usr/bin/node', '/opt/x.js', CLAUDE), [CLAUDE]);
  assert.deepEqual(started(wrapped, '/usr/bin/node', '/opt/x.js'), []);
  // Only an interpreter is known of a build that hides its command line.
  assert.deepEqual(started({ argv: ['claude'], exe: '/usr/bin/node' }, '/usr/bin/node', CLAUDE), [CLAUDE]);
  assert.deepEqual(started({ argv: ['claude'], exe: '/usr/bin/node' }, '/usr/bin/node'), []);
});

test('starts nothing but Claude, with no other variables, from a record that was changed by hand', () => {
  for (const argv of [['rm', '-rf', '/'], ['/bin/sh', '-c', 'claude'], []]) {
    const result = resumeProgram(aProgram({ argv, exe: '/bin/rm' }), aContext());
    assert.deepEqual([result.action, result.counts], ['shell', 'none']);
  }
  assert.deepEqual(resumeProgram(aProgram({ kind: 'shell' }), aContext()).counts, 'none');
  const env = {
    PATH: '/home/u/.local/bin',
    LD_PRELOAD: '/x.so',
    ANTHROPIC_API_KEY: 'x',
    CLAUDE_CONFIG_DIR: '/home/u/.claude',
  };
  assert.deepEqual(Object.keys(resumeProgram(aProgram({ env }), aContext()).env), ['PATH', 'CLAUDE_CONFIG_DIR']);
  const conversation = {
    id: '--dangerously-skip-permissions',
    source: 'x',
    confidence: 'exact' as const,
    candidates: [],
  };
  assert.deepEqual(resumeProgram(aProgram({ conversation }), aContext()).argv, [CLAUDE, '--verbose']);
});

test('shows offers on one line, quoted, without control characters', () => {
  const argv = ['claude', '--add-dir', "/it's", '--append-system-prompt', 'a\nb\u001b]0;x\u0007\u009b31m\u202e'];
  const offer = resumeProgram(aProgram({ argv }), aContext({ policy: 'offer' }));
  assert.ok(
    shown(offer).endsWith(String.raw`--add-dir '/it'\''s' --append-system-prompt 'a\x0ab\x1b]0;x\x07\x9b31m\u202e'`),
  );
  const env = { PATH: '/home/u/.local/bin', CLAUDE_CONFIG_DIR: '/home/u/my claude' };
  const paths = [CLAUDE, '/home/u/project', `/home/u/my claude/projects/-home-u-project/${A}.jsonl`];
  const configured = resumeProgram(aProgram({ env }), aContext({ policy: 'offer', paths }));
  assert.ok(shown(configured).endsWith(`CLAUDE_CONFIG_DIR='/home/u/my claude' ${CLAUDE} --resume ${A} --verbose`));
});

test('starts a program without a conversation with the words it had, and offers it where its directory is gone', () => {
  const vim = aProgram({ kind: 'vim', exe: '/usr/bin/vim', argv: ['vim', 'a b', '$(touch x)'], conversation: null });
  const paths = ['/usr/bin/vim', '/home/u/project', '/home/u'];
  const started = resumeProgram(vim, aContext({ paths }));
  assert.deepEqual([started.action, started.counts, started.notice], ['auto', 'none', null]);
  assert.deepEqual(started.argv, ['/usr/bin/vim', 'a b', '$(touch x)']);
  const elsewhere = resumeProgram(vim, aContext({ paths: ['/usr/bin/vim', '/home/u'] }));
  assert.deepEqual([elsewhere.action, elsewhere.counts, elsewhere.cwd], ['offer', 'none', '/home/u']);
  const gone = resumeProgram(vim, aContext({ paths: ['/home/u/project'] }));
  assert.deepEqual([gone.action, gone.counts], ['shell', 'none']);
  assert.ok(gone.notice?.includes("vim 'a b' '$(touch x)'"));
  assert.equal(resumeProgram(aProgram({ ...vim, argv: ['vim', '-c', '!x'] }), aContext({ paths })).action, 'shell');
});
