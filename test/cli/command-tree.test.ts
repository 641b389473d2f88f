/**
 * The command line as it is declared: every command does something, and says enough of itself.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACTIONS } from '../../src/actions.js';
import { commandTree } from '../../src/cli/command-tree.js';
import { leafCommands } from '../../src/cli/described-command.js';

/** Declared, and waiting for their action; whoever writes it takes the command out of here. */
const COMING = [
  ...['install', 'uninstall', 'adopt', 'completion'],
  ...['roster enroll', 'roster status', 'roster remove', 'roster metrics'],
];

const leaves = leafCommands(commandTree());

test('every command has an action, and every action a command', () => {
  const declared = leaves.map(([words]) => words).filter((words) => !COMING.includes(words));
  assert.deepEqual(Object.keys(ACTIONS).sort(), declared.sort());
});
