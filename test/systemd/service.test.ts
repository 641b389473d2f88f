import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { fail, ok } from '../../src/model/failure.js';
import { callAgent, isAgentAbsent } from '../../src/systemd/agent-client.js';
import { agentName, agentPath, type RestoreOptions } from '../../src/systemd/agent-interface.js';
import { connectSessionBus } from '../../src/systemd/bus.js';
import { errorName, serveAgent, type AgentHandlers, type AgentService } from '../../src/systemd/service.js';
import { firstOf, startPrivateBus, type PrivateBus } from './private-bus.js';

const run = promisify(execFile);

const idle: AgentHandlers = {
  save: () => Promise.resolve(ok('{"saved":true}')),
  restore: (sessions, options) => Promise.resolve(ok(JSON.stringify({ sessions, options }))),
  status: () => Promise.resolve(ok('{}')),
  describe: (failure) => `it failed: ${failure.reason}`,
  onBug: (error) => assert.fail(String(error)),
};
const initial = { state: 'starting', lastSavedAt: '', sessions: 0, version: '1.2.3' } as const;

async function serve(daemon: PrivateBus, handlers: Partial<AgentHandlers> = {}): Promise<AgentService> {
  const service = await serveAgent(await daemon.connect(), { ...idle, ...handlers }, initial);
  assert.ok(service.ok);
  return service.value;
}

/** Runs busctl against the private bus; returns its output, or what it says when it fails. */
async function busctl(daemon: PrivateBus, ...args: string[]): Promise<string> {
  try {
    return (await run('busctl', [`--address=${daemon.address}`, ...args])).stdout.trim();
  } catch (error) {
    return (error as { stderr: string }).stderr.trim();
  }
}

const object = [agentName, agentPath];

test('the agent introspects with the members of the contract', async (context) => {
  const daemon = await startPrivateBus(context);
  await serve(daemon);
  const lines = (await busctl(daemon, 'introspect', ...object, agentName)).split('\n').map((line) => line.split(/\s+/));
  assert.deepEqual(
    lines.slice(1).map((words) => words.slice(0, 4).join(' ')),
    [
      '.Restore method asa{sv} s',
      '.Save method - s',
      '.Status method - s',
      '.LastSavedAt property s ""',
      '.Sessions property u 0',
      '.State property s "starting"',
      '.Version property s "1.2.3"',
      '.Restored signal s -',
      '.Saved signal s -',
      '.ServerLost signal s -',
    ],
  );
  assert.match(await busctl(daemon, 'tree', agentName), /\/org\/tmuxpersist\/Agent1/);
});

test('gdbus, too, finds and calls the agent', async (context) => {
  const daemon = await startPrivateBus(context);
  await serve(daemon);
  const where = ['--address', daemon.address, '--dest', agentName, '--object-path', agentPath];
  const xml = await run('gdbus', ['introspect', ...where]);
  assert.match(xml.stdout, /Restore\(in {2}as sessions,\s+in {2}a\{sv\} options,\s+out s report\)/);
  const method = `${agentName}.Restore`;
  const reply = await run('gdbus', ['call', ...where, '--method', method, "['a b']", "{'from': <'x'>}"]);
  assert.match(reply.stdout, /"sessions":\["a b"\],"options":\{"from":"x"\}/);
});

test('the client passes sessions and options as they are', async (context) => {
  const daemon = await startPrivateBus(context);
  const seen: unknown[] = [];
  await serve(daemon, {
    restore(sessions, options) {
      seen.push(sessions, options);
      return Promise.resolve(ok('done'));
    },
  });
  const options: RestoreOptions = { from: 'id', closed: true, dryRun: false, noPrograms: true };
  const reply = await callAgent(await daemon.connect(), agentName, 'Restore', [['work', 'ünï'], options], 5000);
  assert.deepEqual(reply, ok('done'));
  assert.deepEqual(seen, [['work', 'ünï'], options]);
});

test('an option that is misspelt or of the wrong type is refused', async (context) => {
  const daemon = await startPrivateBus(context);
  await serve(daemon, { restore: () => assert.fail('called') });
  const call = (...options: string[]) =>
    busctl(daemon, 'call', ...object, agentName, 'Restore', 'asa{sv}', '0', ...options);
  assert.match(await call('1', 'dryrun', 'b', 'true'), /there is no option 'dryrun'/);
  assert.match(await call('1', 'toString', 's', 'x'), /there is no option 'toString'/);
  assert.match(await call('1', 'dryRun', 's', 'yes'), /option 'dryRun' must be a boolean/);
  assert.match(await busctl(daemon, 'call', ...object, agentName, 'Save', 's', 'x'), /Save does not take 's'/);
});

test('a failure arrives as an error of its name, with its sentence', async (context) => {
  const daemon = await startPrivateBus(context);
  await serve(daemon, { save: () => Promise.resolve(fail({ reason: 'no-server', socketPath: '/s' })) });
  const reply = await callAgent(await daemon.connect(), agentName, 'Save', [], 5000);
  assert.ok(!reply.ok);
  const name = 'org.tmuxpersist.Error.NoServer';
  assert.deepEqual(reply.error, { reason: 'agent-error', name, detail: 'it failed: no-server' });
  assert.ok(!isAgentAbsent(reply.error));
  assert.equal(errorName({ reason: 'tmux-too-old', version: '2' }), 'org.tmuxpersist.Error.TmuxTooOld');
});

test('what a handler throws stays with the agent', async (context) => {
  const daemon = await startPrivateBus(context);
  const bugs: unknown[] = [];
  const bug = new Error('secret');
  await serve(daemon, {
    status: () => Promise.reject(bug),
    save() {
      throw bug;
    },
    onBug: (error) => bugs.push(error),
  });
  const client = await daemon.connect();
  for (const method of ['Save', 'Status'] as const) {
    const reply = await callAgent(client, agentName, method, [], 5000);
    assert.ok(!reply.ok && reply.error.reason === 'agent-error');
    assert.equal(reply.error.name, 'org.tmuxpersist.Error.Internal');
    assert.doesNotMatch(reply.error.detail, /secret|at .*\.js/);
  }
  assert.deepEqual(bugs, [bug, bug]);
});

test('properties are read, never written, and tell when they change', async (context) => {
  const daemon = await startPrivateBus(context);
  const service = await serve(daemon);
  const client = await daemon.connect();
  await client.addMatch(`type='signal',path='${agentPath}'`);
  const bodies: (readonly unknown[])[] = [];
  const saved = firstOf<string>((tell) =>
    client.onSignal((signal) => {
      if (signal.member === 'PropertiesChanged') bodies.push(signal.body);
      if (signal.member === 'Saved') tell(signal.member);
    }),
  );
  service.update({ state: 'watching', sessions: 3 });
  service.update({ state: 'watching' });
  service.saved('id1');
  await saved;
  assert.deepEqual(bodies, [[agentName, { State: 'watching', Sessions: 3 }, []]]);
  assert.equal(await busctl(daemon, 'get-property', ...object, agentName, 'Sessions'), 'u 3');
  const refused = await busctl(daemon, 'set-property', ...object, agentName, 'State', 's', 'stopped');
  assert.match(refused, /can't be written/);
  assert.equal(await busctl(daemon, 'get-property', ...object, agentName, 'State'), 's "watching"');
  assert.match(await busctl(daemon, 'get-property', ...object, agentName, 'Nope'), /there is no property Nope/);
});

test('signals carry their text', async (context) => {
  const daemon = await startPrivateBus(context);
  const service = await serve(daemon);
  const client = await daemon.connect();
  await client.addMatch(`type='signal',interface='${agentName}'`);
  const heard: string[] = [];
  const all = firstOf<string>((tell) =>
    client.onSignal((signal) => {
      if (signal.interface === agentName) heard.push(`${signal.member} ${String(signal.body[0])}`);
      if (heard.length === 3) tell(signal.member);
    }),
  );
  service.saved('i');
  service.serverLost('oom-kill');
  service.restored('{}');
  await all;
  assert.deepEqual(heard, ['Saved i', 'ServerLost oom-kill', 'Restored {}']);
});

test('a second agent is refused and learns the pid of the first', async (context) => {
  const daemon = await startPrivateBus(context);
  await serve(daemon);
  const second = await serveAgent(await daemon.connect(), idle, initial);
  assert.deepEqual(second, fail({ reason: 'agent-running', pid: process.pid }));
});

test('what the agent does not have is refused in the standard words', async (context) => {
  const daemon = await startPrivateBus(context);
  await serve(daemon);
  const client = await daemon.connect();
  const nameOf = async (path: string, interfaceName: string, member: string) => {
    const reply = await client.call({ destination: agentName, path, interface: interfaceName }, member);
    return !reply.ok && reply.error.reason === 'agent-error' ? reply.error.name.replace(/^.*\./, '') : 'ok';
  };
  assert.equal(await nameOf('/', agentName, 'Save'), 'UnknownObject');
  assert.equal(await nameOf(agentPath, 'org.example.X', 'Save'), 'UnknownInterface');
  assert.equal(await nameOf(agentPath, agentName, 'Explode'), 'UnknownMethod');
  assert.equal(await nameOf(agentPath, 'org.freedesktop.DBus.Peer', 'Ping'), 'ok');
  assert.equal(await nameOf(agentPath, 'org.freedesktop.DBus.Peer', 'GetMachineId'), 'UnknownInterface');
});

function withActivation(context: TestContext): Promise<PrivateBus> {
  return startPrivateBus(context, (folder) => ({
    [`${agentName}.service`]: `[D-BUS Service]\nName=${agentName}\nExec=/usr/bin/touch ${join(folder, 'started')}\n`,
  }));
}

test('a call never starts a stopped agent', async (context) => {
  const daemon = await withActivation(context);
  const client = await daemon.connect();
  const reply = await callAgent(client, agentName, 'Status', [], 5000);
  assert.ok(!reply.ok && isAgentAbsent(reply.error));
  assert.ok(!existsSync(join(daemon.folder, 'started')));
  // The same call with starting allowed shows that the bus could have.
  const target = { destination: agentName, path: agentPath, interface: agentName };
  assert.ok(!(await client.call(target, 'Status', '', [], 1000)).ok);
  assert.ok(existsSync(join(daemon.folder, 'started')));
});

test('an agent that dies in the middle of a call fails that call', async (context) => {
  const daemon = await startPrivateBus(context);
  const connection = await connectSessionBus(daemon.env);
  assert.ok(connection.ok);
  const save = () => {
    connection.value.close();
    return Promise.resolve(ok('too late'));
  };
  assert.ok((await serveAgent(connection.value, { ...idle, save }, initial)).ok);
  const reply = await callAgent(await daemon.connect(), agentName, 'Save', [], 5000);
  assert.ok(!reply.ok && reply.error.reason === 'agent-error');
  assert.match(reply.error.name, /NoReply$/);
});
