/**
 * The part of `doctor` about tmux: asks the program and the server, and changes neither. A server that hangs costs its deadline, once.
 */
import type { Check, Found } from '../model/doctor.js';
import {
  detachCheck,
  localeCheck,
  markersCheck,
  optionsCheck,
  otherSaversCheck,
  serverCheck,
  tmuxCheck,
  type TmuxContents,
  type TmuxProgram,
  type TmuxServer,
} from '../model/doctor-tmux.js';
import { fail, ok } from '../model/failure.js';
import type { Context } from '../model/ports.js';
import { INHERITED_MARKERS } from '../programs/inherited-markers.js';
import { shellQuote } from '../model/shell-words.js';
import { foreignSocket } from '../tmux/own-socket.js';
import { programVersion } from '../tmux/program-version.js';
import { readContents } from '../tmux/server-contents.js';
import { serverInfo } from '../tmux/server-info.js';
import { describeFailure, hintFor } from './failures.js';

/** What was found out about tmux. */
export interface ServerFacts {
  readonly program: TmuxProgram;
  readonly server: Found<TmuxServer>;
  /** Null without a server. */
  readonly contents: Found<TmuxContents | null>;
}

/** Returns what tmux says. */
export async function gatherServer(context: Context): Promise<ServerFacts> {
  const asked = await programVersion(context.tmux);
  const program = { path: context.tmux, version: asked.ok ? asked.value : null };
  const server = await findServer(context);
  if (!server.ok) return { program, server, contents: server };
  if (server.value.state !== 'answers')
    return { program, server, contents: server.value.state === 'none' ? ok(null) : fail('the server does not answer') };
  const contents = await readContents({ binary: context.tmux, socketPath: context.socketPath });
  return { program, server, contents: contents.ok ? contents : fail(describeFailure(contents.error)) };
}

async function findServer(context: Context): Promise<Found<TmuxServer>> {
  const foreign = foreignSocket(context.socketPath, process.getuid?.() ?? 0);
  if (foreign !== null) {
    const message = `refusing to use '${context.socketPath}': ${foreign}`;
    return ok({ state: 'broken', message, hint: `ls -ld ${shellQuote(context.socketPath)}` });
  }
  const answered = await serverInfo({ binary: context.tmux, socketPath: context.socketPath });
  if (answered.ok) return ok({ state: 'answers', ...answered.value });
  const { reason } = answered.error;
  if (reason === 'no-server') return ok({ state: 'none' });
  if (reason === 'tmux-missing' || reason === 'tmux-too-old') return fail('the tmux program can not be used');
  return ok({ state: 'broken', message: describeFailure(answered.error), hint: hintFor(reason) ?? '' });
}

/** Returns the checks about tmux; `manager` is the environment of the user manager, from which our unit starts the server. */
export function serverChecks(
  context: Context,
  { program, server, contents }: ServerFacts,
  manager: readonly string[],
): readonly Check[] {
  const tmux = context.isDefaultSocket ? 'tmux' : `tmux -S ${shellQuote(context.socketPath)}`;
  const environment = contents.ok ? (contents.value?.environment ?? null) : null;
  const isMarker = (name: string): boolean => INHERITED_MARKERS.includes(name);
  const markers = {
    tmux: Object.keys(environment ?? {}).filter(isMarker),
    manager: manager.flatMap((assignment) => assignment.split('=', 1)).filter(isMarker),
  };
  return [
    tmuxCheck(program),
    serverCheck(server, program),
    detachCheck(server, contents),
    localeCheck(process.env, environment, tmux),
    optionsCheck(contents, tmux),
    otherSaversCheck(contents, tmux),
    markersCheck(contents.ok || markers.manager.length > 0 ? ok(markers) : contents, tmux),
  ];
}
