/**
 * Which process of a pane is the program that could come back: the outermost one that a family recognises, one in the foreground before
 * others. What an agent runs is the agent's, so nothing below a recognised process is looked at.
 */
import { recogniseProcess } from './families.js';
import type { Command, Family, Held } from './family.js';
import { isLauncher, waitingProgram } from './launcher.js';
import { isGone, type ProcessInfo, type ProcessView } from './process-view.js';

/** A process of a family, and its family. */
export interface Found {
  readonly family: Family;
  readonly held: Held;
  /** Whether it is not started yet: a launcher of ours holds it. */
  readonly waits: boolean;
}

/** More descendants than this are a build, not a shell with a program. */
const PROCESS_LIMIT = 512;

/** Returns the program of a pane, or the one that our launcher there is about to start; null where there is none. */
export function findProgram(
  paneId: string,
  panePid: number,
  view: ProcessView,
  families: readonly Family[],
): Found | null {
  const pane = view.read(panePid);
  if (pane === null) return null;
  const waiting = waitingIn(paneId, pane, view, families);
  // While it waits nothing runs it; once it runs it is found below, perhaps behind a script that starts it.
  if (waiting !== null && view.children(panePid).every((child) => !isBegun(child, pane, waiting, view))) return waiting;
  const all = programsBelow(paneId, pane, view, families);
  return (
    all.find(({ held }) => held.info.pgrp === pane.tpgid) ??
    all.find(({ family, held }) => family.conversations !== null && held.info.state !== 'T') ??
    all[0] ??
    null
  );
}

/** Returns the programs of these processes that may hold a conversation, wherever they run; no pane is named. */
export function heldAnywhere(view: ProcessView, families: readonly Family[]): Found[] {
  return view.pids().flatMap((pid): Found[] => {
    const info = view.read(pid);
    if (info === null || isGone(info)) return [];
    const found = waitingIn('', info, view, families) ?? heldBy('', info, families, view);
    return found === null ? [] : [found];
  });
}

/** Returns the program that a launcher is going to start, or null. What its user is only offered may never be, and is as doubtful as it was. */
function waitingIn(paneId: string, info: ProcessInfo, view: ProcessView, families: readonly Family[]): Found | null {
  const waiting = waitingProgram(info.argv);
  if (waiting === null || waiting.wait === 'enter') return null;
  const program = { ...info, argv: waiting.argv, exe: waiting.argv[0] ?? null, cwd: waiting.cwd };
  const found = heldBy(paneId, program, families, view);
  if (found === null) return null;
  const environment = new Map([...(found.held.environment ?? []), ...waiting.env]);
  return { ...found, held: { ...found.held, environment }, waits: true };
}

function programsBelow(paneId: string, pane: ProcessInfo, view: ProcessView, families: readonly Family[]): Found[] {
  const found: Found[] = [];
  const seen = new Set<number>();
  let level = [pane];
  while (level.length > 0 && seen.size < PROCESS_LIMIT) {
    const next: ProcessInfo[] = [];
    for (const info of level) {
      if (seen.has(info.pid) || info.ttyNr !== pane.ttyNr || isGone(info)) continue;
      seen.add(info.pid);
      const known = recogniseProcess(info, families);
      if (known === null) {
        next.push(...view.children(info.pid).flatMap((child) => view.read(child) ?? []));
        continue;
      }
      const inner = innermost(info, known, view);
      const held = heldBy(paneId, inner, [known.family], view);
      if (held !== null && (known.family.conversations !== null || isAtWork(inner, view))) found.push(held);
    }
    level = next;
  }
  return found;
}

/** Returns the process behind one that only starts it with its own arguments (a script, or a program that starts itself anew), else the process itself. */
function innermost(
  info: ProcessInfo,
  { family, command }: { readonly family: Family; readonly command: Command },
  view: ProcessView,
): ProcessInfo {
  if (command.interpreter === null) return info;
  const args = JSON.stringify(command.args);
  const children = view.children(info.pid).flatMap((child) => view.read(child) ?? []);
  const inner = children
    .filter((child) => child.ttyNr === info.ttyNr && !isGone(child))
    .find((child) => JSON.stringify(family.recognise(child.argv, child.exe)?.args) === args);
  return inner ?? info;
}

function heldBy(paneId: string, info: ProcessInfo, families: readonly Family[], view: ProcessView): Found | null {
  const known = recogniseProcess(info, families);
  if (known === null) return null;
  const { family, command } = known;
  const reading = family.read(command.args);
  if (reading === null) return null;
  return { family, held: { paneId, info, command, reading, environment: view.environ(info.pid) }, waits: false };
}

/** Returns whether a child of a launcher is what was started: until then it is a part or a copy of the launcher. */
function isBegun(pid: number, launcher: ProcessInfo, { family }: Found, view: ProcessView): boolean {
  const info = view.read(pid);
  if (info === null || isGone(info)) return false;
  const hasOwnGroup = info.pgrp !== launcher.pgrp && info.argv.length > 0 && !isLauncher(info.argv);
  return hasOwnGroup || family.recognise(info.argv, info.exe) !== null;
}

/** A program without conversations counts in the foreground or stopped, and on its own: a pipeline is the work of a shell. */
function isAtWork({ pid, pgrp, tpgid, state }: ProcessInfo, view: ProcessView): boolean {
  if (pgrp !== tpgid && state !== 'T') return false;
  const files = view.openFiles(pid);
  return [0, 1].every((fd) => /^\/dev\/(pts\/\d+|tty\w*|console)$/.test(files.get(fd) ?? ''));
}
