/**
 * Text of any bytes: nothing is lost on the way through JSON, and nothing reaches a reader's terminal as a command.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { bytesFromText, displayText, sameText, textFromBytes, textSchema } from '../../src/model/text.js';
import { seededRandom } from '../support/nasty-text.js';

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

test('any bytes come back from JSON as they were', () => {
  const random = seededRandom(1);
  for (let round = 0; round < 500; round++) {
    const original = Uint8Array.from({ length: Math.floor(random() * 20) }, () => Math.floor(random() * 256));
    const parsed = v.parse(textSchema, JSON.parse(JSON.stringify(textFromBytes(original))));
    assert.deepEqual(bytesFromText(parsed), original);
  }
});

test('every single byte comes back as it was', () => {
  for (let value = 0; value < 256; value++) assert.deepEqual(bytesFromText(textFromBytes(bytes(value))), bytes(value));
});

test('UTF-8 is kept as a string, a byte order mark included, and everything else as base64', () => {
  assert.equal(textFromBytes(new TextEncoder().encode('\ufeffé 日本 😀')), '\ufeffé 日本 😀');
  assert.equal(textFromBytes(bytes()), '');
  assert.deepEqual(textFromBytes(bytes(0xff)), { base64: '/w==' });
  assert.deepEqual(textFromBytes(bytes(0x63, 0xe9)), { base64: 'Y+k=' });
  // The three bytes of a lone surrogate are no UTF-8.
  assert.deepEqual(textFromBytes(bytes(0xed, 0xa0, 0x80)), { base64: '7aCA' });
});

test('text that is no base64 where it must be is refused', () => {
  for (const base64 of ['%', 'abc', '/w=', 7]) assert.equal(v.is(textSchema, { base64 }), false);
  assert.equal(v.is(textSchema, { base64: '' }), true);
});

test('text is shown without control characters, and what is not UTF-8 as U+FFFD', () => {
  assert.equal(displayText('a\u001b[31mb\nc\u007fd\u009be'), 'a\\u001b[31mb\\nc\\u007fd\\u009be');
  assert.equal(displayText({ base64: 'Y+k=' }), 'c\ufffd');
  assert.equal(displayText({ base64: '/xs=' }), '\ufffd\\u001b');
});

test('texts are the same when their bytes are', () => {
  assert.equal(sameText('a', 'a'), true);
  assert.equal(sameText('a', 'b'), false);
  assert.equal(sameText({ base64: '/w==' }, { base64: '/w==' }), true);
  assert.equal(sameText({ base64: '/w==' }, { base64: '/g==' }), false);
  assert.equal(sameText('/w==', { base64: '/w==' }), false);
});
