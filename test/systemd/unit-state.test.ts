import assert from 'node:assert/strict';
import test from 'node:test';
import { userManager } from '../../src/systemd/manager.js';
import { isStopping, mergeUnit, restOf, unitOfPath, unitPath, unknownUnit } from '../../src/systemd/unit-state.js';
import { watchUnit } from '../../src/systemd/unit-watch.js';
import { startPrivateBus } from './private-bus.js';

test('a unit name becomes its object path and back', () => {
  const path = '/org/freedesktop/systemd1/unit/tmux_2dserver_2eservice';
  assert.equal(unitPath('tmux-server.service'), path);
  assert.equal(unitOfPath(path), 'tmux-server.service');
  for (const unit of ['1st.service', 'a_b@é.scope']) assert.equal(unitOfPath(unitPath(unit)), unit);
});

test('properties are laid over what was known; absent and odd ones change nothing', () => {
  const running = mergeUnit(unknownUnit, {
    LoadState: 'loaded',
    ActiveState: 'active',
    MainPID: 42,
    InvocationID: Buffer.from('00ff', 'hex'),
    Job: [7, '/job/7'],
    ActiveEnterTimestampMonotonic: 5n,
  });
  assert.deepEqual(running, {
    ...unknownUnit,
    loadState: 'loaded',
    activeState: 'active',
    mainPid: 42,
    invocationId: '00ff',
    hasJob: true,
    hasRun: true,
  });
  assert.deepEqual(mergeUnit(running, {}), running);
  assert.deepEqual(mergeUnit(running, { MainPID: 'x', Job: [0, '/'] }), { ...running, hasJob: false });
});

test('a unit is at rest only when nothing more will happen by itself', () => {
  const loaded = { ...unknownUnit, loadState: 'loaded', activeState: 'inactive' };
  assert.equal(restOf(loaded), 'never-started');
  assert.equal(restOf({ ...loaded, hasRun: true }), 'stopped');
  assert.equal(restOf({ ...loaded, result: 'exec-condition', hasRun: true }), 'skipped');
  assert.equal(restOf({ ...loaded, loadState: 'not-found' }), 'missing');
  assert.equal(restOf({ ...loaded, activeState: 'failed' }), 'failed');
  assert.equal(restOf({ ...loaded, activeState: 'failed', hasJob: true }), null);
  for (const activeState of ['active', 'activating', 'deactivating', 'reloading', '']) {
    assert.equal(restOf({ ...loaded, activeState }), null);
  }
});

test('the job of a start is not a stop', () => {
  const job = { ...unknownUnit, hasJob: true };
  assert.ok(!isStopping({ ...job, activeState: 'activating' }));
  assert.ok(isStopping({ ...job, activeState: 'deactivating' }));
  assert.ok(isStopping({ ...job, activeState: 'active' }));
  assert.ok(!isStopping({ ...job, activeState: 'active', hasJob: false }));
});

test('a bus without a user manager is a failure of systemd, and starts nothing', async (context) => {
  const bus = await (await startPrivateBus(context)).connect();
  const never = () => assert.fail('told something');
  const nobody = { onUp: never, onDown: never, onRest: never };
  const watch = await watchUnit(bus, 'tmux-server.service', nobody);
  assert.ok(!watch.ok && watch.error.reason === 'systemd-unavailable');
  const manager = userManager(bus);
  for (const reply of [
    await manager.start('x.service'),
    await manager.isEnabled('x.service'),
    await manager.unitOfPid(1),
    await manager.isShuttingDown(),
  ]) {
    assert.ok(!reply.ok && reply.error.reason === 'systemd-unavailable');
  }
});

test('a manager that comes in the moment in which it is looked for, and refuses to be subscribed to twice, is watched', async (context) => {
  const daemon = await startPrivateBus(context);
  const [bus, manager] = [await daemon.connect(), await daemon.connect()];
  let subscriptions = 0;
  manager.serve(({ member }) => {
    const errorName = 'org.freedesktop.systemd1.AlreadySubscribed';
    if (member === 'Subscribe' && subscriptions++ > 0)
      return Promise.resolve({ errorName, detail: 'Client is already subscribed.' });
    if (member === 'LoadUnit') return Promise.resolve({ signature: 'o', body: [unitPath('x.service')] });
    return Promise.resolve(member === 'GetAll' ? { signature: 'a{sv}', body: [{}] } : { signature: '', body: [] });
  });
  const nobody = { onUp: () => undefined, onDown: () => undefined, onRest: () => undefined };
  const watching = watchUnit(bus, 'x.service', nobody);
  // It takes five calls until it waits for the name; each of these is one more.
  for (let calls = 0; calls < 10; calls++) await bus.requestName(`org.example.Name${String(calls)}`);
  await manager.requestName('org.freedesktop.systemd1');
  const watch = await watching;
  assert.ok(watch.ok, JSON.stringify(watch));
  assert.equal(subscriptions, 2);
  watch.value.stop();
});
