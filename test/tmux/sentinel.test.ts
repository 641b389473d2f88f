/** What a client that is blocked to the end says of that end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { startSentinel, type Sentinel } from '../../src/tmux/sentinel.js';
import { TmuxRig, waitFor } from '../support/tmux-rig.js';

const endOf = (sentinel: Sentinel): Promise<string> => Promise.race([sentinel.ended, delay(5000, 'nothing')]);

/** Returns a sentinel that is blocked in the server. */
async function blocked(rig: TmuxRig): Promise<Sentinel> {
  const sentinel = startSentinel(rig.target, { releases: false });
  await waitFor('the sentinel', () => sentinel.wasTakenIn());
  return sentinel;
}

test('a server that ends in order says so, one that is killed does not', async (t) => {
  const rig = await TmuxRig.start(t);
  const first = await blocked(rig);
  await rig.tmux('kill-server');
  assert.equal(await endOf(first), 'orderly');
  await waitFor('the next server', () =>
    rig.startEmpty().then(
      () => true,
      () => false,
    ),
  );
  const second = await blocked(rig);
  await rig.kill();
  assert.equal(await endOf(second), 'crashed');
});

test('where no server is, or no tmux, nobody is taken in', async (t) => {
  const rig = await TmuxRig.make(t);
  for (const binary of ['tmux', 'tmux-that-is-not-there']) {
    const sentinel = startSentinel({ ...rig.target, binary }, { releases: false });
    assert.deepEqual([await endOf(sentinel), sentinel.wasTakenIn()], ['crashed', false]);
  }
});

test('one that releases ends what was left blocked before it; where nothing was, it ends itself and was taken in', async (t) => {
  const rig = await TmuxRig.start(t);
  const alone = startSentinel(rig.target, { releases: true });
  assert.deepEqual([await endOf(alone), alone.wasTakenIn()], ['orderly', true]);
  const left = await blocked(rig);
  const next = startSentinel(rig.target, { releases: true });
  assert.equal(await endOf(left), 'orderly');
  await waitFor('the sentinel', () => next.wasTakenIn());
  await rig.kill();
  assert.equal(await endOf(next), 'crashed');
});

test('one that is stopped leaves no client behind, even in a server that hangs', async (t) => {
  const rig = await TmuxRig.start(t);
  const sentinel = await blocked(rig);
  rig.signal('SIGSTOP');
  const knocking = startSentinel(rig.target, { releases: false });
  for (const each of [sentinel, knocking]) {
    each.stop();
    assert.notEqual(await endOf(each), 'nothing');
  }
  assert.equal(knocking.wasTakenIn(), false);
  await waitFor('the end of the clients', async () => (await rig.clients()).length === 0);
});
