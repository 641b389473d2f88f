import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { busAddress } from '../../src/systemd/bus-address.js';
import { busDaemon, connectSessionBus } from '../../src/systemd/bus.js';
import { firstOf, startPrivateBus } from './private-bus.js';

test('the address of the session bus comes from the environment, else from the runtime folder', () => {
  assert.equal(busAddress({ DBUS_SESSION_BUS_ADDRESS: 'unix:path=/a/bus' }, 7), 'unix:socket=/a/bus');
  assert.equal(busAddress({ DBUS_SESSION_BUS_ADDRESS: 'unix:path=/a,guid=0f' }, 7), 'unix:socket=/a,guid=0f');
  assert.equal(busAddress({ DBUS_SESSION_BUS_ADDRESS: 'unix:guid=0f,path=/a' }, 7), 'unix:guid=0f,socket=/a');
  assert.equal(busAddress({ DBUS_SESSION_BUS_ADDRESS: 'tcp:host=h;unix:abstract=/a' }, 7), 'unix:abstract=/a');
  assert.equal(busAddress({ XDG_RUNTIME_DIR: '/run/x' }, 7), 'unix:socket=/run/x/bus');
  assert.equal(busAddress({ DBUS_SESSION_BUS_ADDRESS: '', XDG_RUNTIME_DIR: '' }, 7), 'unix:socket=/run/user/7/bus');
});

test('a call returns the reply, and an error reply by its name', async (context) => {
  const bus = await (await startPrivateBus(context)).connect();
  const names = await bus.call(busDaemon, 'ListNames');
  assert.ok(names.ok);
  assert.deepEqual((names.value[0] as string[])[0], 'org.freedesktop.DBus');
  const refused = await bus.call(busDaemon, 'NoSuchMethod');
  assert.ok(!refused.ok && refused.error.reason === 'agent-error');
  assert.equal(refused.error.name, 'org.freedesktop.DBus.Error.UnknownMethod');
});

test('a missing bus is a failure, not an exception', async () => {
  const bus = await connectSessionBus({ XDG_RUNTIME_DIR: '/nonexistent' });
  assert.ok(!bus.ok && bus.error.reason === 'bus-unavailable');
  assert.match(bus.error.detail, /ENOENT/);
});

test('a socket where nobody answers ends the connection attempt at its deadline', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'tp-bus-'));
  const silent = createServer(() => undefined).listen(join(folder, 'bus'));
  context.after(async () => {
    silent.close();
    await rm(folder, { recursive: true });
  });
  const began = performance.now();
  const bus = await connectSessionBus({ XDG_RUNTIME_DIR: folder });
  const tookMs = performance.now() - began;
  assert.ok(!bus.ok && bus.error.reason === 'bus-unavailable');
  assert.ok(tookMs > 1900 && tookMs < 4000, `${String(tookMs)} ms`);
});

test('a call that nobody answers fails at its own deadline', async (context) => {
  const daemon = await startPrivateBus(context);
  const bus = await daemon.connect();
  await daemon.signal('SIGSTOP');
  const reply = await bus.call(busDaemon, 'ListNames', '', [], 100);
  assert.ok(!reply.ok && reply.error.reason === 'agent-error');
  assert.equal(reply.error.name, 'org.freedesktop.DBus.Error.NoReply');
});

test('when the bus dies every call in flight fails and the loss is told once', async (context) => {
  const daemon = await startPrivateBus(context);
  const bus = await daemon.connect();
  let losses = 0;
  bus.onLost(() => (losses += 1));
  const lost = firstOf<string>((tell) => bus.onLost(tell));
  await daemon.signal('SIGSTOP');
  const inFlight = [bus.call(busDaemon, 'ListNames'), bus.call(busDaemon, 'GetId')];
  await daemon.signal('SIGKILL');
  for (const reply of await Promise.all(inFlight)) assert.ok(!reply.ok && reply.error.reason === 'bus-unavailable');
  await lost;
  const later = await bus.call(busDaemon, 'ListNames');
  assert.ok(!later.ok && later.error.reason === 'bus-unavailable');
  await firstOf<string>((tell) => bus.onLost(tell));
  assert.equal(losses, 1);
});

test('closing is no loss', async (context) => {
  const daemon = await startPrivateBus(context);
  const bus = await daemon.connect();
  bus.onLost(() => assert.fail('told as a loss'));
  bus.close();
  const reply = await bus.call(busDaemon, 'ListNames');
  assert.ok(!reply.ok && reply.error.reason === 'bus-unavailable');
  await daemon.signal('SIGKILL');
});

test('a signal reaches the listeners of a matching rule', async (context) => {
  const daemon = await startPrivateBus(context);
  const [sender, receiver] = [await daemon.connect(), await daemon.connect()];
  assert.ok((await receiver.addMatch("type='signal',interface='org.example.Test'")).ok);
  const heard = firstOf<readonly unknown[]>((tell) =>
    receiver.onSignal((signal) => {
      if (signal.member === 'Spoken') tell(signal.body);
    }),
  );
  sender.emit('/x', 'org.example.Test', 'Spoken', 'sau', ['hello', [1, 2]]);
  assert.deepEqual(await heard, ['hello', [1, 2]]);
});

test('a rule that the bus refuses is a failure', async (context) => {
  const bus = await (await startPrivateBus(context)).connect();
  const added = await bus.addMatch('nonsense');
  assert.ok(!added.ok && added.error.reason === 'agent-error');
  assert.match(added.error.name, /MatchRuleInvalid$/);
});
