/**
 * Who comes first when memory runs out: a pane before its server, and nobody safer than he was.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { paneOomScore } from '../../src/model/oom-score.js';

const table: readonly [server: number, process: number, wanted: number | null, why: string][] = [
  [100, 100, 200, 'a pane of the server unit inherited the value of its server'],
  [0, 0, 100, 'so did a pane of a server that was started from a login'],
  [200, 200, 300, 'and one of a service of the user manager'],
  [100, 150, 200, 'a pane that stands a little above its server'],
  [100, 200, null, 'it is where it should be'],
  [100, 201, null, 'a higher value is its own choice'],
  [100, 1000, null, 'so is the highest'],
  [950, 950, 1000, 'there is no more than 1000'],
  [1000, 1000, null, 'and nothing above it'],
  [-1000, -1000, 0, 'a server that is never killed must not have panes that are never killed'],
  [-300, -300, 0, 'nor panes that everybody else is killed for'],
  [-50, -50, 50, 'above its server, as everywhere'],
];

for (const [server, process, wanted, why] of table) {
  test(`a process at ${String(process)} under a server at ${String(server)} goes to ${String(wanted)}: ${why}`, () => {
    assert.equal(paneOomScore(server, process), wanted);
  });
}

test('no value of any server makes a pane safer than it was, or leaves it below its server', () => {
  for (let server = -1000; server <= 1000; server += 50) {
    for (let process = -1000; process <= 1000; process += 50) {
      const score = paneOomScore(server, process) ?? process;
      assert.ok(score >= process && score >= server && score <= 1000, `${String(server)} ${String(process)}`);
    }
  }
});
