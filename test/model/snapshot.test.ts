import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sameServer, type ServerIdentity } from '../../src/model/snapshot.js';

test('a server is the same only in the same boot, with the same pid and the same start time', () => {
  const server: ServerIdentity = { bootId: 'boot', pid: 1, startTime: 2 };
  assert.equal(sameServer(server, { ...server }), true);
  for (const other of [{ bootId: 'other' }, { pid: 2 }, { startTime: 3 }])
    assert.equal(sameServer(server, { ...server, ...other }), false);
});
