import assert from 'node:assert/strict';
import { test } from 'node:test';
import { layoutCells, layoutFor } from '../../src/model/layout.js';

const cells = '8205,80x24,0,0{40x24,0,0,0,39x24,41,0,1}';
const json =
  '{"V":2,"L":{"t":"h","w":80,"h":24,"x":0,"y":0,"c":[{"t":"p","w":40,"h":24,"x":0,"y":0,"l":0,"i":0,"I":"%0"},{"t":"p","w":39,"h":24,"x":41,"y":0,"a":true,"i":1,"I":"%1"}]}}';

test('a layout of cells is given to every tmux, one of JSON to those that read it, and to the others as cells', () => {
  for (const version of ['3.2', '3.3a', '3.5a', '3.7c', '3.8', 'next-3.9', '4.0'])
    assert.equal(layoutFor(cells, version), cells);
  for (const version of ['3.8', '3.8a', 'next-3.9', '4.0']) assert.equal(layoutFor(json, version), json);
  for (const version of ['3.2', '3.3a', '3.7c', 'openbsd-7.8', ''])
    assert.equal(layoutFor(json, version), '347e,80x24,0,0{40x24,0,0,39x24,41,0}');
  const nested = json.replace(/\{"t":"p","w":40,[^}]*\}/, '{"t":"v","w":40,"h":24,"x":0,"y":0,"c":[$&,$&]}');
  assert.match(layoutFor(nested, '3.5a'), /^[0-9a-f]{4},80x24,0,0\{40x24,0,0\[40x24,0,0,40x24,0,0\],39x24,41,0\}$/);
});

test('what is no layout is never given to tmux, which may crash on it', () => {
  for (const layout of ['', 'tiled;kill-server', '{"V":', 'zzzz,1', '%1'])
    assert.equal(layoutFor(layout, '3.8'), 'tiled');
  const floating = json.replace('"a":true', '"a":true,"z":0');
  const broken = [
    json.slice(0, -1),
    json.replace('40', '-1'),
    json.replace('"p"', '"q"'),
    '{"V":2,"L":{"t":"h","c":[]}}',
  ];
  for (const layout of [floating, ...broken, '{"V":2}']) assert.equal(layoutFor(layout, '3.7c'), 'tiled');
});

test('layouts are the same when their cells are, whatever the panes are called', () => {
  assert.equal(layoutCells(cells), layoutCells('bb62,80x24,0,0{40x24,0,0,7,39x24,41,0,9}'));
  const moved = json.replace('"%0"', '"%7"').replace('"a":true', '"l":1').replace('"l":0', '"a":true');
  assert.equal(layoutCells(json), layoutCells(moved));
  assert.notEqual(layoutCells(json), layoutCells(json.replace('"w":40', '"w":41')));
  assert.equal(layoutCells(json), layoutCells(cells), 'also in the words of two versions');
  assert.equal(
    layoutCells('347e,80x24,0,0{40x24,0,0,39x24,41,0}'),
    layoutCells(cells),
    'and where panes have no number',
  );
});
