import assert from 'node:assert/strict';
import test from 'node:test';
import { causeOfDeath, signalName, type Death, type DeathEvidence, type UnitDeath } from '../../src/model/cause.js';

const nothing: DeathEvidence = {
  unit: null,
  waiter: null,
  oomKills: 0,
  memoryPressure: false,
  journal: null,
  shuttingDown: false,
  hostStopped: false,
  bootIdChanged: false,
};
const exited: UnitDeath = {
  unit: 'tmux-server.service',
  mainPid: 42,
  planned: false,
  result: 'success',
  execMainCode: 1,
  execMainStatus: 0,
};
const killed: UnitDeath = { ...exited, result: 'signal', execMainCode: 2, execMainStatus: 9 };

const cases: readonly [name: string, evidence: Partial<DeathEvidence>, cause: Death['cause'], detail: RegExp][] = [
  ['another boot', { bootIdChanged: true, unit: killed, oomKills: 1 }, 'reboot', /started anew/],
  ['a shutdown', { shuttingDown: true, unit: killed, oomKills: 1 }, 'stopped', /was ending/],
  ['a shutdown without a unit', { shuttingDown: true, waiter: 'orderly' }, 'stopped', /was ending/],
  ['a stop job', { unit: { ...killed, planned: true }, oomKills: 1 }, 'stopped', /tmux-server\.service .*on request/],
  ['SIGKILL', { unit: killed }, 'signal', /^SIGKILL$/],
  ['SIGKILL and an OOM kill', { unit: killed, oomKills: 1 }, 'oom-kill', /^SIGKILL; 1 OOM kill at the same time$/],
  ['SIGKILL and two OOM kills', { unit: killed, oomKills: 2 }, 'oom-kill', /2 OOM kills/],
  ['SIGKILL under memory pressure alone', { unit: killed, memoryPressure: true }, 'signal', /^SIGKILL$/],
  ['an OOM kill that systemd reports', { unit: { ...killed, result: 'oom-kill' } }, 'oom-kill', /systemd reports/],
  ['an OOM stop with a clean exit', { unit: { ...exited, result: 'oom-kill' } }, 'oom-kill', /exit code 0/],
  ['SIGSEGV beside an OOM kill', { unit: { ...killed, execMainStatus: 11 }, oomKills: 1 }, 'signal', /^SIGSEGV$/],
  ['a core dump', { unit: { ...killed, execMainCode: 3, execMainStatus: 11 } }, 'core-dump', /^SIGSEGV, core dumped$/],
  ['a signal without a name', { unit: { ...killed, execMainStatus: 35 } }, 'signal', /^signal 35$/],
  ['an exit code', { unit: { ...exited, result: 'exit-code', execMainStatus: 3 } }, 'exit-code', /^exit code 3$/],
  ['a clean exit near an OOM kill', { unit: exited, oomKills: 1 }, 'unknown', /1 OOM kill at the same time/],
  ['a clean exit under memory pressure', { unit: exited, memoryPressure: true }, 'unknown', /memory pressure was high/],
  ['an orderly end near an OOM kill', { waiter: 'orderly', oomKills: 3 }, 'unknown', /3 OOM kills/],
  ['an orderly end under pressure', { waiter: 'orderly', memoryPressure: true }, 'unknown', /memory pressure was high/],
  ['an orderly end with its host', { waiter: 'orderly', hostStopped: true }, 'stopped', /service that it lived in/],
  ['a crash beside a restart of its host', { waiter: 'crashed', hostStopped: true }, 'signal', /probably SIGKILL/],
  ['a crash seen by the waiter alone', { waiter: 'crashed' }, 'signal', /without warning; probably SIGKILL/],
  ['a crash near an OOM kill', { waiter: 'crashed', oomKills: 1 }, 'oom-kill', /1 OOM kill/],
  [
    'a unit that knows nothing, with a waiter',
    { unit: { ...exited, execMainCode: 0 }, waiter: 'crashed' },
    'signal',
    /./,
  ],
  ['nothing known', {}, 'unknown', /no agent was watching/],
];

for (const [name, evidence, cause, detail] of cases) {
  test(`${name} is ${cause}, and a loss`, () => {
    const death = causeOfDeath({ ...nothing, ...evidence });
    assert.equal(death.cause, cause);
    assert.match(death.detail, detail);
    assert.equal(death.clean, false);
  });
}

test('an orderly end with nothing near is kill-server, and clean', () => {
  for (const evidence of [{ unit: exited }, { waiter: 'orderly' }, { unit: exited, waiter: 'crashed' }] as const) {
    const death = causeOfDeath({ ...nothing, ...evidence });
    assert.equal(death.cause, 'kill-server');
    assert.equal(death.clean, true);
  }
});

test('signals have the names of Linux', () => {
  assert.deepEqual([1, 6, 9, 11, 15, 31].map(signalName), [
    'SIGHUP',
    'SIGABRT',
    'SIGKILL',
    'SIGSEGV',
    'SIGTERM',
    'SIGSYS',
  ]);
  assert.equal(signalName(0), 'signal 0');
});
