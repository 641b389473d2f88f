/**
 * `tmux-persist import`: takes over what another tool saved. It only adds: what lives or is saved under a name stays as it is, and
 * nothing starts before a restore, where programs out of a file are offered.
 */
import type { Result } from '../model/failure.js';
import type { ImportDone, ImportOrder } from '../model/import-merge.js';
import { recordsOf } from '../model/import-records.js';
import type { Context } from '../model/ports.js';
import type { ImportReport, SaveReport } from '../model/report.js';
import { importedProgram } from '../programs/imported-program.js';
import { redactedLine } from '../programs/secrets.js';
import { describeFailure, EXIT, exitCodeOf } from './failures.js';
import { freshen } from './freshen.js';
import { readImportFile } from './import-file.js';
import { columns, plural, print, printJson, styled, warn } from './output.js';
import { shown } from './tree.js';

/** What the command is given of the agent: a save, and the adding. */
export interface ImportOffline {
  readonly save: () => Promise<Result<SaveReport>>;
  readonly add: (order: ImportOrder) => Promise<Result<ImportDone>>;
}

/** Imports a file and prints what came of each session; returns the exit code. */
export async function importFile(
  context: Context,
  file: string,
  options: { readonly dryRun: boolean; readonly json: boolean; readonly once: boolean },
  offline: ImportOffline,
): Promise<number> {
  const read = await readImportFile(file, context.home);
  if (!read.ok) {
    warn(`not imported: cannot read '${shown(file)}': ${shown(read.error.detail)}`);
    return read.error.kind === 'missing' ? EXIT.usage : EXIT.state;
  }
  const { format, imported, texts } = read.value;
  if (imported.sessions.length === 0) {
    for (const problem of imported.problems) tell(problem);
    warn(
      `not imported: '${shown(file)}' has no session; it must be a table of name, directory and conversation, ` +
        'a save file of tmux-resurrect, or a workspace of tmuxp',
    );
    return EXIT.state;
  }
  const fresh = options.dryRun ? null : await freshen(context, offline.save);
  const at = new Date().toISOString();
  const path = process.env['PATH'] ?? '';
  const entries = recordsOf(imported, {
    at,
    programOf: ({ commandLine, currentPath }) => importedProgram(commandLine, currentPath, path),
    titleOf: ({ title }) => redactedLine(title),
  });
  const { lastSession } = imported;
  const { dryRun, once } = options;
  const done = fresh?.ok === false ? fresh : await offline.add({ entries, texts, lastSession, at, dryRun, once });
  if (!done.ok) {
    warn(`not imported: ${describeFailure(done.error)}`);
    return exitCodeOf(done.error);
  }
  const { sessions, manifestId } = done.value;
  const isNew = ({ result }: ImportReport['sessions'][number]): boolean => result === 'imported';
  const report: ImportReport = {
    file,
    format,
    dryRun,
    manifestId,
    imported: sessions.filter(isNew).length,
    skipped: sessions.filter((session) => !isNew(session)).length,
    sessions,
    problems: [...imported.problems, ...done.value.problems].sort(
      (left, right) => (left.line ?? 0) - (right.line ?? 0),
    ),
  };
  if (options.json) printJson(report);
  else printImport(report);
  return report.problems.length > 0 ? EXIT.inPart : EXIT.done;
}

const FORMATS = { tsv: 'a table', resurrect: 'tmux-resurrect', tmuxp: 'tmuxp' } as const;

function printImport({ format, dryRun, imported, skipped, sessions, problems }: ImportReport): void {
  const rows = sessions.map(({ session, result, reason, windows, panes }) => [
    shown(session),
    result === 'skipped' ? 'left alone' : dryRun ? 'would be imported' : 'imported',
    reason ?? `${plural(windows, 'window')}, ${plural(panes, 'pane')}`,
  ]);
  for (const line of columns(rows)) print(line.trimEnd());
  const what = dryRun ? 'would import' : 'imported';
  print(`${what} ${plural(imported, 'session')} from ${FORMATS[format]}; ${String(skipped)} left alone`);
  for (const problem of problems) tell(problem);
  if (imported > 0 && !dryRun) print(styled('dim', 'tmux-persist restore'));
}

const tell = ({ line, message }: ImportReport['problems'][number]): void => {
  warn(line === null ? shown(message) : `line ${String(line)}: ${shown(message)}`);
};
