/** What the agent tells `status` of, and for how long. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Problems } from '../../src/agent/problems.js';

test('what memory trouble took and could not be brought back is a problem until a restore, whatever is saved meanwhile', () => {
  const problems = new Problems(
    () => undefined,
    () => undefined,
    ({ reason }) => reason,
  );
  problems.report({ code: 'restore-failed', message: 'api', hint: 'tmux-persist restore' });
  problems.fail({ reason: 'no-server', socketPath: '/s' }, 'saving');
  problems.saved();
  assert.deepEqual(
    problems.all().map(({ code }) => code),
    ['restore-failed'],
  );
  problems.solve('restore-failed');
  assert.deepEqual(problems.all(), []);
});

test('what a look met at a server that was dying is no problem once it is gone; a full disk still is', () => {
  const problems = new Problems(
    () => undefined,
    () => undefined,
    ({ reason }) => reason,
  );
  problems.fail({ reason: 'no-server', socketPath: '/s' }, 'saving');
  problems.fail({ reason: 'state-unwritable', path: '/s', detail: 'ENOSPC' }, 'saving');
  problems.serverGone();
  assert.deepEqual(
    problems.all().map(({ code }) => code),
    ['state-unwritable'],
  );
});
