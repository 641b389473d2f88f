/** The most careful mode holds. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lowestMode } from '../../src/model/resume-mode.js';

test('whoever has a say can only make a program start later', () => {
  assert.equal(lowestMode('auto'), 'auto');
  assert.equal(lowestMode('auto', 'view'), 'view');
  assert.equal(lowestMode('offer', 'view', 'auto'), 'offer');
  assert.equal(lowestMode('auto', 'never', 'offer'), 'never');
  assert.equal(lowestMode(), 'never');
});
