/** What a server held, brought back into a fresh one, is what it held. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { compareSession } from '../../src/model/compare.js';
import type { Snapshot } from '../../src/model/snapshot.js';
import { literalFormat, quote } from '../../src/tmux/codec.js';
import { TmuxRig } from '../support/tmux-rig.js';
import {
  candidatesOf,
  carryOut,
  lastPanesOf,
  lastWindowsOf,
  launchesOf,
  look,
  planFrom,
  shapeOf,
} from './restore-rig.js';

const CONFIGS: Readonly<Record<string, string>> = {
  'the defaults': '',
  'base-index 1 and renumber-windows': 'set -g base-index 1\nsetw -g pane-base-index 1\nset -g renumber-windows on',
  'a default-command and a default-size': "set -g default-command 'exec sleep 1000'\nset -g default-size 132x43",
  'automatic-rename off and status at the top':
    'setw -g automatic-rename off\nset -g status 2\nset -g status-position top\nsetw -g pane-border-status top',
  'window-size smallest, aggressive-resize and a high base-index':
    'setw -g window-size smallest\nsetw -g aggressive-resize on\nset -g base-index 5\nset -g renumber-windows on',
};

/** Builds sessions with gaps, a group, windows that are linked, many panes, zoom, and names of any kind. */
async function build(rig: TmuxRig): Promise<void> {
  const odd = [
    join(rig.folder, 'a #{pane_id} b'),
    join(rig.folder, 'tab\tnl\n\'"$HOME'),
    join(rig.folder, '日本 #(x)'),
  ];
  for (const path of odd) mkdirSync(path);
  const sleep = 'sleep 1000';
  const [first, second, third] = odd.map((path) => `-c ${quote(literalFormat(path))}`) as [string, string, string];
  const to = (target: string): string => `-t ${quote(`=${target}`)}`;
  const from = (target: string): string => `-s ${quote(`=${target}`)}`;
  const hostile = 'x $(touch X) #(touch X) {';
  await rig.source(
    // 8 panes in 80x24
    `new-session -d -s work -x 80 -y 24 ${first} ${sleep}`,
    ...[second, third, first, second, third, first, second].flatMap((directory) => [
      `split-window -d ${to('work:')} ${directory} ${sleep}`,
      `select-layout ${to('work:')} tiled`,
    ]),
    `select-pane ${to('work:.{top-left}')}`,
    `select-pane ${to('work:.{bottom-right}')}`,
    `resize-pane ${to('work:.{top-left}')} -x 11 -y 3`,
    `new-window -d ${to('work:13')} -n ${quote(literalFormat('odd #{window_id} #S'))} ${second} ${sleep}`,
    `split-window -h ${to('work:13')} ${third} ${sleep}`,
    `split-window -v ${to('work:13')} ${sleep}`,
    `select-pane ${to('work:13.{top-left}')} -T ${quote(literalFormat('#{pane_id} `x` 😀 \\n'))}`,
    `resize-pane -Z ${to('work:13.{top-left}')}`,
    `new-window -d ${to('work:19')} ${sleep}`,
    `rename-window ${to('work:19')} ${quote('日本 😀 \\ $x')}`,
    `resize-window ${to('work:19')} -x 100 -y 50`,
    `select-window ${to('work:19')}`,
    `select-window ${to('work:13')}`,
    // A session whose own name is a format and a command, and that links a window of the first.
    `new-session -d -s ${quote(literalFormat(hostile))} -x 120 -y 40 ${sleep}`,
    `link-window -d ${from('work:13')} ${to(`${hostile}:17`)}`,
    `select-window ${to(`${hostile}:17`)}`,
    // One that has nothing of its own.
    `new-session -d -s mirror -x 90 -y 20 ${sleep}`,
    `link-window -d ${from('work:19')} ${to('mirror:42')}`,
    `link-window -d ${from('work:13')} ${to('mirror:43')}`,
    `set-option ${to('mirror:')} renumber-windows off`,
    `kill-window ${to('mirror:{start}')}`,
    `select-window ${to('mirror:42')}`,
    `select-window ${to('mirror:43')}`,
    // A group of three, each with a current window of its own.
    `new-session -d -s group -x 100 -y 30 ${third} ${sleep}`,
    `new-window -d ${to('group:8')} ${third} ${sleep}`,
    `new-window -d ${to('group:10')} -n ten ${sleep}`,
    `new-session -d -t "=group" -s "member -x" ${second}`,
    'new-session -d -t "=group" -s 1',
    `select-window ${to('1:8')}`,
    `select-window ${to('member -x:10')}`,
  );
}

async function restored(rig: TmuxRig, saved: Snapshot): Promise<Snapshot> {
  const plan = await planFrom(rig, saved);
  const applied = await carryOut(rig, plan);
  assert.deepEqual(applied.complaints, []);
  assert.deepEqual([...applied.refused], []);
  return look(rig);
}

for (const [name, config] of Object.entries(CONFIGS)) {
  test(`a server comes back as it was under ${name}`, async (t) => {
    const rig = await TmuxRig.make(t, { config });
    await rig.startEmpty();
    await build(rig);
    const saved = await look(rig);
    await rig.kill();
    await rig.startEmpty();
    const live = await restored(rig, saved);
    assert.deepEqual(
      candidatesOf(saved).flatMap((candidate) => compareSession({ candidate, host: null }, live, launchesOf(saved))),
      [],
    );
    assert.deepEqual(shapeOf(live), shapeOf(saved));
    assert.deepEqual(lastWindowsOf(live), lastWindowsOf(saved));
    assert.deepEqual(lastPanesOf(live), lastPanesOf(saved));
    const again = await planFrom(rig, saved);
    assert.deepEqual([again.sessions, again.create, again.settle], [[], [], []]);
    assert.equal(again.skips.length, saved.sessions.length);
  });
}
