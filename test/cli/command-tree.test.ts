/**
 * The command line as it is declared: every command does something, and says enough of itself.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACTIONS } from '../../src/actions.js';
import { commandTree } from '../../src/cli/command-tree.js';
import { leafCommands } from '../../src/cli/described-command.js';

const leaves = leafCommands(commandTree());

test('every command has an action, and every action a command', () => {
  const declared = leaves.map(([words]) => words);
  assert.deepEqual(Object.keys(ACTIONS).sort(), declared.sort());
});
