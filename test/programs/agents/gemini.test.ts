/** Gemini CLI: an id on its command line, and the files of its project that tell whether it went on in another. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test, type TestContext } from 'node:test';
import { gemini } from '../../../src/programs/agents/gemini.js';
import {
  AgentHome,
  assertNoPrompts,
  assertRecognised,
  heldOf,
  kept,
  LATER,
  nearMisses,
  resumed,
} from './agent-fixtures.js';
import { fakeView, type FakeProcess } from '../fake-view.js';

const id = (digit: number): string => `${String(digit).repeat(8)}-0000-4000-8000-000000000000`;
const [A, B] = [id(1), id(2)];
const CWD = '/home/u/project';

const chat = (of: string, more: Readonly<Record<string, unknown>> = {}): string =>
  `${JSON.stringify({ sessionId: of, projectHash: 'x', startTime: '2026-11-23T10:00:00Z', kind: 'main', ...more })}\n{"id":"1"}\n`;

/** A HOME whose registry gives the project a short name. */
function homeWith(context: TestContext, ...ids: readonly string[]): AgentHome {
  const home = new AgentHome(gemini, context);
  home.write('.gemini/projects.json', { projects: { [CWD]: 'project', '/': 'root' } });
  home.write('.gemini/tmp/project/.project_root', CWD);
  home.write('.gemini/tmp/project/chats/notes.txt', '');
  for (const one of ids) home.write(fileOf(one), chat(one));
  return home;
}

const fileOf = (of: string): string => `.gemini/tmp/project/chats/session-2026-11-23T10-00-${of.slice(0, 8)}.jsonl`;

const process = (args: readonly string[] = [], more: Partial<FakeProcess> = {}): FakeProcess => ({
  ...{ pid: 20, argv: ['node', '/usr/bin/gemini', ...args], exe: '/usr/bin/node', cwd: CWD, ...more },
});

test('is known by its script and its name, and by nothing that only contains the name', () => {
  assertRecognised(
    gemini,
    [
      [['node', '/usr/bin/gemini', '-y'], '/usr/bin/node', ['-y']],
      [['/usr/bin/node', '--max-old-space-size=8192', '/x/@google/gemini-cli/bundle/gemini.js'], null, []],
      [['gemini'], '/usr/bin/node', []],
      [['bun', 'run', '/x/@google/gemini-cli/dist/index.js', '-m', 'x'], '/usr/bin/bun', ['-m', 'x']],
    ],
    [...nearMisses('gemini'), [['node', '/home/u/gemini.js'], null]],
  );
});

test('the process that it starts itself anew as has the same words', () => {
  const args = ['--resume', A, '-m', 'pro'];
  const view = fakeView(process(args), {
    ...process(),
    ...{ pid: 21, ppid: 20, argv: ['/usr/bin/node', '--max-old-space-size=4096', '/usr/bin/gemini', ...args] },
  });
  const [parent, child] = [heldOf(gemini, view, 20), heldOf(gemini, view, 21)];
  assert.deepEqual(child.command.args, parent.command.args);
  assert.deepEqual(child.reading, parent.reading);
});

test('its commands without a conversation in the pane are left alone', () => {
  for (const args of [['mcp', 'list'], ['-p', 'x'], ['--acp'], ['--list-sessions'], ['extensions'], ['-v']])
    assert.equal(gemini.read(args), null, args.join(' '));
});

test('keeps flags as they stood, and grants only where they were', () => {
  assert.deepEqual(kept(gemini, '-m', 'pro', '-s', '--include-directories', '../a', '-o', 'json', '-i', 'prompt'), [
    ...['-m', 'pro', '-s', '--include-directories', '../a'],
  ]);
  assertNoPrompts(gemini, ['--yolo', '-y', '--skip-trust']);
  assert.deepEqual(kept(gemini, '--approval-mode', 'yolo'), ['--approval-mode', 'yolo']);
});

test('a switch that is taken back with a word stays so', () => {
  assert.deepEqual(kept(gemini, '--yolo', 'false'), ['--yolo=false']);
  assert.deepEqual(kept(gemini, '-y', 'false', 'prompt'), ['-y=false']);
  assert.deepEqual(kept(gemini, '--yolo=false'), ['--yolo=false']);
  assert.deepEqual(kept(gemini, '--yolo', 'true'), ['--yolo=true']);
  assert.deepEqual(kept(gemini, '--no-yolo'), []);
});

test('resumes with the same words however often', () => {
  assert.deepEqual(resumed(gemini, A, '--resume', B, '--yolo', 'prompt'), ['--resume', A, '--yolo']);
  assert.equal(gemini.conversations?.fork, null);
});

test('an index, `latest` or a file is no id', () => {
  for (const args of [['-r', '5'], ['--resume', 'latest'], ['--resume'], ['--session-file', `${A}.json`], [`-r${A}x`]])
    assert.equal(gemini.read(args)?.startId, null, args.join(' '));
  for (const args of [['-r', A], [`--resume=${A}`], ['--session-id', A]]) assert.equal(gemini.read(args)?.startId, A);
});

test('stays in the conversation that it began with while no other of the project goes on', (t) => {
  const home = homeWith(t, A);
  assert.equal(home.conversation(20, process(['--resume', A])), `${A} argv exact`);
  home.write(fileOf(B), chat(B));
  assert.equal(home.conversation(20, process(['--resume', A])), `${A} argv ambiguous ${B}`);
  // All of these were written before it started.
  assert.equal(home.conversation(20, process(['--resume', A], { startTime: LATER })), `${A} argv exact`);
});

test('is never sure where the files of the project can not tell', (t) => {
  const home = new AgentHome(gemini, t);
  assert.equal(home.conversation(20, process(['--resume', A])), `${A} argv inferred`);
  const damaged = homeWith(t, A);
  for (const content of ['', '{', 'x'.repeat(9000), '{"sessionId":1}\n', chat('../../x'), chat(A)]) {
    damaged.write(fileOf(B), content);
    assert.match(damaged.conversation(20, process(['--resume', A])), / argv inferred$/, content.slice(0, 20));
  }
  damaged.write(fileOf(B), chat(B, { kind: 'subagent' }));
  assert.equal(damaged.conversation(20, process(['--resume', A])), `${A} argv exact`);
});

test('two processes of one project that changed places are never sure', (t) => {
  const home = homeWith(t, A, B);
  const found = home.identify([20, 21], process(['--resume', A]), { ...process(['--resume', B]), pid: 21 });
  assert.deepEqual(
    found.map(({ conversation }) => conversation?.confidence),
    ['ambiguous', 'ambiguous'],
  );
});

test('knows the folder of a project by its hash too, as older versions named it, and their form of a file', (t) => {
  const home = new AgentHome(gemini, t);
  const folder = `.gemini/tmp/${createHash('sha256').update(CWD).digest('hex')}/chats`;
  home.write(`${folder}/session-2025-11-23T10-00-${A.slice(0, 8)}.json`, JSON.stringify({ sessionId: A }, null, 2));
  assert.equal(home.conversation(20, process(['--resume', A])), `${A} argv exact`);
  assert.deepEqual(home.find(A, CWD), { cwd: null });
});

test('each source that goes leaves less certainty and no wrong conversation', (t) => {
  const home = homeWith(t, A, B);
  const tool = { pid: 21, ppid: 20, environ: { GEMINI_SESSION_ID: A } };
  home.hook('gemini', 20, A, { source: 'clear' });
  assert.equal(home.conversation(20, process(['--resume', B]), tool), `${A} hook exact`);
  home.records.length = 0;
  assert.equal(home.conversation(20, process(['--resume', B]), tool), `${A} environ ambiguous ${B}`);
  home.before.set(20, { id: A, source: 'hook', confidence: 'exact', candidates: [] });
  assert.equal(home.conversation(20, process(['--resume', B])), `${A} hook ambiguous ${B}`);
  home.before.clear();
  assert.equal(home.conversation(20, process(['--resume', B])), `${B} argv ambiguous ${A}`);
  assert.match(home.conversation(20, process()), / files ambiguous /);
  assert.equal(homeWith(t, A).conversation(20, process()), `${A} files inferred`);
  assert.equal(homeWith(t).conversation(20, process()), 'none');
});

test('finds a saved conversation in its project, or in the project that has it', (t) => {
  const home = homeWith(t, A);
  home.write('.gemini/projects.json', { projects: { [home.home]: 'project' } });
  home.write('.gemini/tmp/project/.project_root', `${home.home}\n`);
  assert.deepEqual(home.find(A, home.home), { cwd: home.home });
  assert.deepEqual(home.find(A, '/elsewhere'), { cwd: home.home });
  assert.equal(home.find(B, home.home), null);
  home.write('.gemini/projects.json', '{"projects":{"/elsewhere":"../../..","x":');
  assert.deepEqual(home.find(A, '/elsewhere'), { cwd: home.home });
  home.write('.gemini/tmp/project/.project_root', 'relative');
  assert.deepEqual(home.find(A, '/elsewhere'), { cwd: null });
  assert.equal(home.find('../x', home.home), null);
  assert.equal(home.find(A, home.home, { env: { GEMINI_CLI_HOME: '/nowhere' } }), null);
});
