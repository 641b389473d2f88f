/** Other people's JSON files: what can be written again as it was, and what is refused. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readJsonText, writeJsonText } from '../../../src/programs/hooks/json-text.js';

describe('JSON text', () => {
  test('a text comes back byte for byte in its own style: indentation, line ends, a byte order mark, the order of names', () => {
    const value = { z: 1, a: [{ b: 'ü\u2028', c: null }, []], '': {}, nested: { deep: { er: -1.5e-7, t: true } } };
    const texts = ['', '  ', '   ', '    ', '\t'].flatMap((indent) => {
      const text = JSON.stringify(value, null, indent);
      return [text, `${text}\n`, `\ufeff${text}`, `${text.replaceAll('\n', '\r\n')}\r\n`, `\n ${text}\n\n`];
    });
    for (const text of texts) {
      const read = readJsonText(text);
      assert.ok(read.ok, text);
      assert.equal(writeJsonText(read.value.value, read.value.style), text);
    }
  });

  test('an empty file is an empty object, and {} is written on lines of its own once it holds something', () => {
    for (const text of ['', ' \n', '{}', '\ufeff']) {
      const read = readJsonText(text);
      assert.ok(read.ok);
      assert.deepEqual(read.value.value, {});
      assert.match(writeJsonText({ a: 1 }, read.value.style), /^\ufeff?\{\n {2}"a": 1\n\}\n?$/);
    }
  });

  test('a text that would lose something is refused: comments, names that stand twice, long numbers, no object', () => {
    const lossy = [
      '{"a":1,"a":1}',
      '{"a":1,"a":2}',
      '{"n":12345678901234567890}',
      '{"n":0.12345678901234567891}',
      '{"n":1e999}',
    ];
    for (const text of ['{', '// hm\n{}', '{"a":1,}', 'null', '[]', '"x"', '1', '{} {}', '{"2":0,"1":1}', ...lossy]) {
      assert.equal(readJsonText(text).ok, false, text);
    }
    for (const text of ['{"n":1.0,"m":1e3,"k":-0.5}', '{"s":"\\u00fc\\/","t":"a, \\"b\\": 1"}']) {
      assert.ok(readJsonText(text).ok, text);
    }
  });
});
