/**
 * What an install writes: the templates of units/ filled in. The one rule: a path is quoted for the place that it stands in, so that any
 * name of a folder survives (systemd.syntax(7), systemd.service(5) "Command lines").
 */
import { DEFAULT_UNITS, type UnitNames } from './unit-names.js';

/** The templates, by their path below units/. */
export type Templates = Readonly<Record<TemplateName, string>>;

/** What units/ holds. */
export const TEMPLATE_NAMES = [
  'tmux-server.service.in',
  'tmux-persist.service.in',
  'tmux-spawn-.scope.d/10-tmux-persist.conf.in',
  'org.tmuxpersist.Agent1.service.in',
] as const;

type TemplateName = (typeof TEMPLATE_NAMES)[number];

/** What the units run: absolute paths, for a user unit sees a bare PATH. */
export interface InstalledPrograms {
  readonly node: string;
  readonly bundle: string;
  readonly tmux: string;
}

/** A file to write. */
export interface PlannedFile {
  /** Of the user manager's units, or of the bus's services. */
  readonly folder: 'units' | 'services';
  /** The path below that folder. */
  readonly name: string;
  readonly text: string;
}

/** The first line of every file of ours; what lacks it is somebody else's. */
const MARK = '# A file of tmux-persist';
const FIRST_LINE = `${MARK}: its installs replace it, its uninstall removes it. Changes of your own: systemctl --user edit`;

/** What the files began with before they had a mark. */
const EARLIER_MARKS = [
  '# The tmux server in a cgroup of its own, so that',
  '# The agent. It never holds a pane, so',
  '# tmux 3.4 and later, built with systemd, gives each pane a scope.',
  '# A call to the name starts the agent through systemd',
];

/** Returns whether a file of this text is one of ours. */
export const isMarked = (text: string): boolean => [MARK, ...EARLIER_MARKS].some((mark) => text.startsWith(mark));

/** The instances of the templates: systemd puts the name of the socket in the place of `%i`. */
const TEMPLATE_UNITS: UnitNames = {
  instance: '%i',
  server: 'tmux-server@%i.service',
  agent: 'tmux-persist@%i.service',
  busName: `${DEFAULT_UNITS.busName}.%i`,
};

/** Returns the files that serve every socket of a user; `serverUnit` is a unit of the user's own that runs the default server. */
export function planFiles(
  templates: Templates,
  programs: InstalledPrograms,
  serverUnit: string | null,
): readonly PlannedFile[] {
  const units = serverUnit === null ? DEFAULT_UNITS : { ...DEFAULT_UNITS, server: serverUnit };
  const fill = (template: TemplateName, names: UnitNames): string => filled(templates[template], programs, names);
  const unit = (name: string, text: string): PlannedFile => ({ folder: 'units', name, text });
  return [
    ...(serverUnit === null ? [unit(units.server, fill('tmux-server.service.in', units))] : []),
    unit(units.agent, fill('tmux-persist.service.in', units)),
    unit('tmux-server@.service', fill('tmux-server.service.in', TEMPLATE_UNITS)),
    unit('tmux-persist@.service', fill('tmux-persist.service.in', TEMPLATE_UNITS)),
    scopeFile(templates, units),
    {
      folder: 'services',
      name: `${units.busName}.service`,
      text: fill('org.tmuxpersist.Agent1.service.in', units),
    },
  ];
}

/** Returns the name of the drop-in that orders the scopes of panes before the units of a socket. */
export const scopeFileName = ({ instance }: UnitNames): string =>
  `tmux-spawn-.scope.d/10-tmux-persist${instance === null ? '' : `@${instance}`}.conf`;

/** Returns that drop-in; a drop-in has no instances, so each named server needs one of its own. */
export const scopeFile = (templates: Templates, units: UnitNames): PlannedFile => ({
  folder: 'units',
  name: scopeFileName(units),
  text: filled(templates['tmux-spawn-.scope.d/10-tmux-persist.conf.in'], null, units),
});

function filled(template: string, programs: InstalledPrograms | null, units: UnitNames): string {
  const isForeign = units.instance === null && units.server !== DEFAULT_UNITS.server;
  const values: Readonly<Record<string, string>> = {
    SOCKET: units.instance ?? 'default',
    SERVER: units.server,
    AGENT: units.agent,
    BUS: units.busName,
    OPTIONS: isForeign ? ` --server-unit ${argument(units.server)}` : '',
    ...(programs === null ? {} : valuesOf(programs)),
  };
  const text = template.replaceAll(/@([A-Z_]+)@/g, (whole, name: string) => values[name] ?? whole);
  // Whether a unit of the user's own is enabled is the user's business.
  return `${FIRST_LINE}\n${isForeign ? text.replace(/^Also=.*\n/m, '') : text}`;
}

const valuesOf = ({ node, bundle, tmux }: InstalledPrograms): Readonly<Record<string, string>> => ({
  NODE: argument(node),
  BUNDLE: argument(bundle),
  TMUX: argument(tmux),
  RUN_NODE: program(node),
  RUN_TMUX: program(tmux),
  TMUX_TEXT: quotable(tmux),
});

/** As a word behind the program: there `$` begins a variable. */
export const argument = (word: string): string => `"${quotable(word).replaceAll('$', '$$$$')}"`;

/** As the program itself: its path is no place for variables, and may hold neither quotes nor backslashes, which a shell takes as an argument. */
const program = (path: string): string =>
  /["'\\]/.test(path) ? `/bin/sh -c 'exec "$$0" "$$@"' ${argument(path)}` : `"${quotable(path)}"`;

/** As a part of a quoted word: `%` begins a specifier. */
const quotable = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%');

/** Returns why a path can't stand in a unit, or null. */
export function unusablePath(path: string): string | null {
  if (!path.startsWith('/')) return 'it is not absolute';
  return /[\p{Cc}\ufffd]/u.test(path) ? 'it holds a control character, or is not UTF-8' : null;
}
