/**
 * The line that tells how far a restore is: on a terminal only, only when it takes its time, and gone at the end.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { before, describe, test } from 'node:test';
import { AgentRig, buildProgram, PROGRAM } from '../support/agent-rig.js';

before(buildProgram);

const LINE = /restoring: (\d+) of (\d+) sessions/g;

/** A rig whose three sessions were lost, and a tmux that takes half a second longer for every batch of commands. */
async function lost(rig: AgentRig): Promise<Record<string, string>> {
  const pid = await rig.begin('one');
  for (const name of ['two', 'three']) await rig.tmux('new-session', '-d', '-s', name);
  assert.equal((await rig.run(['save'])).code, 0);
  await rig.killServer(pid);
  await rig.begin('another');
  const slow = await rig.program('slow', `case "$*" in *source-file*) sleep 0.5;; esac\nexec tmux "$@"`);
  return { TMUX_PERSIST_TMUX: slow };
}

/** Returns all that a terminal gets to see of a command, in a real pseudo-terminal of script(1). */
function onTerminal(rig: AgentRig, env: Readonly<Record<string, string>>, command: string): Promise<string> {
  const line = `'${process.execPath}' '${PROGRAM}' -S '${rig.server.socketPath}' ${command}`;
  const child = spawn('script', ['-qec', line, '/dev/null'], {
    env: { ...rig.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  return new Promise((resolve) => child.once('close', () => resolve(Buffer.concat(chunks).toString('utf8'))));
}

describe('progress', { concurrency: 4 }, () => {
  test('a restore of more than a second counts its sessions on a terminal, in one line that is gone at the end', async (t) => {
    const rig = await AgentRig.make(t);
    const seen = await onTerminal(rig, await lost(rig), 'restore');
    const counts = [...seen.matchAll(LINE)].map(([, done, total]) => [Number(done), Number(total)]);
    assert.ok(counts.length > 0, JSON.stringify(seen));
    assert.ok(counts.every(([done = 9, total]) => total === 3 && done <= 3));
    assert.ok(
      counts.some(([done]) => done === 3),
      'those that are there are counted',
    );
    assert.deepEqual(
      counts,
      counts.toSorted(([left = 0], [right = 0]) => left - right),
      'it only grows',
    );
    const [before = '', after = ''] = seen.split(/\r\u001b\[K(?!restoring)/);
    assert.match(before, /restoring: \d of 3 sessions$/);
    assert.doesNotMatch(after, /restoring|\u001b\[K/);
    assert.match(after, /restored 3 sessions in \d+ ms; 0 left alone, 0 failed\r\n$/);
  });

  test('there is no such line in a pipe, in JSON, on a dumb terminal, or for a plan', async (t) => {
    const run = async (env: Readonly<Record<string, string>>, command: string): Promise<string> => {
      const rig = await AgentRig.make(t);
      return onTerminal(rig, { ...(await lost(rig)), ...env }, command);
    };
    const seen = await Promise.all([
      run({}, 'restore --json'),
      run({}, 'restore 2>&1 | cat'),
      run({ TERM: 'dumb' }, 'restore'),
      run({}, 'restore --dry-run'),
    ]);
    for (const text of seen) {
      assert.doesNotMatch(text, /restoring:|\r\u001b\[K/);
      assert.match(text, /restored?"?[: ]/);
    }
  });
});
