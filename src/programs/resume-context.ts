/**
 * What the programs of one restore are decided by: the real files, and who holds which conversation now.
 * One context serves one restore, and remembers what it has started itself.
 */
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import type { Program } from '../model/manifest.js';
import type { Policy } from '../model/policy.js';
import { bytesFromText, type Text } from '../model/text.js';
import { AGENTS } from './families.js';
import { fileView } from './file-view.js';
import { heldAnywhere } from './find-program.js';
import { aroundOf, identitiesOf } from './identify.js';
import type { ProcessInfo, ProcessView } from './process-view.js';
import { conversationKey, resumeProgram } from './resume.js';
import type { Resumption } from './resumption.js';

/** What a restore says of itself. */
export interface Restoring {
  readonly home: string;
  readonly policy: Policy;
  /** Whether programs are only offered. */
  readonly noPrograms: boolean;
}

/** Returns what decides about one program after the other; a conversation is started for the first that asks. */
export function resumptions(
  { home, policy, noPrograms }: Restoring,
  view: ProcessView,
): (program: Program) => Resumption {
  // Who lost its terminal is about to end, as after the death of a server: its conversation is free by the time its turn comes.
  const living = [...heldConversations(view, home, { waiting: true })].filter(([, holders]) =>
    holders.some(({ ttyNr }) => ttyNr !== 0),
  );
  const held = new Set(living.map(([key]) => key));
  const files = fileView();
  return (program) => {
    const resumption = resumeProgram(program, {
      policy: noPrograms ? 'offer' : policy.resume,
      choices: policy.programs,
      ...{ home, files, held, isExecutable },
      exists: (path) => existsSync(bytesOf(path)),
    });
    const isStarted = resumption.action === 'auto' || resumption.action === 'view';
    if (isStarted && program.conversation !== null) held.add(conversationKey(program.kind, program.conversation.id));
    return resumption;
  };
}

/** Returns the conversations that living processes of this machine may hold, whichever server they belong to, and those processes; with `waiting` also what is about to be started. */
export function heldConversations(
  view: ProcessView,
  home: string,
  { waiting }: { readonly waiting: boolean },
): Map<string, readonly ProcessInfo[]> {
  const found = heldAnywhere(view, AGENTS).filter((one) => waiting || !one.waits);
  const identities = identitiesOf(found, aroundOf(view, home));
  const held = new Map<string, readonly ProcessInfo[]>();
  for (const [{ family, held: process }, { conversation }] of identities) {
    if (conversation === null) continue;
    // What is in doubt may be any of them.
    const ids = new Set([conversation.id, ...(conversation.confidence === 'exact' ? [] : conversation.candidates)]);
    for (const key of [...ids].map((id) => conversationKey(family.kind, id)))
      held.set(key, [...(held.get(key) ?? []), process.info]);
  }
  return held;
}

const bytesOf = (path: Text): Buffer => Buffer.from(bytesFromText(path));

/** Returns whether there is a program at a path that we may run. */
export function isExecutable(path: Text): boolean {
  try {
    accessSync(bytesOf(path), constants.X_OK);
    return statSync(bytesOf(path)).isFile();
  } catch {
    return false;
  }
}
