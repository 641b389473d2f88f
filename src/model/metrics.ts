/**
 * The roster as OpenMetrics. node_exporter's textfile collector reads the older text format of Prometheus and rejects a file with anything
 * else in it; this text is valid in both: gauges only, no timestamps, no `info` types, and an `# EOF` that the older one skips as a comment.
 */
import { isProtected, type RosterRow } from './roster-report.js';

/** What is said of the whole machine. */
export interface RosterTotals {
  readonly now: Date;
  readonly mapProblems: number;
}

interface Sample {
  readonly labels: readonly (readonly [string, string])[];
  readonly value: number;
}

/** Returns the text, which ends with a line end; what is not known of a user has no sample. */
export function metricsText(rows: readonly RosterRow[], { now, mapProblems }: RosterTotals): string {
  const sample = (value: number, ...labels: readonly (readonly [string, string])[]): Sample => ({ labels, value });
  const ofUsers = (valueOf: (row: RosterRow) => number | null | undefined): Sample[] =>
    rows.flatMap((row) => {
      const value = valueOf(row);
      return value == null ? [] : [sample(value, ['user', row.user])];
    });
  const alone = (value: number): Sample[] => [sample(value)];
  const statusOf = ({ report }: RosterRow) => report?.status;
  const versions = rows.flatMap(({ user, report }): Sample[] => {
    const version = report?.agentVersion;
    return version == null ? [] : [sample(1, ['user', user], ['version', version])];
  });
  const losses = rows.flatMap(({ user, report }) =>
    Object.entries(report?.losses ?? {}).map(([cause, value]) => sample(value, ['user', user], ['cause', cause])),
  );
  const families: readonly (readonly [name: string, help: string, samples: readonly Sample[]])[] = [
    ['user_up', 'Whether the user could be asked.', ofUsers(({ report }) => Number(report !== null))],
    ['protected', 'Whether the sessions are saved and come back.', ofUsers((row) => Number(isProtected(row)))],
    ['lingering', 'Whether the user manager runs without a login.', ofUsers(({ lingering }) => Number(lingering))],
    ['agent_running', 'Whether the agent runs.', ofUsers((row) => asNumber(statusOf(row)?.agent.running))],
    ['agent_version', 'The version of the agent that runs.', versions],
    ['sessions', 'Sessions that are open.', ofUsers((row) => statusOf(row) && (statusOf(row)?.server?.sessions ?? 0))],
    ['saved_sessions', 'Sessions in the last saved state.', ofUsers((row) => statusOf(row)?.manifest?.sessions)],
    [
      'last_save_timestamp_seconds',
      'When the saved state was last known to be what is open.',
      ofUsers((row) => seconds(statusOf(row)?.manifest?.checkedAt)),
    ],
    ['manifest_bytes', 'Size of the last saved state.', ofUsers((row) => statusOf(row)?.manifest?.bytes)],
    ['losses', 'Server losses among the last 100 events of the journal, by cause.', losses],
    [
      'last_loss_timestamp_seconds',
      'When the server was last lost.',
      ofUsers((row) => seconds(statusOf(row)?.lastLoss?.at)),
    ],
    ['restores', 'Restores among the last 100 events of the journal.', ofUsers(({ report }) => report?.restores)],
    ['problems', 'Problems that status names.', ofUsers((row) => statusOf(row)?.problems.length)],
    ['scrape_duration_seconds', 'How long the user took to answer.', ofUsers((row) => row.seconds)],
    ['scrape_errors', 'Users that could not be asked.', alone(rows.filter(({ report }) => report === null).length)],
    ['roster_users', 'Users of the map that this machine has.', alone(rows.length)],
    ['roster_map_problems', 'Lines of the map that are left out.', alone(mapProblems)],
    ['roster_timestamp_seconds', 'When all this was asked.', alone(now.getTime() / 1000)],
  ];
  return `${families.flatMap(([name, help, samples]) => linesOf(`tmux_persist_${name}`, help, samples)).join('\n')}\n# EOF\n`;
}

const asNumber = (value: boolean | undefined): number | undefined => (value === undefined ? undefined : Number(value));

const seconds = (time: string | undefined): number | undefined =>
  time === undefined ? undefined : Date.parse(time) / 1000;

/** A family without samples says nothing that a missing one doesn't. */
function linesOf(name: string, help: string, samples: readonly Sample[]): string[] {
  if (samples.length === 0) return [];
  const rows = samples.map(({ labels, value }) => {
    const words = labels.map(([label, text]) => `${label}="${escaped(text)}"`);
    return `${name}${words.length === 0 ? '' : `{${words.join(',')}}`} ${String(value)}`;
  });
  return [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, ...rows];
}

const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
