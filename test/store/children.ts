/**
 * Starts child.ts for a test and sees to it that none outlives the test.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('./child.js', import.meta.url));

const started = new WeakMap<TestContext, ChildProcess[]>();

/** Starts a child in one of the roles of child.ts. */
export function startChild(t: TestContext, folder: string, role: string, argument = ''): ChildProcess {
  const child = fork(PROGRAM, [folder, role, argument]);
  started.set(t, [...(started.get(t) ?? []), child]);
  return child;
}

/** Kills what a test started, before its folder goes: a child that lives would make it again. */
export async function stopChildren(t: TestContext): Promise<void> {
  await Promise.all((started.get(t) ?? []).map(killed));
}

/** Waits for the next word of a child. */
export async function nextWord(child: ChildProcess): Promise<unknown> {
  const [word] = (await once(child, 'message', { signal: AbortSignal.timeout(20_000) })) as unknown[];
  return word;
}

/** Waits for the end of a child; returns the signal or exit code. */
export async function ended(child: ChildProcess): Promise<string | number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    await once(child, 'exit', { signal: AbortSignal.timeout(60_000) });
  }
  return child.signalCode ?? child.exitCode;
}

/** Kills a child and waits until it is gone. */
export async function killed(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await ended(child);
}
