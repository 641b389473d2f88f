/**
 * A process of its own for the tests: `child.js FOLDER ROLE [ARGUMENT]`. It sends a word when it has come somewhere.
 */
import { open, rename, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openStore } from '../../src/store/open-store.js';
import { ownIdentity } from '../../src/store/process-identity.js';
import { aManifest, value } from './support.js';

const [folder = '', role = '', argument = ''] = process.argv.slice(2);
const forever = (): Promise<never> => new Promise(() => setInterval(() => undefined, 1000));

/** Dies without a chance to clean up. */
async function dieAt(name: string): Promise<void> {
  if (name !== argument) return;
  process.kill(process.pid, 'SIGKILL');
  await forever();
}

const store = value(await openStore(folder, { create: true, ...(role === 'save' ? { step: dieAt } : {}) }));

switch (role) {
  case 'save':
    value(await store.save(aManifest(new Date())));
    break;
  case 'save on and on':
    for (;;) {
      value(await store.save(aManifest(new Date(), {}, 50)));
      process.send?.('saved');
    }
  case 'hold the lock':
    value(await store.lock(10_000));
    process.send?.('held');
    await forever();
    break;
  case 'take turns':
    for (let turn = 0; turn < Number(argument); turn += 1) {
      const lock = value(await store.lock(60_000));
      // Two at once would meet here: only one can make the file.
      const inside = join(folder, 'inside');
      await (await open(inside, 'wx')).close();
      await unlink(inside);
      await lock.release();
      // Whoever releases is nearest to the lock: let the others have it too.
      await delay(30 * Math.random());
    }
    break;
  case 'die in turns':
    for (let turn = 0; turn < Number(argument); turn += 1) {
      value(await store.lock(60_000));
      const inside = join(folder, 'inside');
      await (await open(inside, 'wx')).close();
      await unlink(inside);
      // What is left is the lock of a process that is gone, as if we had died here.
      const left = join(folder, `left by ${process.pid}`);
      await writeFile(left, JSON.stringify({ ...ownIdentity(), startTime: String(process.hrtime.bigint()) }));
      await rename(left, join(folder, 'lock'));
    }
    break;
  case 'serve': {
    const problems: [] = [];
    const record = { ...ownIdentity(), state: 'watching', since: '', onBus: false, version: '1', problems } as const;
    const written = await store.writeAgent(record);
    process.send?.(written.ok ? 'serving' : written.error.reason);
    await forever();
    break;
  }
  default:
    throw new Error(`no such role: ${role}`);
}
process.disconnect();
