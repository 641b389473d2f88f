/** Each coding agent in a real pane, played by the fake: what its family makes of a real process, its files and its open files. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Program } from '../../../src/model/manifest.js';
import { aider } from '../../../src/programs/agents/aider.js';
import { amp } from '../../../src/programs/agents/amp.js';
import { codex } from '../../../src/programs/agents/codex.js';
import { copilot } from '../../../src/programs/agents/copilot.js';
import { crush } from '../../../src/programs/agents/crush.js';
import { cursor } from '../../../src/programs/agents/cursor.js';
import type { Around, Family, Held, Identity } from '../../../src/programs/family.js';
import { fileView } from '../../../src/programs/file-view.js';
import { gemini } from '../../../src/programs/agents/gemini.js';
import { goose } from '../../../src/programs/agents/goose.js';
import { opencode } from '../../../src/programs/agents/opencode.js';
import { procView } from '../../../src/programs/process-view.js';
import { qwen } from '../../../src/programs/agents/qwen.js';
import { FAKE_AGENTS, installFakeAgent } from '../../support/fake-agent-install.js';
import { conversationsOf, heldOf, inWords } from './agent-fixtures.js';
import { below, PaneRig, waitFor } from '../pane-rig.js';

const families: readonly Family[] = [codex, gemini, qwen, copilot, opencode, crush, goose, cursor, amp, aider];
const withConversations = families.filter(({ conversations }) => conversations !== null);

/** What each says of a process that began anew and was prompted, and of one that was resumed with an id. */
const EXPECTED: Readonly<Record<string, readonly [begun: string, resumed: string]>> = {
  codex: ['open-file exact', 'open-file exact'],
  gemini: ['files inferred', 'argv exact'],
  qwen: ['runtime-file exact', 'runtime-file exact'],
  copilot: ['lock exact', 'lock exact'],
  opencode: ['none', 'argv inferred'],
  crush: ['none', 'argv inferred'],
  goose: ['none', 'argv exact'],
  'cursor-agent': ['open-file inferred', 'open-file exact'],
  amp: ['none', 'argv inferred'],
};

const around = (rig: PaneRig): Around => ({
  ...{ home: rig.home, bootMs: Date.now() - uptime() * 1000, now: Date.now(), view: procView(), files: fileView() },
  ...{ records: [], previous: () => null, heldAt: () => false },
});

/** Returns the innermost process of a family in a pane. */
function find(rig: PaneRig, family: Family, pane: string): Held {
  const view = procView();
  const pid = below(rig.pid(pane)).findLast((candidate) => {
    const info = view.read(candidate);
    return info !== null && family.recognise(info.argv, info.exe) !== null;
  });
  assert.ok(pid !== undefined);
  return heldOf(family, view, pid);
}

function identify(rig: PaneRig, family: Family, pane: string): Identity {
  const [identity] = conversationsOf(family).identify([find(rig, family, pane)], around(rig));
  assert.ok(identity);
  return identity;
}

/** Runs an agent in a new pane's shell. */
async function start(rig: PaneRig, command: string): Promise<string> {
  const pane = rig.open('/bin/bash', '--norc');
  rig.type(pane, command);
  await waitFor('the agent to start', () => /^(session|resumed) /m.test(rig.text(pane)));
  return pane;
}

/** Has an agent answer, and returns the id that it answers with. */
async function prompt(rig: PaneRig, pane: string, text = 'hello'): Promise<string> {
  const answers = (): string[] =>
    [...rig.text(pane).matchAll(/^(?:answered|changed to) (\S+)$/gm)].map(([, id = '']) => id);
  const before = answers().length;
  rig.type(pane, text);
  return waitFor('the answer', () => answers()[before]);
}

const program = (family: Family, { info }: Held, { cwd }: Identity): Program => ({
  ...{ kind: family.kind, exe: info.exe ?? '', argv: [...info.argv], cwd, env: {}, mode: 'auto' },
  ...{ conversation: null, process: null },
});

const id = (words: string, conversation: Identity['conversation']): string =>
  words === 'none'
    ? 'none'
    : inWords(conversation)
        .replace(conversation?.id ?? '', '')
        .trim();

for (const family of withConversations) {
  const { kind } = family;
  // Of these there is no build that is a script of that name.
  const isNative = family === goose || family === cursor;
  for (const form of isNative ? (['binary'] as const) : (['binary', 'script'] as const)) {
    test(`${kind} as a ${form}: known in its pane, found again, and resumed with its own words`, async (t) => {
      const rig = new PaneRig(t);
      const path = installFakeAgent(rig.home, kind, form);
      const command = form === 'binary' ? path : `${process.execPath} ${path}`;
      const first = await start(rig, command);
      const conversation = await prompt(rig, first);
      const [begun = '', resumedAs = ''] = EXPECTED[kind] ?? [];
      const before = identify(rig, family, first);
      assert.equal(id(begun, before.conversation), begun);
      if (before.conversation !== null) assert.equal(before.conversation.id, conversation);

      const saved = program(family, find(rig, family, first), before);
      rig.type(first, '/exit');
      await waitFor('its end', () => rig.format(first, '#{pane_current_command}') === 'bash');
      const files = { home: rig.home, files: fileView() };
      assert.deepEqual(conversationsOf(family).find(saved, conversation, files), { cwd: rig.home });

      const words = conversationsOf(family).resume(conversation, []).map(String);
      const second = await start(rig, `${command} ${words.join(' ')}`);
      assert.match(rig.text(second), new RegExp(`^resumed ${conversation}$`, 'm'));
      const after = identify(rig, family, second);
      assert.equal(id(resumedAs, after.conversation), resumedAs);
      assert.equal(after.conversation?.id, conversation);
      assert.equal(after.cwd, rig.home);
      assert.deepEqual(find(rig, family, second).reading, { kept: [], startId: conversation, fork: false });
    });
  }

  test(`${kind}: never sure of the conversation that it left`, async (t) => {
    const rig = new PaneRig(t);
    const command = installFakeAgent(rig.home, kind, 'binary');
    const earlier = await start(rig, command);
    const left = await prompt(rig, earlier);
    rig.type(earlier, '/exit');
    await waitFor('its end', () => rig.format(earlier, '#{pane_current_command}') === 'bash');
    const pane = await start(rig, `${command} ${conversationsOf(family).resume(left, []).map(String).join(' ')}`);
    // Goose has no command that changes the session.
    if (kind === 'goose') return;
    const next = await prompt(rig, pane, '/new');
    const atOnce = identify(rig, family, pane).conversation;
    assert.ok(atOnce?.confidence !== 'exact' || atOnce.id === next, inWords(atOnce));
    assert.equal(await prompt(rig, pane), next);
    const afterwards = identify(rig, family, pane).conversation;
    assert.ok(afterwards?.confidence !== 'exact' || afterwards.id === next, inWords(afterwards));
    await prompt(rig, pane, `/resume ${left}`);
    const back = identify(rig, family, pane).conversation;
    assert.ok(back?.confidence !== 'exact' || back.id === left, inWords(back));
  });
}

test('codex and copilot tell their tools which conversation runs them', async (t) => {
  const rig = new PaneRig(t);
  for (const family of [codex, copilot]) {
    const pane = await start(rig, installFakeAgent(rig.home, family.kind, 'binary'));
    const conversation = await prompt(rig, pane);
    const held = find(rig, family, pane);
    rig.type(pane, '/tool');
    await waitFor('the tool', () => {
      const view = procView();
      return view.children(held.info.pid).some((child) => view.read(child)?.argv[0] === 'sleep');
    });
    const blind = { ...around(rig), home: '/nowhere', view: { ...procView(), openFiles: () => new Map() } };
    const [identity] = conversationsOf(family).identify([held], blind);
    assert.equal(inWords(identity?.conversation ?? null), `${conversation} environ inferred`);
    rig.type(pane, '/exit');
  }
});

test('gemini runs as a pair of processes with the same words, and the inner one is it', async (t) => {
  const rig = new PaneRig(t);
  const pane = await start(rig, `${process.execPath} ${installFakeAgent(rig.home, 'gemini', 'script')} -m pro`);
  const view = procView();
  const own = below(rig.pid(pane)).flatMap((pid) => {
    const info = view.read(pid);
    return info === null ? [] : (gemini.recognise(info.argv, info.exe)?.args ?? []);
  });
  assert.deepEqual(own, ['-m', 'pro', '-m', 'pro']);
});

test('a killed copilot leaves its lock, a killed qwen its file: neither speaks for the next process', async (t) => {
  const rig = new PaneRig(t);
  for (const family of [copilot, qwen]) {
    const command = installFakeAgent(rig.home, family.kind, 'binary');
    const pane = await start(rig, command);
    await prompt(rig, pane);
    process.kill(find(rig, family, pane).info.pid, 'SIGKILL');
    await waitFor('its end', () => rig.format(pane, '#{pane_current_command}') === 'bash');
    const next = await start(rig, command);
    const conversation = await prompt(rig, next);
    assert.equal(identify(rig, family, next).conversation?.id, conversation);
    assert.equal(identify(rig, family, next).conversation?.confidence, 'exact');
  }
});

test('aider reads its history again with the words that come back', async (t) => {
  const rig = new PaneRig(t);
  const command = installFakeAgent(rig.home, 'aider', 'binary');
  const first = await start(rig, `${command} a.py`);
  await prompt(rig, first);
  // To a family that is in Python the script of the fake is one more file to work on.
  const keptOf = (pane: string): unknown[] =>
    find(rig, aider, pane).reading.kept.filter((word) => word !== join(rig.home, 'lib', 'aider'));
  const words = keptOf(first);
  assert.deepEqual(words, ['--restore-chat-history', 'a.py']);
  rig.type(first, '/exit');
  const second = await start(rig, `${command} ${words.join(' ')}`);
  assert.match(rig.text(second), /^restored history$/m);
  assert.deepEqual(keptOf(second), words);
});

test('the fake ends at an unknown id as the real ones do, but for the one that begins a new chat', (t) => {
  const rig = new PaneRig(t);
  assert.deepEqual([...FAKE_AGENTS].toSorted(), families.map(({ kind }) => kind).toSorted());
  const unknown: Readonly<Record<string, string>> = { opencode: 'ses_x', goose: '20200101_1', amp: 'T-x' };
  for (const family of withConversations) {
    const path = installFakeAgent(rig.home, family.kind, 'binary');
    const words = conversationsOf(family).resume(unknown[family.kind] ?? '99999999-2222-4333-8444-555555555555', []);
    const env = { HOME: rig.home, PATH: process.env['PATH'] };
    const ended = spawnSync(path, words.map(String), { env, cwd: rig.home, encoding: 'utf8', input: '' });
    assert.equal(ended.status, family === cursor ? 0 : 1, `${family.kind}: ${ended.stdout}${ended.stderr}`);
  }
  assert.equal(existsSync(join(rig.home, '.cursor')), false);
  assert.deepEqual(readdirSync(join(rig.home, '.gemini', 'tmp')), ['project-0']);
});
