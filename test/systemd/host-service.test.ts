/** What systemd's word on a service means for a server that lives in it as a guest. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasJustChanged } from '../../src/systemd/host-service.js';

const NOW_NS = 5_000_000_000_000n;
const ago = (seconds: number): bigint => NOW_NS / 1000n - BigInt(seconds) * 1_000_000n;

const CASES = [
  ['runs since long ago', 'active', ago(3600), false],
  ['was restarted a moment ago', 'active', ago(1), true],
  ['is being stopped', 'deactivating', ago(1), true],
  ['is being stopped, and takes long', 'deactivating', ago(80), true],
  ['was stopped a moment ago', 'inactive', ago(1), true],
  ['was stopped long ago, and left the server alone', 'inactive', ago(3600), false],
  ['failed a moment ago, with the server in its cgroup', 'failed', ago(2), true],
  ['is not known any more', 'inactive', 0n, false],
] as const;

for (const [what, ActiveState, StateChangeTimestampMonotonic, expected] of CASES) {
  test(`a service that ${what} ${expected ? 'has' : 'has not'} ended the server in it`, () => {
    assert.equal(hasJustChanged({ ActiveState, StateChangeTimestampMonotonic }, NOW_NS), expected);
  });
}
