/**
 * Our hooks in a server whose user rearranges hooks: whatever takes them out, the next slow look puts them back, once each, and
 * the user's own stay as they were set.
 */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test, type TestContext } from 'node:test';
import type { Manifest } from '../../src/model/manifest.js';
import { AgentRig, buildProgram, namesOf } from '../support/agent-rig.js';
import { waitFor } from '../support/tmux-rig.js';

before(buildProgram);

const holds =
  (name: string) =>
  (manifest: Manifest): boolean =>
    namesOf(manifest.sessions).includes(name);

/** A slow look comes every 15 s; it and the save after it take a moment on a busy machine. */
const SLOW_LOOK_MS = 25_000;

/** Structure is on disk within 1 s of its change; on a busy machine within this time, which no slow look explains. */
const AT_ONCE_MS = 5000;

/** The hooks of the server and its windows, and of its sessions, a line each. */
async function allHooks(rig: AgentRig): Promise<string[]> {
  const parts = [await rig.tmux('show-hooks', '-g'), await rig.tmux('show-hooks', '-gw')];
  for (const id of (await rig.tmux('list-sessions', '-F', '#{session_id}')).split('\n'))
    parts.push(await rig.tmux('show-hooks', '-t', id).then((text) => text.replaceAll(/^(?=.)/gm, `${id} `)));
  return parts.join('\n').split('\n');
}

const isOurs = (line: string): boolean => line.includes('tmux-persist');
const oursIn = async (rig: AgentRig): Promise<string[]> => (await allHooks(rig)).filter(isOurs).sort();
const usersIn = async (rig: AgentRig): Promise<string[]> =>
  (await allHooks(rig)).filter((line) => line.includes('[') && !isOurs(line)).sort();

/** A server with an agent, whose hooks are in. */
async function hooked(t: TestContext) {
  const rig = await AgentRig.make(t);
  await rig.start('waiting');
  await rig.begin('kept');
  await rig.saved('the session', holds('kept'));
  const installed = await waitFor('our hooks', async () => {
    const ours = await oursIn(rig);
    return ours.length === 0 ? null : ours;
  });
  return { rig, installed };
}

/** Changes something that hooks tell of, and waits until it is on disk. */
async function change(rig: AgentRig, name: string, deadlineMs: number): Promise<void> {
  await rig.tmux('rename-window', '-t', '=kept:', name);
  await rig.saved(name, (m) => m.windows.some((window) => window.name === name), deadlineMs);
}

/** The names of the arrays that our entries are in. */
const namesIn = (ours: readonly string[]): string[] => ours.map((line) => /^[a-z-]+/.exec(line)?.[0] ?? '');

describe('hooks that their user wipes', { concurrency: 6 }, () => {
  for (const [how, wipe] of [
    [
      'a configuration that sets every array without an index',
      async (rig: AgentRig, ours: readonly string[]) => {
        const lines = namesIn(ours).map((name) => `set -g ${name} 'set -g @user-${name} 1'`);
        await writeFile(join(rig.home, 'reload.conf'), `${lines.join('\n')}\n`);
        await rig.tmux('source-file', join(rig.home, 'reload.conf'));
      },
    ],
    [
      'set-hook -gu of each',
      async (rig: AgentRig, ours: readonly string[]) => {
        for (const name of namesIn(ours)) await rig.tmux('set-hook', '-gu', name);
      },
    ],
    [
      'set-hook -gu of each of our entries',
      async (rig: AgentRig, ours: readonly string[]) => {
        for (const name of namesIn(ours)) await rig.tmux('set-hook', '-gu', `${name}[8317]`);
      },
    ],
    [
      'another command under our index',
      async (rig: AgentRig, ours: readonly string[]) => {
        for (const name of namesIn(ours)) await rig.tmux('set-hook', '-g', `${name}[8317]`, 'set -g @other 1');
      },
    ],
  ] as const) {
    test(`by ${how} are back with the next slow look, once each, and then heard at once`, async (t) => {
      const { rig, installed } = await hooked(t);
      await wipe(rig, installed);
      assert.deepEqual(await oursIn(rig), []);
      const users = await usersIn(rig);
      await change(rig, 'unheard', SLOW_LOOK_MS);
      await waitFor('our hooks', async () => (await oursIn(rig)).join('\n') === installed.join('\n'), SLOW_LOOK_MS);
      const kept = users.filter((line) => !line.includes('[8317]'));
      assert.deepEqual(await usersIn(rig), kept, "the user's own are as they were");
      await change(rig, 'heard', AT_ONCE_MS);
      await rig.tmux('new-session', '-d', '-s', 'later');
      await rig.saved('a later session', holds('later'), AT_ONCE_MS);
    });
  }

  test('by arrays of a session, which shadow the global ones, are put into these too, and out of them again', async (t) => {
    const { rig, installed } = await hooked(t);
    for (const name of ['window-renamed', 'window-linked', 'after-split-window', 'session-renamed'])
      await rig.tmux('set-hook', '-t', '=kept:', name, `set -g @user-${name} 1`);
    await rig.tmux('set-hook', '-w', '-t', '=kept:', 'pane-exited', 'set -g @user-pane 1');
    const users = await usersIn(rig);
    await waitFor('our hooks in the session', async () => (await oursIn(rig)).length > installed.length, SLOW_LOOK_MS);
    await change(rig, 'heard', AT_ONCE_MS);
    assert.equal(await rig.tmux('show-options', '-gqv', '@user-window-renamed'), '1');
    const ours = await oursIn(rig);
    assert.equal(new Set(ours).size, ours.length, 'each is there once');
    assert.deepEqual(await usersIn(rig), users);
    // What the user takes out of the session goes with our entry.
    for (const name of ['window-renamed', 'window-linked', 'after-split-window', 'session-renamed'])
      await rig.tmux('set-hook', '-u', '-t', '=kept:', name);
    assert.deepEqual(await oursIn(rig), installed);
    await change(rig, 'heard again', AT_ONCE_MS);
  });

  test('never multiply: fifty reloads and some appended hooks later each is there once', async (t) => {
    const { rig, installed } = await hooked(t);
    const lines = ['set-hook -g window-linked "set -g @a 1"', 'set-hook -ga window-linked "set -g @b 1"'];
    await writeFile(join(rig.home, 'reload.conf'), `${lines.join('\n')}\n`);
    for (let reload = 0; reload < 50; reload++)
      await rig.tmux('source-file', join(rig.home, 'reload.conf'), ';', 'rename-window', `name ${String(reload)}`);
    await rig.tmux('set-hook', '-ga', 'window-renamed', 'set -g @c 1');
    await waitFor('our hooks', async () => (await oursIn(rig)).join('\n') === installed.join('\n'), SLOW_LOOK_MS);
    const listing = await allHooks(rig);
    assert.equal(listing.filter((line) => line.startsWith('window-linked[')).length, 3);
    // As somebody saves their hooks, ours with them, and sets them again.
    const saved = listing
      .filter((line) => isOurs(line))
      .map((line) => `set-hook -g ${line.replace(/ (.*)$/, " '$1'")}`);
    await writeFile(join(rig.home, 'hooks.conf'), `${saved.filter((line) => !line.includes('#{')).join('\n')}\n`);
    await rig.tmux('source-file', join(rig.home, 'hooks.conf'));
    await waitFor('our hooks', async () => (await oursIn(rig)).join('\n') === installed.join('\n'), SLOW_LOOK_MS);
    await change(rig, 'heard', AT_ONCE_MS);
  });
});
