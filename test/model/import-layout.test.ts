/** Layouts that are passed on to tmux, and those that never are. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { usableLayout } from '../../src/model/import-layout.js';
import { layoutChecksum } from '../../src/model/layout.js';
import { namedLayout } from '../../src/model/named-layout.js';

const withSum = (cells: string): string => `${layoutChecksum(cells)},${cells}`;

test('a layout of tmux is passed on as it is, with the sizes in it', () => {
  const layout = '135b,200x49,0,0[200x24,0,0,7,200x24,0,25{100x24,0,25,8,99x24,101,25,9}]';
  assert.deepEqual(usableLayout(layout, 3), {
    layout,
    width: 200,
    height: 49,
    panes: [
      { width: 200, height: 24 },
      { width: 100, height: 24 },
      { width: 99, height: 24 },
    ],
  });
});

test('the layouts of tmux 3.8 are passed on as cells', () => {
  const json =
    '{"V":1,"L":{"t":"h","w":80,"h":24,"x":0,"y":0,"c":[{"t":"p","w":40,"h":24,"x":0,"y":0},{"t":"p","w":39,"h":24,"x":41,"y":0}]}}';
  assert.equal(usableLayout(json, 2)?.layout, withSum('80x24,0,0{40x24,0,0,39x24,41,0}'));
});

const BAD: readonly (readonly [string, string, number])[] = [
  ['nothing', '', 1],
  ['no layout', 'tiled', 1],
  ['another checksum', 'b25e,80x24,0,0,0', 1],
  ['another number of panes', 'b25d,80x24,0,0,0', 2],
  ['cells that do not fill their own', withSum('80x24,0,0{40x24,0,0,0,40x24,41,0,1}'), 2],
  ['cells of another height', withSum('80x24,0,0{40x24,0,0,0,39x23,41,0,1}'), 2],
  ['no size', withSum('0x24,0,0,0'), 1],
  ['a size that no window has', withSum('80000x24,0,0,0'), 1],
  ['an open bracket', withSum('80x24,0,0{40x24,0,0,0,39x24,41,0,1'), 2],
  ['the wrong bracket', withSum('80x24,0,0{40x24,0,0,0,39x24,41,0,1]'), 2],
  ['something behind it', withSum('80x24,0,0,0;kill-server'), 1],
  ['a floating pane', withSum('80x24,0,0<40x24,0,0,0>'), 1],
  ['no end', withSum(`80x24,0,0${'{80x24,0,0'.repeat(2000)}`), 1],
  ['JSON that is no layout', '{"V":1,"L":{}}', 1],
];

for (const [what, layout, panes] of BAD)
  test(`${what} is no layout to give to tmux`, () => {
    assert.equal(usableLayout(layout, panes), null);
  });

test('every layout with a name is one that can be used, for any number of panes', () => {
  for (const name of ['even-horizontal', 'even-vertical', 'main-horizontal', 'main-vertical'])
    for (let panes = 1; panes <= 60; panes++)
      assert.notEqual(usableLayout(namedLayout(name, panes) ?? '', panes), null, name);
  assert.deepEqual([namedLayout('tiled', 2), namedLayout('toString', 2)], [null, null]);
  assert.equal(namedLayout('main-vertical', 3), withSum('80x24,0,0{40x24,0,0,39x24,41,0[39x12,41,0,39x11,41,13]}'));
});
