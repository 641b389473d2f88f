/** Which paste buffers are kept, and that their bytes are theirs. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { textFromBytes, type Text } from '../../src/model/text.js';
import {
  BUFFER_BYTES_LIMIT,
  BUFFERS_BYTES_LIMIT,
  BUFFERS_LIMIT,
  chooseBuffers,
  isAutomatic,
  parseBufferRow,
  readBuffer,
} from '../../src/tmux/buffers.js';
import { quote } from '../../src/tmux/codec.js';
import { TmuxRig, valueOf } from '../support/tmux-rig.js';

const row = (name: Text, bytes: number) => ({ name, bytes, created: 1 });

test('the newest twenty are kept, without those that are too big or would be too much', () => {
  const many = Array.from({ length: BUFFERS_LIMIT + 5 }, (_, at) => row(`buffer${String(at)}`, 1));
  assert.deepEqual(chooseBuffers(many), many.slice(0, BUFFERS_LIMIT));
  const sizes = [BUFFER_BYTES_LIMIT + 1, ...Array.from({ length: 5 }, () => BUFFER_BYTES_LIMIT - 1), 4, 1];
  const chosen = chooseBuffers(sizes.map((bytes, at) => row(`b${String(at)}`, bytes)));
  assert.deepEqual(
    chosen.map(({ name }) => name),
    ['b1', 'b2', 'b3', 'b4', 'b6'],
  );
  assert.equal(
    chosen.reduce((sum, { bytes }) => sum + bytes, 0),
    BUFFERS_BYTES_LIMIT,
  );
});

test('only names that tmux makes itself are automatic', () => {
  const names: readonly [Text, boolean][] = [
    ['buffer0', true],
    ['buffer123', true],
    ['buffer', false],
    ['buffer0x', false],
    ['mybuffer0', false],
    ['buffer0\n', false],
    [{ base64: '/w==' }, false],
  ];
  for (const [name, automatic] of names) assert.equal(isAutomatic(name), automatic, JSON.stringify(name));
});

test('a row that is no buffer is none', () => {
  assert.deepEqual(parseBufferRow(''), []);
  assert.deepEqual(parseBufferRow('x\t1\tname'), []);
  assert.deepEqual(parseBufferRow('1\t2\tna\\nme'), [{ name: 'na\nme', bytes: 1, created: 2 }]);
});

test('the bytes of a buffer are exact, whatever its name and however many they are', async (t) => {
  const rig = await TmuxRig.start(t);
  const isStrict = (await rig.version()) >= 3.7;
  const contents = [
    randomBytes(BUFFER_BYTES_LIMIT),
    Buffer.from('x\0y\n'),
    Buffer.from('\n'),
    Buffer.from(Array.from({ length: 256 }, (_, at) => at)),
  ];
  const names: Text[] = ['-', 'buffer7', '#{pid}', 'a;b', 'é', ' blank ', '$HOME', '-x', '%1'];
  if (!isStrict) names.push('two\nlines', textFromBytes(Buffer.from([0xff, 0x61])));
  for (const [at, name] of names.entries()) {
    const bytes = contents[at % contents.length] ?? Buffer.alloc(0);
    const file = join(rig.folder, 'buffer');
    await writeFile(file, bytes);
    await rig.source(`load-buffer -b ${quote(name)} ${quote(file)}`);
    const read = valueOf(await readBuffer(rig.target, row(name, bytes.length)));
    assert.ok(read.equals(bytes), `${JSON.stringify(name)}: ${String(read.length)} of ${String(bytes.length)}`);
  }
});

test('a buffer that is gone, or of another size by now, is incomplete', async (t) => {
  const rig = await TmuxRig.start(t);
  await rig.tmux('set-buffer', '-b', 'one', 'hello');
  for (const wanted of [row('two', 5), row('one', 4)]) {
    const read = await readBuffer(rig.target, wanted);
    assert.equal(read.ok ? 'read' : read.error.reason, 'snapshot-incomplete');
  }
  await rig.kill();
  const read = await readBuffer(rig.target, row('one', 5));
  assert.equal(read.ok ? 'read' : read.error.reason, 'no-server');
});
