/** Codex: the rollout that a process holds open, and what else tells its conversation. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { codex } from '../../../src/programs/agents/codex.js';
import { AgentHome, assertNoPrompts, assertRecognised, kept, nearMisses, resumed } from './agent-fixtures.js';
import { anId, type FakeProcess } from '../fake-view.js';

const [A, B, C] = [anId(1), anId(2), anId(3)];
const DAY = '.codex/sessions/2026/11/23';
const rolloutOf = (id: string): string => `${DAY}/rollout-2026-11-23T10-00-0${id.slice(-1)}-${id}.jsonl`;

const meta = (id: string, more: Readonly<Record<string, unknown>> = {}): string => {
  const payload = { id, cwd: '/home/u/project', originator: 'codex_cli_rs', source: 'cli', ...more };
  return `${JSON.stringify({ timestamp: '2026-11-23T10:00:00Z', type: 'session_meta', payload })}\n{"type":"event_msg"}\n`;
};

/** A HOME with a main rollout for each id; returns their paths too. */
function homeWith(context: TestContext, ...ids: readonly string[]): { home: AgentHome; paths: readonly string[] } {
  const home = new AgentHome(codex, context);
  return { home, paths: ids.map((id) => home.write(rolloutOf(id), meta(id))) };
}

const process = (args: readonly string[] = [], more: Partial<FakeProcess> = {}): FakeProcess => ({
  ...{ pid: 20, argv: ['codex', ...args], exe: '/usr/bin/codex', ...more },
});

test('is known by its name, its package and its release binary, and by nothing that only contains the name', () => {
  assertRecognised(
    codex,
    [
      [['codex', 'resume'], '/usr/bin/codex', ['resume']],
      [['/x/vendor/x86_64-unknown-linux-musl/codex/codex', '-m', 'o'], '/x/codex (deleted)', ['-m', 'o']],
      [['node', '/usr/lib/node_modules/@openai/codex/bin/codex.js', '--yolo'], '/usr/bin/node', ['--yolo']],
      [['node', '--no-warnings', '/home/u/.npm/bin/codex'], '/usr/bin/node', []],
      [['codex-x86_64-unknown-linux-musl'], null, []],
    ],
    [...nearMisses('codex'), [['codex-linux-sandbox', '--', 'ls'], '/usr/bin/codex'], [['node', 'codex.js'], null]],
  );
});

test('its commands without a conversation in the pane are left alone', () => {
  for (const args of [['exec', 'x'], ['-m', 'o', 'exec'], ['app-server'], ['mcp-server'], ['login'], ['--version']])
    assert.equal(codex.read(args), null, args.join(' '));
  assert.equal(codex.read(['--remote', 'ws://host', 'fix it']), null);
});

test('keeps flags as they stood, and grants only where they were', () => {
  assert.deepEqual(kept(codex, '-m', 'gpt', '--search', '-C', 'sub', '-i', 'a.png', 'b.png', '--enable', 'x'), [
    ...['-m', 'gpt', '--search', '--enable', 'x'],
  ]);
  assertNoPrompts(codex, ['--dangerously-bypass-approvals-and-sandbox', '--yolo', '--full-auto']);
  assert.deepEqual(kept(codex, '-s', 'danger-full-access', '-c', 'approval_policy="never"', '$(touch x)'), [
    ...['-s', 'danger-full-access', '-c', 'approval_policy="never"'],
  ]);
  assert.deepEqual(kept(codex, '-m', '--yolo'), ['-m', '--yolo']);
});

test('resumes with the same words however often', () => {
  assert.deepEqual(resumed(codex, A, '--yolo', 'resume', B, 'prompt'), ['resume', A, '--yolo']);
  assert.deepEqual(resumed(codex, A, 'fix it'), ['resume', A]);
  assert.deepEqual(codex.conversations?.fork?.(A, ['--oss']), ['fork', A, '--oss']);
  assert.deepEqual(codex.read(['fork', A]), { kept: [], startId: A, fork: true });
});

test('holds the conversation whose rollout is open, in the directory of its session', (t) => {
  const { home, paths } = homeWith(t, A, B);
  home.write(rolloutOf(A), meta(A, { cwd: '/srv/other' }));
  const held = process(['resume', B], { openFiles: { 12: paths[0] ?? '' } });
  const [identity] = home.identify([20], held);
  assert.deepEqual(identity, {
    ...{ conversation: { id: A, source: 'open-file', confidence: 'exact', candidates: [] }, cwd: '/srv/other' },
  });
});

test('a server of its own may hold the rollout, another Codex below it speaks for itself', (t) => {
  const { home, paths } = homeWith(t, A, B);
  const server = { pid: 21, ppid: 20, argv: ['codex', 'app-server'], openFiles: { 9: paths[0] ?? '' } };
  const nested = { pid: 22, ppid: 20, argv: ['codex', 'exec', 'x'], openFiles: { 9: paths[1] ?? '' } };
  assert.equal(home.conversation(20, process(), server, nested), `${A} open-file exact`);
  assert.equal(home.conversation(20, process(), nested), 'none');
});

test('is in doubt with two open rollouts, except of its own sub-agents', (t) => {
  const { home, paths } = homeWith(t, A, B, C);
  const open = { 12: paths[0] ?? '', 13: paths[1] ?? '', 14: paths[1] ?? '', 15: paths[2] ?? '' };
  home.write(rolloutOf(B), meta(B, { thread_source: 'subagent' }));
  home.write(rolloutOf(C), meta(C, { source: { subagent: { thread_spawn: { depth: 1 } } } }));
  assert.equal(home.conversation(20, process([], { openFiles: open })), `${A} open-file exact`);
  home.write(rolloutOf(B), meta(B));
  assert.equal(home.conversation(20, process([], { openFiles: open })), `${B} open-file ambiguous ${A}`);
});

test('is not sure of a rollout whose beginning says something else, is torn, or can not be read', (t) => {
  const { home, paths } = homeWith(t, A);
  const held = process([], { openFiles: { 12: paths[0] ?? '' } });
  for (const content of ['', '{"type":', '[]', 'x'.repeat(300_000), meta(B), '{"type":"session_meta"}\n', '\u0000\n']) {
    home.write(rolloutOf(A), content);
    assert.equal(home.conversation(20, held), `${A} open-file inferred`, content.slice(0, 20));
  }
});

test('does not wait for a FIFO that is named like a rollout', (t) => {
  const home = new AgentHome(codex, t);
  const path = join(home.home, rolloutOf(A));
  mkdirSync(dirname(path), { recursive: true });
  execFileSync('mkfifo', [path]);
  assert.equal(home.conversation(20, process([], { openFiles: { 12: path } })), `${A} open-file inferred`);
  assert.deepEqual(home.find(A, '/'), { cwd: '/' });
});

test('files that only look like rollouts are none', (t) => {
  const { home } = homeWith(t, A);
  for (const path of [
    `${home.home}/${rolloutOf(A)} (deleted)`,
    `/tmp/rollout-2026-11-23T10-00-00-${A}.jsonl`,
    `/x/sessions/2026/11/23/rollout-2026-11-23T10-00-00-../../${A}.jsonl`,
    `/x/sessions/2026/11/23/rollout-2026-11-23T10-00-00-${A.toUpperCase()}X.jsonl`,
    'pipe:[12]',
  ])
    assert.equal(home.conversation(20, process([], { openFiles: { 12: path } })), 'none', path);
});

test('what a shell of its tools was given counts as a guess, the newest one, and nothing that it inherited itself', (t) => {
  const home = new AgentHome(codex, t);
  const shells = [
    { pid: 21, ppid: 20, environ: { CODEX_THREAD_ID: A } },
    { pid: 22, ppid: 21, environ: { CODEX_THREAD_ID: B } },
    { pid: 23, ppid: 20, argv: ['codex', 'exec', 'x'], environ: { CODEX_THREAD_ID: C } },
    { pid: 24, ppid: 20, state: 'Z', environ: { CODEX_THREAD_ID: C } },
    { pid: 25, ppid: 20, environ: { CODEX_THREAD_ID: '../../x' } },
  ];
  assert.equal(home.conversation(20, process(), ...shells.slice(0, 4)), `${B} environ inferred`);
  assert.equal(home.conversation(20, process(['resume', A]), ...shells.slice(0, 4)), `${B} environ ambiguous ${A}`);
  assert.equal(
    home.conversation(20, process([], { environ: { CODEX_THREAD_ID: B } }), ...shells.slice(0, 2)),
    `${A} environ inferred`,
  );
  assert.equal(home.conversation(20, process([], { environ: null }), ...shells), 'none');
});

test('each source that goes leaves less certainty and no wrong conversation', (t) => {
  const { home, paths } = homeWith(t, A, B);
  const shell = { pid: 21, ppid: 20, environ: { CODEX_THREAD_ID: A } };
  const open = { openFiles: { 12: paths[0] ?? '' } };
  home.hook('codex', 20, A);
  home.before.set(20, { id: A, source: 'open-file', confidence: 'exact', candidates: [] });
  assert.equal(home.conversation(20, process(['resume', B], open), shell), `${A} hook exact`);
  home.records.length = 0;
  assert.equal(home.conversation(20, process(['resume', B], open), shell), `${A} open-file exact`);
  assert.equal(home.conversation(20, process(['resume', B]), shell), `${A} open-file ambiguous ${B}`);
  home.before.clear();
  assert.equal(home.conversation(20, process(['resume', B]), shell), `${A} environ ambiguous ${B}`);
  assert.equal(home.conversation(20, process(['resume', B])), `${B} argv inferred`);
  assert.equal(home.conversation(20, process(['fork', B])), 'none');
  assert.equal(home.conversation(20, process(['resume', '--last'])), 'none');
  assert.equal(home.conversation(20, process(['resume', 'my title'])), 'none');
});

test('a hook of another process, tool or start is none; one that ended, or disagrees, is in doubt', (t) => {
  const { home, paths } = homeWith(t, A);
  home.hook('codex', 21, B);
  home.hook('claude', 20, B);
  home.hook('codex', 20, B, { startTime: '7' });
  home.hook('codex', 20, '../../etc/passwd');
  assert.equal(home.conversation(20, process()), 'none');
  home.records.length = 0;
  home.hook('codex', 20, B, { ended: true });
  assert.equal(home.conversation(20, process()), `${B} hook inferred`);
  home.records.length = 0;
  home.hook('codex', 20, B);
  assert.equal(home.conversation(20, process([], { openFiles: { 12: paths[0] ?? '' } })), `${B} hook ambiguous ${A}`);
  home.records.length = 0;
  home.hook('codex', 20, A, { at: 0 });
  const later = { pid: 30, ppid: 20, environ: { CODEX_THREAD_ID: B } };
  assert.equal(home.conversation(20, process(), later), `${A} hook ambiguous ${B}`);
});

test('one conversation is sure in one pane only', (t) => {
  const { home, paths } = homeWith(t, A);
  const open = { openFiles: { 12: paths[0] ?? '' } };
  const found = home.identify([20, 21], process([], open), { ...process([], open), pid: 21 });
  assert.deepEqual(
    found.map(({ conversation }) => conversation?.confidence),
    ['exact', 'ambiguous'],
  );
});

test('finds a saved conversation wherever its day is, in its own directory, and no sub-agent', (t) => {
  const { home } = homeWith(t, A, B);
  home.write(rolloutOf(A), meta(A, { cwd: home.home }));
  assert.deepEqual(home.find(A, '/elsewhere'), { cwd: home.home });
  assert.deepEqual(home.find(B, '/'), { cwd: null });
  assert.equal(home.find(C, '/'), null);
  assert.equal(home.find('../../../../etc', '/'), null);
  home.write(rolloutOf(B), meta(B, { thread_source: 'subagent' }));
  assert.equal(home.find(B, '/'), null);
  home.write(`old/sessions/2024/01/02/rollout-2024-01-02T00-00-00-${C}.jsonl.zst`, 'packed');
  assert.deepEqual(home.find(C, '/', { env: { CODEX_HOME: join(home.home, 'old') } }), { cwd: '/' });
  assert.equal(home.find(C, '/'), null);
});
