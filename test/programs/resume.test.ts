/** What happens in the pane of a saved program. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Program } from '../../src/model/manifest.js';
import { displayText, type Text } from '../../src/model/text.js';
import { INHERITED_MARKERS, resumeProgram, type ResumeContext } from '../../src/programs/resume.js';
import { anId } from './fake-view.js';

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
    ...more,
  };
}

function aContext(more: Partial<ResumeContext> & { paths?: readonly string[] } = {}): ResumeContext {
  const paths = more.paths ?? [CLAUDE, TRANSCRIPT, '/home/u/project'];
  const exists = (path: Text): boolean => paths.includes(displayText(path));
  return {
    policy: 'auto',
    home: '/home/u',
    exists,
    isExecutable: exists,
    liveIds: new Set(),
    findTranscript: () => null,
    ...more,
  };
}

test('resumes an exact conversation with the flags it had', () => {
  assert.deepEqual(resumeProgram(aProgram(), aContext()), {
    action: 'start',
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
  for (const [policy, mode] of [
    ['offer', 'auto'],
    ['view', 'auto'],
    ['auto', 'offer'],
    ['auto', 'view'],
  ] as const) {
    const result = resumeProgram(aProgram({ mode }), aContext({ policy }));
    assert.equal(result.action, 'shell');
    assert.equal(result.counts, 'offered');
    assert.ok(result.notice?.includes(`claude --resume ${A} --verbose`));
  }
  for (const [policy, mode] of [
    ['never', 'auto'],
    ['auto', 'never'],
  ] as const) {
    const result = resumeProgram(aProgram({ mode }), aContext({ policy }));
    assert.deepEqual([result.action, result.notice, result.counts], ['shell', null, 'none']);
  }
});

test('offers an ambiguous conversation with the others it may be, even where the saved mode says auto', () => {
  const conversation = { id: A, source: 'registry', confidence: 'ambiguous' as const, candidates: [B, '$(touch x)'] };
  const result = resumeProgram(aProgram({ conversation }), aContext());
  assert.equal(result.counts, 'offered');
  assert.ok(result.notice?.includes(`--resume ${A}`) && result.notice.includes(B) && !result.notice.includes('touch'));
});

test('offers a copy of a conversation that a living process holds', () => {
  const result = resumeProgram(aProgram(), aContext({ liveIds: new Set([A]) }));
  assert.equal(result.action, 'shell');
  assert.ok(result.notice?.includes(`claude --resume ${A} --fork-session`));
});

test('says so when the conversation, the program or the directory is gone', () => {
  const gone = resumeProgram(aProgram(), aContext({ paths: [CLAUDE, '/home/u/project'] }));
  assert.equal(gone.counts, 'missing');
  assert.match(gone.notice ?? '', new RegExp(`conversation ${A} is gone`));
  const noProgram = resumeProgram(aProgram(), aContext({ paths: [TRANSCRIPT, '/home/u/project'] }));
  assert.equal(noProgram.counts, 'missing');
  const noFolder = resumeProgram(aProgram(), aContext({ paths: [CLAUDE, TRANSCRIPT, '/home/u'] }));
  assert.equal(noFolder.action, 'shell');
  assert.equal(noFolder.cwd, '/home/u');
  assert.match(noFolder.notice ?? '', /directory \/home\/u\/project is gone/);
});

test('resumes where a transcript has moved to', () => {
  const path = `/home/u/.claude/projects/-home-u-moved/${A}.jsonl`;
  const transcript = {
    path,
    id: A,
    firstAt: 1,
    lastAt: 2,
    cwds: ['/home/u', '/home/u/moved'],
    isInteractive: true,
    forkedFrom: null,
  };
  const context = aContext({ paths: [CLAUDE, '/home/u/project', '/home/u/moved'], findTranscript: () => transcript });
  assert.equal(resumeProgram(aProgram(), context).cwd, '/home/u/moved');
});

test('starts a fresh one by offer only, where there was no conversation', () => {
  const result = resumeProgram(aProgram({ conversation: null, mode: 'offer' }), aContext());
  assert.deepEqual([result.action, result.counts], ['shell', 'offered']);
  assert.ok(result.notice?.endsWith('claude --verbose'));
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
  assert.equal(resumeProgram(aProgram({ conversation }), aContext()).action, 'shell');
});

test('shows offers on one line, quoted, without control characters', () => {
  const argv = ['claude', '--add-dir', "/it's", '--append-system-prompt', 'a\nb\u001b]0;x\u0007\u009b31m\u202e'];
  const { notice } = resumeProgram(aProgram({ argv }), aContext({ policy: 'offer' }));
  assert.ok(
    notice?.endsWith(String.raw`--add-dir '/it'\''s' --append-system-prompt 'a\x0ab\x1b]0;x\x07\x9b31m\u202e'`),
  );
  const env = { PATH: '/home/u/.local/bin', CLAUDE_CONFIG_DIR: '/home/u/my claude' };
  const paths = [CLAUDE, '/home/u/project', `/home/u/my claude/projects/-home-u-project/${A}.jsonl`];
  const configured = resumeProgram(aProgram({ env }), aContext({ policy: 'offer', paths }));
  assert.ok(configured.notice?.endsWith(`CLAUDE_CONFIG_DIR='/home/u/my claude' claude --resume ${A} --verbose`));
});
