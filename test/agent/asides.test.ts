/** What a restore that died has left out of a server is put back by the next one to come (R12). */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import type { Aside } from '../../src/model/aside.js';
import { AgentRig, buildProgram } from '../support/agent-rig.js';
import { waitFor } from '../support/tmux-rig.js';

before(buildProgram);

const COMMAND = 'display-message "a ; b"';

/** Leaves behind what a restore does that is killed in the middle: settings out of the server, and on disk. */
async function leaveBehind(rig: AgentRig, changes: Partial<Aside['server']> = {}): Promise<string> {
  const manifest = await rig.manifest();
  assert.ok(manifest?.server);
  const { pid, startTime } = manifest.server;
  const aside: Aside = {
    format: 'tmux-persist-aside/1',
    server: { bootId: manifest.bootId, pid, startTime, ...changes },
    hooks: [
      { table: 'session', name: 'session-created[3]', command: COMMAND },
      { table: 'window', name: 'window-layout-changed[0]', command: COMMAND },
    ],
    manualSize: true,
    windows: [],
  };
  const path = join((await rig.stateFolder()) ?? '', 'aside.json');
  await writeFile(path, JSON.stringify(aside), { mode: 0o600 });
  return path;
}

const hooksOf = async (rig: AgentRig): Promise<string[]> =>
  [await rig.tmux('show-hooks', '-g'), await rig.tmux('show-hooks', '-gw')]
    .join('\n')
    .split('\n')
    .filter((line) => line.includes('] display-message'));

const COMERS: Readonly<Record<string, (rig: AgentRig) => Promise<unknown>>> = {
  'an agent that starts': (rig) => rig.start('watching'),
  'a restore by hand': (rig) => rig.run(['restore']),
};

for (const [who, come] of Object.entries(COMERS)) {
  test(`${who} puts back the hooks and the window-size that a restore left out`, async (t) => {
    const rig = await AgentRig.make(t);
    await rig.begin('main');
    assert.equal((await rig.run(['save'])).code, 0);
    const path = await leaveBehind(rig);
    await come(rig);
    await waitFor('the hooks', async () => (await hooksOf(rig)).length === 2);
    assert.deepEqual(await hooksOf(rig), [`session-created[3] ${COMMAND}`, `window-layout-changed[0] ${COMMAND}`]);
    assert.equal(await rig.tmux('show-options', '-gwv', 'window-size'), 'manual');
    await waitFor('the end of the file', () => !existsSync(path));
  });
}

test('what was left out of another server is not put into this one', async (t) => {
  const rig = await AgentRig.make(t);
  await rig.begin('main');
  assert.equal((await rig.run(['save'])).code, 0);
  const path = await leaveBehind(rig, { pid: 1 });
  await rig.start('watching');
  await waitFor('the end of the file', () => !existsSync(path));
  assert.deepEqual(await hooksOf(rig), []);
  assert.notEqual(await rig.tmux('show-options', '-gwv', 'window-size'), 'manual');
});

test('a file that can not be read is kept under another name and holds nothing up', async (t) => {
  const rig = await AgentRig.make(t);
  await rig.begin('main');
  assert.equal((await rig.run(['save'])).code, 0);
  const path = await leaveBehind(rig);
  await writeFile(
    path,
    '{"format":"tmux-persist-aside/1","hooks":[{"table":"session","name":"x; kill-server","command":""}]}',
  );
  await rig.start('watching');
  await waitFor('the end of the file', () => !existsSync(path));
  assert.deepEqual(await hooksOf(rig), []);
});
