/**
 * `tmux-persist doctor`: looks at everything that tmux-persist needs, and says of each thing how it stands and what mends it. It changes nothing.
 */
import { doctorReport, type Check, type DoctorReport } from '../model/doctor.js';
import type { Context } from '../model/ports.js';
import { DEFAULT_UNITS } from '../model/unit-names.js';
import { gatherServer, serverChecks } from './doctor-server.js';
import { gatherState, stateChecks } from './doctor-state.js';
import { gatherSystemd, managerEnvironment, systemdChecks } from './doctor-systemd.js';
import { EXIT } from './failures.js';
import { displayWidth, plural, print, printJson, styled } from './output.js';

/** Prints how everything stands; returns 5 when something does not work, else 0. */
export async function doctor(context: Context, json: boolean): Promise<number> {
  const report = doctorReport(await checks(context));
  if (json) printJson(report);
  else printReport(report);
  return report.ok ? EXIT.done : EXIT.inPart;
}

async function checks(context: Context): Promise<readonly Check[]> {
  const [server, state] = await Promise.all([gatherServer(context), gatherState(context)]);
  const lives = server.server.ok && server.server.value.state === 'answers' ? server.server.value : null;
  const systemd = await gatherSystemd(context.units ?? DEFAULT_UNITS, lives?.pid ?? null);
  const agent = state.agent.ok ? state.agent.value : null;
  const standalone = agent !== null && !agent.onBus;
  const choices = server.contents.ok ? (server.contents.value?.choices ?? []) : [];
  return [
    ...serverChecks(context, server, managerEnvironment(systemd)),
    ...stateChecks(state, context.version, systemd.manager.ok ? (context.units?.agent ?? null) : null, choices),
    ...systemdChecks(systemd, context.units !== null, standalone),
  ];
}

const WIDTH = 80;
const INDENT = ' '.repeat(6);
const STYLES = { ok: 'green', warn: 'yellow', fail: 'red' } as const;

function printReport({ checks: all }: DoctorReport): void {
  for (const { id, status, message, hint } of all) {
    const [first = '', ...rest] = wrapped(`${id}: ${message}`, WIDTH - INDENT.length);
    print(`${styled(STYLES[status], status.padEnd(4))}  ${first}`);
    for (const line of rest) print(`${INDENT}${line}`);
    // Not wrapped: it is there to be copied.
    if (hint !== null) print(`${INDENT}try: ${hint}`);
  }
  const count = (status: Check['status']): number => all.filter((check) => check.status === status).length;
  const failures = count('fail') === 0 ? 'nothing failed' : `${String(count('fail'))} failed`;
  print(`${plural(all.length, 'check')}: ${failures}, ${plural(count('warn'), 'warning')}`);
}

/** Returns a text in lines of at most so many cells; a word that is longer stays whole. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1) ?? ''} ${word}`;
    if (lines.length > 0 && displayWidth(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
