/**
 * P10: what was saved is data. Each place that holds a user's bytes carries a command here; none may run, at any time.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { AgentRig, buildProgram, namesOf } from '../support/agent-rig.js';
import { waitFor } from '../support/tmux-rig.js';

before(buildProgram);

test('No saved name, title or path is ever run, expanded or typed.', async (t) => {
  const rig = await AgentRig.make(t);
  await rig.start('waiting');
  const pid = await rig.begin('plain');
  const canary = (place: string): string => join(rig.home, `canary-${place}`);
  const commands = (place: string): string[] => [
    `#(touch ${canary(place)})`,
    `$(touch ${canary(place)})`,
    `;touch ${canary(place)};x`,
  ];
  // tmux would expand a format in what is given here; what is stored is the text itself.
  const literal = (text: string): string => text.replaceAll('#', '##');
  for (const [at, name] of commands('session').entries()) {
    const folder = join(rig.home, `${String(at)} ${(commands('path')[at] ?? '').replaceAll('/', '\\')}`);
    await mkdir(folder);
    await rig.tmux(
      'new-session',
      '-d',
      '-s',
      `${String(at)}${literal(name)}`,
      '-c',
      literal(folder),
      '-n',
      literal(commands('window')[at] ?? ''),
    );
    await rig.tmux('select-pane', '-t', `=${String(at)}${name}:`, '-T', literal(commands('title')[at] ?? ''));
  }
  const before = await rig.shape();
  await rig.saved('all of it', ({ sessions }) => sessions.length === 4);
  await rig.killServer(pid);
  await waitFor('the same picture', async () => (await rig.shape().catch(() => '')) === before);
  const manifest = await rig.saved(
    'the new server',
    ({ server, sessions }) => server?.pid !== pid && sessions.length === 4,
  );
  assert.deepEqual(namesOf(manifest.pending.map(({ session }) => session)), []);
  await rig.run(['show']);
  await rig.run(['status']);
  await rig.run(['restore', '--dry-run']);
  for (const place of ['session', 'path', 'window', 'title']) assert.equal(existsSync(canary(place)), false, place);
});
