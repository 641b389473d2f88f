/** Qwen Code: the file beside each transcript that names the process which serves it. */
import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { qwen } from '../../../src/programs/agents/qwen.js';
import {
  AgentHome,
  assertNoPrompts,
  assertRecognised,
  BOOT_MS,
  kept,
  LATER,
  nearMisses,
  resumed,
} from './agent-fixtures.js';
import { anId, type FakeProcess } from '../fake-view.js';

const [A, B] = [anId(1), anId(2)];
const CWD = '/home/u/my_project';
const CHATS = '.qwen/projects/-home-u-my-project/chats';

const process = (args: readonly string[] = [], more: Partial<FakeProcess> = {}): FakeProcess => ({
  ...{ pid: 20, argv: ['node', '/usr/bin/qwen', ...args], exe: '/usr/bin/node', cwd: CWD, ...more },
});

/** Says that a process serves a conversation; by default it began 5 s after its start. */
function serve(home: AgentHome, id: string, more: Readonly<Record<string, unknown>> = {}, folder = CHATS): void {
  home.write(`${folder}/${id}.runtime.json`, {
    ...{ schema_version: 1, pid: 20, session_id: id, work_dir: CWD, hostname: hostname() },
    ...{ started_at: (BOOT_MS + 25_000) / 1000, qwen_version: '0.5.0', ...more },
  });
}

test('is known by its script and its name, and by nothing that only contains the name', () => {
  assertRecognised(
    qwen,
    [
      [['node', '/usr/bin/qwen', '-y'], '/usr/bin/node', ['-y']],
      [['node', '/x/@qwen-code/qwen-code/dist/cli.js'], '/usr/bin/node', []],
      [['qwen', '-r'], '/usr/bin/node', ['-r']],
    ],
    [...nearMisses('qwen'), [['kimi', '-r', A], '/usr/bin/kimi'], [['node', '/x/dist/cli.js'], null]],
  );
});

test('its commands without a conversation in the pane are left alone', () => {
  for (const args of [['serve'], ['mcp'], ['-p', 'x'], ['--acp'], ['--bg', 'x'], ['--json-schema', '{}', 'x']])
    assert.equal(qwen.read(args), null, args.join(' '));
});

test('keeps flags as they stood, and grants only where they were', () => {
  assert.deepEqual(kept(qwen, '-m', 'q', '--add-dir', '/a', '/b', '--openai-api-key', 'sk-x', '-i', 'prompt'), [
    ...['-m', 'q', '--add-dir', '/a', '/b'],
  ]);
  assertNoPrompts(qwen, ['--yolo', '-y', '--insecure']);
  assert.deepEqual(kept(qwen, '--yolo', 'false'), ['--yolo=false']);
});

test('resumes with the same words however often', () => {
  assert.deepEqual(resumed(qwen, A, '-c', '--resume', B, '-y', 'prompt'), ['--resume', A, '-y']);
  assert.deepEqual(qwen.conversations?.fork?.(A, ['-s']), ['--resume', A, '--fork-session', '-s']);
  assert.equal(qwen.read(['--resume', 'my title'])?.startId, null);
});

test('serves the conversation whose file it wrote last', (t) => {
  const home = new AgentHome(qwen, t);
  serve(home, A);
  assert.equal(home.conversation(20, process(['--resume', B])), `${A} runtime-file exact`);
  serve(home, B, { started_at: (BOOT_MS + 26_000) / 1000 });
  assert.equal(home.conversation(20, process()), `${B} runtime-file exact`);
  serve(home, A, { started_at: (BOOT_MS + 26_000) / 1000 });
  assert.match(home.conversation(20, process()), / runtime-file ambiguous /);
});

test('a file of another process, machine, time or form says nothing', (t) => {
  for (const more of [
    { pid: 21 },
    { hostname: 'elsewhere' },
    { started_at: (BOOT_MS + 10_000) / 1000 },
    { started_at: '1' },
    { session_id: B },
    { session_id: '../../x' },
    { schema_version: 2 },
    { pid: '20' },
  ]) {
    const home = new AgentHome(qwen, t);
    serve(home, A, more);
    assert.equal(home.conversation(20, process()), 'none', JSON.stringify(more));
  }
  const home = new AgentHome(qwen, t);
  for (const content of ['', 'null', '[]', '{', '"x"', 'x'.repeat(100_000)]) {
    home.write(`${CHATS}/${A}.runtime.json`, content);
    assert.equal(home.conversation(20, process()), 'none', content.slice(0, 10));
  }
});

test('a pid that is another process by now does not serve what the earlier one did', (t) => {
  const home = new AgentHome(qwen, t);
  serve(home, A, { started_at: Date.now() / 1000 });
  assert.equal(home.conversation(20, process()), `${A} runtime-file exact`);
  assert.equal(home.conversation(20, process([], { startTime: LATER })), 'none');
});

test('looks where the process writes', (t) => {
  const home = new AgentHome(qwen, t);
  serve(home, A, {}, 'elsewhere/projects/-home-u-my-project/chats');
  assert.equal(home.conversation(20, process()), 'none');
  const environ = { QWEN_RUNTIME_DIR: join(home.home, 'elsewhere') };
  assert.equal(home.conversation(20, process([], { environ })), `${A} runtime-file exact`);
});

test('each source that goes leaves less certainty and no wrong conversation', (t) => {
  const home = new AgentHome(qwen, t);
  serve(home, A);
  home.hook('qwen', 20, A);
  home.before.set(20, { id: A, source: 'runtime-file', confidence: 'exact', candidates: [] });
  assert.equal(home.conversation(20, process(['-r', B])), `${A} hook exact`);
  home.records.length = 0;
  assert.equal(home.conversation(20, process(['-r', B])), `${A} runtime-file exact`);
  serve(home, A, { pid: 99 });
  assert.equal(home.conversation(20, process(['-r', B])), `${A} runtime-file ambiguous ${B}`);
  home.before.clear();
  assert.equal(home.conversation(20, process(['-r', B])), `${B} argv inferred`);
  assert.equal(home.conversation(20, process(['-r', B, '--fork-session'])), 'none');
  assert.equal(home.conversation(20, process()), 'none');
});

test('finds a saved conversation in its project, or in the project that has it', (t) => {
  const home = new AgentHome(qwen, t);
  const project = home.home.replace(/[^a-zA-Z0-9]/g, '-');
  home.write(
    `.qwen/projects/${project}/chats/${A}.jsonl`,
    `{"x":1}\n{"cwd":"/wrong"}\n${JSON.stringify({ cwd: home.home })}\n`,
  );
  assert.deepEqual(home.find(A, home.home), { cwd: home.home });
  assert.deepEqual(home.find(A, '/elsewhere'), { cwd: home.home });
  home.write(`.qwen/projects/-gone/chats/${B}.jsonl`, '{"cwd":"/gone"}\n{torn');
  assert.deepEqual(home.find(B, home.home), { cwd: null });
  assert.equal(home.find(anId(3), home.home), null);
  assert.equal(home.find(`../chats/${A}`, home.home), null);
});
