/**
 * The plan of a restore for a person: what would come back where, what would start in it, and what is left alone and why.
 * The report says which sessions; the rest is read from the saved state as the restorer reads it, and nothing is changed.
 */
import { existsSync } from 'node:fs';
import type { Candidate } from '../model/candidates.js';
import { deathOf } from '../model/dead-pane.js';
import { DEFAULT_SETTINGS } from '../model/default-settings.js';
import type { Pane, Program, Window } from '../model/manifest.js';
import { parsePolicy, type Policy } from '../model/policy.js';
import type { Context } from '../model/ports.js';
import type { Outcome, RestoreReport } from '../model/report.js';
import type { ServerSettings } from '../model/snapshot.js';
import { bytesFromText, displayText, type Text } from '../model/text.js';
import { procView } from '../programs/process-view.js';
import { resumptions } from '../programs/resume-context.js';
import type { Resumption } from '../programs/resumption.js';
import { displayCommand } from '../programs/display-command.js';
import { judgeStartCommand } from '../programs/plain/start-commands.js';
import { readSettings } from '../tmux/settings.js';
import { plural, styled } from './output.js';
import { requested, type Request } from './saved-state.js';
import { directory, flow, shown, treePrinter } from './tree.js';

/** What a pane gets, for the totals. */
type Start = 'resumed' | 'offered' | 'missing' | 'program' | 'none';

/** Returns the lines of the plan that a dry run reported. */
export async function planLines(
  context: Context,
  report: RestoreReport,
  request: Request & { readonly noPrograms: boolean },
): Promise<string[]> {
  const found = await requested(context, request);
  const candidates = found.ok ? [...found.value] : [];
  const take = (outcome: Outcome): Candidate | undefined => {
    const at = candidates.findIndex(({ session }) => displayText(session.name) === outcome.session);
    return at < 0 ? undefined : candidates.splice(at, 1)[0];
  };
  const answered = await readSettings({ binary: context.tmux, socketPath: context.socketPath });
  const settings = answered.ok ? answered.value : DEFAULT_SETTINGS;
  const { policy } = parsePolicy(settings.userOptions);
  const foresee = foresight({ home: context.home, settings, policy, noPrograms: request.noPrograms });
  const starts: Start[] = [];
  const tree = treePrinter((pane, window) => {
    const { start, words } = foresee(pane, window);
    starts.push(start);
    return words;
  });
  const lines: string[] = [];
  if (!answered.ok && answered.error.reason === 'no-server' && report.restored > 0)
    lines.push('A tmux server is started first.', '');
  const planned = report.outcomes.filter(({ result }) => result !== 'skipped');
  for (const outcome of planned) {
    const candidate = take(outcome);
    const notes = outcome.result === 'adopted' ? ['into the unused session of this name'] : [];
    // What is not found was saved since the report: its name is all there is to say.
    if (candidate === undefined) lines.push(...flow([styled('bold', shown(outcome.session)), ...notes], 4));
    else lines.push(...tree({ ...candidate, notes }));
  }
  const skipped = report.outcomes.filter(({ result }) => result === 'skipped');
  if (planned.length > 0) lines.push('');
  for (const { session, reason } of skipped)
    lines.push(...flow([styled('bold', shown(session)), `left alone: ${reason ?? 'no reason given'}`], 4));
  return [...lines, ...totals(report, starts)];
}

function totals(report: RestoreReport, starts: readonly Start[]): string[] {
  const count = (wanted: Start): number => starts.filter((start) => start === wanted).length;
  const conversations = (['resumed', 'offered', 'missing'] as const).flatMap((start) =>
    count(start) === 0 ? [] : `${String(count(start))} ${start}`,
  );
  const coming = report.restored + report.adopted;
  const size = coming === 0 ? '' : `, ${plural(starts.length, 'pane')}`;
  const programs = count('program') === 0 ? '' : `, ${plural(count('program'), 'program')}`;
  const talks = conversations.length === 0 ? '' : `, conversations: ${conversations.join(', ')}`;
  return [
    `would restore ${plural(coming, 'session')}${size}${programs}${talks}; ` +
      `${String(report.skipped)} left alone, ${String(report.failed)} failed`,
  ];
}

interface Surroundings {
  readonly home: string;
  readonly settings: ServerSettings;
  readonly policy: Policy;
  readonly noPrograms: boolean;
}

/** What a pane gets, in words: the directory, what starts there, and its scrollback. */
interface Foreseen {
  readonly start: Start;
  readonly words: readonly string[];
}

/** Returns what foresees a pane; it remembers which conversations the panes before have taken. */
function foresight(around: Surroundings): (pane: Pane, window: Window) => Foreseen {
  const resume = resumptions(around, procView());
  return (pane, window) => {
    const { program, contents } = pane;
    const resumption = program === null ? null : resume(program);
    const isStarted = resumption !== null && resumption.action !== 'shell';
    const wanted = isStarted ? resumption.cwd : pane.currentPath;
    const { start, words } =
      program === null || resumption === null || (resumption.counts === 'none' && !isStarted)
        ? withoutProgram(pane, window, around)
        : {
            start: resumption.counts === 'none' ? ('program' as const) : resumption.counts,
            words: resumptionWords(program, resumption),
          };
    return {
      start,
      words: [
        directory(wanted, around.home),
        ...(existsSync(bytesOf(wanted)) ? [] : ['(gone, starts above it)']),
        ...words,
        ...(contents === null ? [] : [`${plural(contents.lines, 'line')} of scrollback`]),
      ],
    };
  };
}

function resumptionWords(program: Program, { action, argv, counts, notice }: Resumption): string[] {
  const kind = shown(program.kind);
  if (action === 'shell') return [`shell, ${kind} is missing:`, bare(notice)];
  const what =
    counts === 'none' ? `starts ${displayCommand(argv, {})}` : `resumes ${shown(program.conversation?.id ?? '')}`;
  if (action === 'auto') return counts === 'none' ? [what] : [kind, what];
  if (action === 'view') return [kind, what, 'when its pane is first looked at'];
  return [`${kind} is only offered:`, displayCommand(argv, {}), ...(notice === null ? [] : [`(${bare(notice)})`])];
}

/** A pane whose program is not known by more than its start command: that is started, shown, or was only a shell. */
function withoutProgram(pane: Pane, window: Window, { settings, policy, noPrograms }: Surroundings): Foreseen {
  const death = deathOf(pane, window, settings);
  if (death !== null) return { start: 'none', words: [`dead, exit status ${String(death)}`] };
  const own = pane.program === null ? judgeStartCommand(pane.startCommand, { ...policy, ...settings }) : null;
  if (own === null) {
    const ran = shown(pane.currentCommand);
    const isShell = ran === '' || /^-?(ba|z|fi|da|k|tc|c|a)?sh$/.test(ran);
    return { start: 'none', words: [isShell || pane.dead ? 'shell' : `shell (${ran} is not started)`] };
  }
  if (own.argv.length > 0 && !noPrograms && !pane.dead)
    return { start: 'program', words: [`starts ${displayCommand(own.argv, {})}`] };
  return { start: 'none', words: ['shell', bare(own.notice)] };
}

/** A notice without the name of who gives it in a pane. */
const bare = (notice: string | null): string => (notice ?? '').replace(/^tmux-persist: /, '');

const bytesOf = (path: Text): Buffer => Buffer.from(bytesFromText(path));
