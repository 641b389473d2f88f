/** GitHub Copilot CLI: locks that name the process which has a session open. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { copilot } from '../../../src/programs/agents/copilot.js';
import { AgentHome, assertNoPrompts, assertRecognised, kept, LATER, nearMisses, resumed } from './agent-fixtures.js';
import { anId, type FakeProcess } from '../fake-view.js';

const [A, B, C] = [anId(1), anId(2), anId(3)];

const process = (args: readonly string[] = [], more: Partial<FakeProcess> = {}): FakeProcess => ({
  ...{ pid: 20, argv: ['copilot', ...args], exe: '/usr/bin/copilot', ...more },
});

/** Has a process lock a session, in which something was said by default. */
function lock(home: AgentHome, id: string, pid = 20, isBegun = true): void {
  home.write(`.copilot/session-state/${id}/inuse.${String(pid)}.lock`, '');
  if (isBegun) home.write(`.copilot/session-state/${id}/events.jsonl`, '{}\n');
}

test('is known by its name and its package, and by nothing that only contains the name', () => {
  assertRecognised(
    copilot,
    [
      [['copilot', '--resume'], '/usr/bin/copilot', ['--resume']],
      [['node', '/usr/lib/node_modules/@github/copilot/npm-loader.js', '--yolo'], '/usr/bin/node', ['--yolo']],
      [['node', '/home/u/.npm-global/bin/copilot'], '/usr/bin/node', []],
    ],
    [...nearMisses('copilot'), [['copilot-language-server', '--stdio'], '/usr/bin/copilot-language-server']],
  );
});

test('its commands without a conversation in the pane are left alone, as is the other program of its name', () => {
  for (const args of [['-p', 'x'], ['--acp'], ['mcp', 'list'], ['login'], ['workflow', 'run', 'x'], ['--connect=x']])
    assert.equal(copilot.read(args), null, args.join(' '));
  for (const args of [
    ['svc', 'deploy'],
    ['env', 'ls'],
    ['app', 'init'],
  ])
    assert.equal(copilot.read(args), null);
});

test('keeps flags as they stood, and grants only where they were', () => {
  assert.deepEqual(
    kept(copilot, '--model=gpt', '--deny-tool', 'shell(rm)', '-i', 'prompt', '-C', 'sub', '-n', 'name'),
    [...['--model=gpt', '--deny-tool', 'shell(rm)']],
  );
  assertNoPrompts(copilot, ['--allow-all-tools', '--yolo', '--allow-all', '--autopilot', '--no-sandbox']);
  assert.deepEqual(kept(copilot, '--future', '--allow-tool', 'shell', 'write'), []);
  assert.deepEqual(kept(copilot, '--allow-tool', 'shell', 'write', '--banner'), [
    ...['--allow-tool', 'shell', 'write', '--banner'],
  ]);
});

test('resumes with the same words however often', () => {
  assert.deepEqual(resumed(copilot, A, `--resume=${B}`, '--yolo'), [`--resume=${A}`, '--yolo']);
  assert.deepEqual(resumed(copilot, A, '--session-id', B), [`--resume=${A}`]);
  for (const args of [['--resume'], ['--resume=abcd'], ['--resume', 'my name'], ['--continue']])
    assert.equal(copilot.read(args)?.startId, null, args.join(' '));
});

test('has the session open whose lock names it, whatever it began with', (t) => {
  const home = new AgentHome(copilot, t);
  lock(home, A);
  lock(home, B, 21);
  lock(home, C, 201);
  home.write('.copilot/session-state/no-id/inuse.20.lock', '');
  home.write(`.copilot/session-state/${C}/inuse.20.lock.tmp`, '');
  assert.equal(home.conversation(20, process([`--resume=${B}`])), `${A} lock exact`);
});

test('a lock that an earlier process of its pid left behind is none of its own', (t) => {
  const home = new AgentHome(copilot, t);
  lock(home, A);
  assert.equal(home.conversation(20, process([], { startTime: LATER })), 'none');
  assert.equal(
    home.conversation(20, process([], { startTime: LATER, argv: ['copilot', `--resume=${B}`] })),
    `${B} argv inferred`,
  );
});

test('with several sessions open none is sure; the newest one that was begun is the likely one', (t) => {
  const home = new AgentHome(copilot, t);
  lock(home, A);
  lock(home, B, 20, false);
  assert.equal(home.conversation(20, process()), `${A} lock ambiguous ${B}`);
});

test('looks where the process keeps its sessions', (t) => {
  const home = new AgentHome(copilot, t);
  home.write(`other/session-state/${A}/inuse.20.lock`, '');
  assert.equal(home.conversation(20, process()), 'none');
  const environ = { COPILOT_HOME: join(home.home, 'other') };
  assert.equal(home.conversation(20, process([], { environ })), `${A} lock exact`);
  assert.equal(
    home.conversation(20, process([], { environ: { COPILOT_HOME: '../other' }, cwd: join(home.home, 'x') })),
    `${A} lock exact`,
  );
});

test('each source that goes leaves less certainty and no wrong conversation', (t) => {
  const home = new AgentHome(copilot, t);
  const tool = { pid: 21, ppid: 20, environ: { COPILOT_AGENT_SESSION_ID: A } };
  lock(home, A);
  home.hook('copilot', 20, A);
  assert.equal(home.conversation(20, process([`--resume=${B}`]), tool), `${A} hook exact`);
  home.records.length = 0;
  assert.equal(home.conversation(20, process([`--resume=${B}`]), tool), `${A} lock exact`);
  const bare = new AgentHome(copilot, t);
  bare.before.set(20, { id: A, source: 'lock', confidence: 'exact', candidates: [] });
  assert.equal(bare.conversation(20, process([`--resume=${B}`]), tool), `${A} lock ambiguous ${B}`);
  bare.before.clear();
  assert.equal(bare.conversation(20, process([`--resume=${B}`]), tool), `${A} environ ambiguous ${B}`);
  assert.equal(bare.conversation(20, process(), tool), `${A} environ inferred`);
  assert.equal(bare.conversation(20, process([`--resume=${B}`])), `${B} argv inferred`);
  assert.equal(bare.conversation(20, process()), 'none');
});

test('a session is sure in one pane only', (t) => {
  const home = new AgentHome(copilot, t);
  lock(home, A);
  lock(home, A, 21);
  const found = home.identify([20, 21], process(), { ...process(), pid: 21 });
  assert.deepEqual(
    found.map(({ conversation }) => conversation?.confidence),
    ['exact', 'ambiguous'],
  );
});

test('finds a saved session where something was said', (t) => {
  const home = new AgentHome(copilot, t);
  lock(home, A);
  lock(home, B, 20, false);
  assert.deepEqual(home.find(A, home.home), { cwd: home.home });
  assert.deepEqual(home.find(A, '/gone/away'), { cwd: null });
  assert.equal(home.find(B, home.home), null);
  assert.equal(home.find(`${A}/../${A}`, home.home), null);
  assert.equal(home.find(A, home.home, { env: { COPILOT_HOME: '/nowhere' } }), null);
});
