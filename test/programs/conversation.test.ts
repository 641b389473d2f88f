/** From a conversation in a real pane to the same conversation in another one, with the fake Claude. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import type { Program } from '../../src/model/manifest.js';
import { DEFAULT_POLICY } from '../../src/model/policy.js';
import { displayText, type Text } from '../../src/model/text.js';
import { identifyPrograms } from '../../src/programs/identify.js';
import { launchArguments, RELEASE } from '../../src/programs/launcher.js';
import { procView } from '../../src/programs/process-view.js';
import { resumptions } from '../../src/programs/resume-context.js';
import type { Resumption } from '../../src/programs/resumption.js';
import { installFakeClaude } from '../support/fake-claude-install.js';
import { below, PaneRig, waitFor } from './pane-rig.js';

const identify = (rig: PaneRig, ...panes: readonly string[]): (Program | null)[] => {
  const asked = panes.map((paneId) => ({ paneId, pid: rig.pid(paneId) }));
  return [...identifyPrograms(asked, procView(), rig.home).values()];
};

const resumption = (rig: PaneRig, program: Program): Resumption =>
  resumptions({ home: rig.home, policy: DEFAULT_POLICY, noPrograms: false }, procView())(program);

const launch = (of: Resumption): Text[] =>
  launchArguments({
    shell: '/bin/bash',
    defaultCommand: '',
    contentsPath: null,
    notice: null,
    resumption: of,
    argv: [],
    death: null,
  });

/** Returns the shell words that call Claude by its name, as users do. */
const withPath = (path: string): string => `PATH="${dirname(path)}:$PATH" claude`;

/** Runs Claude in a new pane's shell, has it answer once, and returns the pane and the id. */
async function converse(rig: PaneRig, command: string): Promise<{ pane: string; id: string }> {
  const pane = rig.open('/bin/bash', '--norc');
  rig.type(pane, command);
  await waitFor('claude to start', () => /^(session|resumed) /m.test(rig.text(pane)));
  return { pane, id: await prompt(rig, pane, 'hello') };
}

async function prompt(rig: PaneRig, pane: string, text: string): Promise<string> {
  const answers = (): string[] => [...rig.text(pane).matchAll(/^answered ([0-9a-f-]{36})$/gm)].map(([, id = '']) => id);
  const before = answers().length;
  rig.type(pane, text);
  return waitFor('the answer', () => answers()[before]);
}

for (const form of ['binary', 'script'] as const) {
  test(`resumes a conversation of a ${form} in its pane, with its flags, after everything was killed`, async (t) => {
    const rig = new PaneRig(t, { CLAUDECODE: '1' });
    const path = installFakeClaude(rig.home, form);
    const command = form === 'binary' ? withPath(path) : `${process.execPath} ${path}`;
    const first = await converse(rig, `${command} --verbose --model opus 'a prompt'`);
    const [program] = identify(rig, first.pane);
    assert.ok(program);
    assert.deepEqual(program.conversation, { id: first.id, source: 'registry', confidence: 'exact', candidates: [] });
    assert.equal(program.mode, 'auto');

    process.kill(claudePid(rig, first.pane), 'SIGKILL');
    await waitFor('its end', () => rig.format(first.pane, '#{pane_current_command}') === 'bash');
    const plan = resumption(rig, program);
    assert.equal(plan.action, 'auto', plan.notice ?? '');
    const pane = rig.open('/bin/sh');
    rig.respawn(pane, launch(plan));
    process.kill(await rig.waiter(pane), RELEASE);
    await waitFor('the conversation', () => rig.text(pane).includes(`resumed ${first.id}`));
    assert.equal(rig.format(pane, '#{pane_current_command}'), form === 'binary' ? 'claude' : 'node');
    assert.equal(procView().environ(claudePid(rig, pane))?.has('CLAUDECODE'), false);
    assert.deepEqual(procView().read(claudePid(rig, pane))?.argv.slice(-3), ['--resume', first.id, '--verbose']);

    // Restored once more it is the same command line again.
    assert.equal(await prompt(rig, pane, 'again'), first.id);
    const [again] = identify(rig, pane);
    assert.ok(again);
    assert.deepEqual(again.conversation, program.conversation);
    assert.deepEqual(again.cwd, program.cwd);

    // While it lives, a second one is offered as a copy only.
    const second = resumption(rig, again);
    assert.equal(second.action, 'offer');
    assert.ok(second.argv.includes('--fork-session'));
    rig.tmux('kill-pane', '-t', pane);
    await waitFor('its registry entry to go', () => resumption(rig, again).action === 'auto');
    assert.deepEqual(resumption(rig, again).argv, plan.argv);
  });
}

test('knows the program that a launcher still holds back', async (t) => {
  const rig = new PaneRig(t);
  const path = installFakeClaude(rig.home, 'binary');
  const first = await converse(rig, withPath(path));
  const [program] = identify(rig, first.pane);
  assert.ok(program);
  rig.type(first.pane, '/exit');
  await waitFor('its end', () => rig.format(first.pane, '#{pane_current_command}') === 'bash');
  rig.respawn(first.pane, launch(resumption(rig, program)));
  const waiting = await waitFor('the launcher', () => identify(rig, first.pane)[0]);
  assert.deepEqual(waiting.conversation, { id: first.id, source: 'argv', confidence: 'exact', candidates: [] });
  assert.equal(waiting.mode, 'auto');
  assert.deepEqual(resumption(rig, waiting).argv, resumption(rig, program).argv);
});

test('asks the program behind a script that started it what it holds, and not the launcher of both', async (t) => {
  const rig = new PaneRig(t);
  const path = installFakeClaude(rig.home, 'binary');
  const first = await converse(rig, withPath(path));
  const [program] = identify(rig, first.pane);
  assert.ok(program);
  rig.type(first.pane, '/exit');
  await waitFor('its end', () => rig.format(first.pane, '#{pane_current_command}') === 'bash');
  renameSync(path, join(rig.home, 'bin', 'real'));
  writeFileSync(path, '#!/bin/bash\n"${0%/*}/real" "$@"\nexit $?\n', { mode: 0o755 });
  rig.respawn(first.pane, launch(resumption(rig, program)));
  process.kill(await rig.waiter(first.pane), RELEASE);
  await waitFor('the conversation', () => rig.text(first.pane).includes(`resumed ${first.id}`));
  rig.type(first.pane, '/clear');
  const cleared = await prompt(rig, first.pane, 'anew');
  assert.notEqual(cleared, first.id);
  const known = { id: cleared, source: 'registry', confidence: 'exact', candidates: [] };
  assert.deepEqual(identify(rig, first.pane)[0]?.conversation, known);
});

test('doubts a conversation after /clear, until then keeps panes of one directory apart', async (t) => {
  const rig = new PaneRig(t, { FAKE_CLAUDE_STALE_REGISTRY: '1' });
  const path = installFakeClaude(rig.home, 'binary');
  const [one, two] = [await converse(rig, path), await converse(rig, path)];
  const ids = (): unknown[] => identify(rig, one.pane, two.pane).map((program) => program?.conversation?.id);
  const modes = (): unknown[] => identify(rig, one.pane, two.pane).map((program) => program?.mode);
  assert.deepEqual(ids(), [one.id, two.id]);
  assert.deepEqual(modes(), ['auto', 'auto']);
  rig.type(one.pane, '/clear');
  const cleared = await prompt(rig, one.pane, 'anew');
  assert.notEqual(cleared, one.id);
  const [program] = identify(rig, one.pane, two.pane);
  assert.equal(program?.mode, 'offer');
  assert.deepEqual(program.conversation?.candidates, [cleared]);
});

test('is modest without a registry', async (t) => {
  const rig = new PaneRig(t, { FAKE_CLAUDE_NO_REGISTRY: '1' });
  const path = installFakeClaude(rig.home, 'binary');
  const first = await converse(rig, path);
  const [guessed] = identify(rig, first.pane);
  assert.deepEqual(guessed?.conversation, { id: first.id, source: 'time', confidence: 'inferred', candidates: [] });
  assert.equal(guessed.mode, 'offer');
  rig.type(first.pane, '/exit');
  await waitFor('its end', () => rig.format(first.pane, '#{pane_current_command}') === 'bash');
  const second = await converse(rig, `${path} --resume ${first.id}`);
  assert.deepEqual(identify(rig, second.pane)[0]?.conversation, {
    id: first.id,
    source: 'argv',
    confidence: 'exact',
    candidates: [],
  });
  const fork = await converse(rig, `${path} --resume ${first.id} --fork-session`);
  assert.equal(identify(rig, fork.pane)[0]?.mode, 'offer');
});

test('says that a conversation that was never prompted is gone, and leaves the shell', async (t) => {
  const rig = new PaneRig(t);
  const path = installFakeClaude(rig.home, 'binary');
  const pane = rig.open('/bin/bash', '-c', `${withPath(path)} --verbose; exit`);
  await waitFor('claude', () => rig.text(pane).includes('session '));
  const [program] = identify(rig, pane);
  assert.ok(program);
  const plan = resumption(rig, program);
  assert.equal(plan.counts, 'missing');
  rig.respawn(pane, launch(plan));
  await waitFor('the line', () => /is gone .*starts claude anew\n.*claude --verbose/.test(rig.text(pane)));
  await rig.waiter(pane);
  rig.tmux('send-keys', '-t', pane, 'q');
  await waitFor('the shell', () => procView().read(rig.pid(pane))?.argv[0] === '/bin/bash');
});

test('the fake behaves as the real one where it matters', async (t) => {
  const rig = new PaneRig(t);
  const path = installFakeClaude(rig.home, 'binary');
  const sessions = join(rig.home, '.claude', 'sessions');
  const projects = join(rig.home, '.claude', 'projects');
  const pane = rig.open(path, '--session-id', '11111111-2222-4333-8444-555555555555');
  await waitFor('its start', () => rig.text(pane).includes('session 11111111-'));
  const pid = rig.pid(pane);
  const entry = JSON.parse(readFileSync(join(sessions, `${String(pid)}.json`), 'utf8')) as Record<string, unknown>;
  assert.equal(entry['procStart'], procView().read(pid)?.startTime);
  assert.equal(existsSync(projects), false);
  await prompt(rig, pane, 'x');
  assert.equal(readdirSync(projects).length, 1);
  process.kill(pid, 'SIGHUP');
  await waitFor('its entry to go', () => readdirSync(sessions).length === 0);

  const unknown = spawnSync(path, ['--resume', '99999999-2222-4333-8444-555555555555'], {
    env: { HOME: rig.home },
    encoding: 'utf8',
  });
  assert.equal(unknown.status, 1);
  assert.equal(unknown.stderr, 'No conversation found with session ID: 99999999-2222-4333-8444-555555555555\n');
});

/** Returns the pid of Claude in a pane. */
function claudePid(rig: PaneRig, pane: string): number {
  const view = procView();
  const found = below(rig.pid(pane)).find((pid) => {
    const [program, script] = view.read(pid)?.argv.map(displayText) ?? [];
    return (
      program?.endsWith('claude') === true ||
      (program?.endsWith('node') === true && script?.endsWith('/claude') === true)
    );
  });
  assert.ok(found !== undefined);
  return found;
}
