/**
 * Keeps a server saved while no agent does: from the last save of one to the first look of the next pass the start of a Node and, on a busy
 * machine, a second. The one rule: only the server that lived before is saved, so that what a new one is to get back stays due.
 */
import { setTimeout } from 'node:timers/promises';
import type { Context } from '../model/ports.js';
import { identifyServer } from './identify-server.js';
import { openSaver, targetOf } from './offline.js';

/** How often is looked, in ms; an agent looks at most this often, too. */
const LOOK_EVERY_MS = 250;

/** Runs a task in which one agent may follow another, and saves for as long as none of them keeps the server. */
export async function takeOver<T>(context: Context, task: () => Promise<T>): Promise<T> {
  const target = targetOf(context);
  const server = await identifyServer(target, context.bootId);
  const saver = server === null ? null : await openSaver(context);
  if (server === null || saver?.ok !== true) return task();
  await saver.value.readPolicy(target, []);
  let isOver = false;
  const watch = async (): Promise<void> => {
    while (!isOver) {
      const agent = await saver.value.store.readAgent();
      const isKept = agent !== null && agent.state !== 'starting' && agent.state !== 'stopped';
      if (!isKept) await saver.value.save(target, { trigger: 'change', capture: 'none', of: server });
      await setTimeout(LOOK_EVERY_MS);
    }
  };
  const watched = watch();
  try {
    return await task();
  } finally {
    isOver = true;
    await watched;
  }
}
