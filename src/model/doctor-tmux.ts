/**
 * Judges tmux: the program, the server that lives, its locale, and what else is in it that saves, restores or misleads. Facts in, checks out.
 */
import { failed, judged, passed, warned, type Check, type Found } from './doctor.js';
import type { UserOptions } from './manifest.js';
import type { ProgramChoice } from './program-choices.js';
import type { Problem } from './report.js';
import { displayText, type Text } from './text.js';
import { isAtLeast } from './tmux-version.js';

/** The tmux program. */
export interface TmuxProgram {
  readonly path: string;
  /** What it calls itself, such as `3.3a`; null when it can't be started. */
  readonly version: string | null;
}

/** The server on the socket: in numbers, none, or what is wrong with it. */
export type TmuxServer =
  | { readonly state: 'none' }
  | { readonly state: 'answers'; readonly pid: number; readonly version: string; readonly sessions: number }
  | { readonly state: 'broken'; readonly message: string; readonly hint: string };

/** What a server has in it beside its sessions. */
export interface TmuxContents {
  readonly options: UserOptions;
  readonly environment: Readonly<Record<string, Text>>;
  /** The status lines, from which tmux-continuum saves. */
  readonly statusLines: string;
  /** The global destroy-unattached: off, on, keep-last, keep-group; empty where it is not known. */
  readonly destroyUnattached: string;
  /** The commands of the user's hooks. */
  readonly hooks: readonly string[];
  /** What our own options say, and which of them can't be used. */
  readonly choices: readonly ProgramChoice[];
  readonly badOptions: readonly Problem[];
}

/** Returns whether the tmux program can be used: 3.2 has `-N`, without which a look could start a server. */
export function tmuxCheck({ path, version }: TmuxProgram): Check {
  const id = 'tmux';
  if (version === null)
    return failed(id, `tmux can't be started as '${path}'`, 'install tmux 3.2 or later, or add its folder to PATH');
  if (!/^(?:next-)?\d+\.\d+/.test(version))
    return warned(id, `'${path}' calls itself tmux ${version}; whether that is 3.2 or later can't be told`);
  if (!isAtLeast(version, 3, 2))
    return failed(id, `'${path}' is tmux ${version}, which is too old`, 'install tmux 3.2 or later');
  return passed(id, `tmux ${version}, ${path}`);
}

/** Returns whether the living server answers, and is of the program's version. */
export const serverCheck = (found: Found<TmuxServer>, program: TmuxProgram): Check =>
  judged('server', found, (server) => {
    const id = 'server';
    if (server.state === 'none') return passed(id, 'none runs on this socket');
    if (server.state === 'broken') return failed(id, server.message, server.hint);
    const { pid, version, sessions } = server;
    if (program.version !== null && program.version !== version)
      return warned(
        id,
        `the server (pid ${String(pid)}) is tmux ${version}, the program is ${program.version}: some of its clients will not reach it until it is started anew`,
      );
    return passed(id, `tmux ${version} answers, pid ${String(pid)}, sessions: ${String(sessions)}`);
  });

/**
 * Returns whether tmux may crash at a detach: under destroy-unattached, up to 3.7c, the end of any client at that moment does it
 * (server_client_check_redraw meets a session without a window; gone in 3.8).
 */
export const detachCheck = (server: Found<TmuxServer>, found: Found<TmuxContents | null>): Check =>
  judged('detach', found, (contents) => {
    const id = 'detach';
    if (contents === null) return passed(id, 'no server to look into');
    const value = contents.destroyUnattached;
    if (value === '' || value === 'off') return passed(id, 'sessions outlive their clients');
    if (!server.ok || server.value.state !== 'answers' || isAtLeast(server.value.version, 3, 8))
      return passed(id, `destroy-unattached is ${value}`);
    return warned(
      id,
      `destroy-unattached is ${value}, and tmux ${server.value.version} may crash when a client detaches while any other tmux command ends; tmux 3.8 does not`,
    );
  });

type Environment = Readonly<Record<string, Text | undefined>>;

/** Returns whether this shell and the server's panes have a UTF-8 locale; `tmux` is the command that reaches the server. */
export function localeCheck(own: Environment, server: Environment | null, tmux: string): Check {
  const id = 'locale';
  const places: readonly (readonly [string, Environment | null, string])[] = [
    ['this shell', own, 'export LC_ALL=C.UTF-8'],
    ['the tmux server', server, `${tmux} set-environment -g LC_ALL C.UTF-8`],
  ];
  for (const [where, environment, hint] of places) {
    const locale = environment === null ? 'UTF-8' : localeOf(environment);
    if (!/utf-?8/i.test(locale))
      return warned(
        id,
        `${where} has the locale '${locale}', which is not UTF-8: names and texts may come out as _`,
        hint,
      );
  }
  return passed(id, localeOf(own));
}

/** The first of these that is set and not empty counts (locale(7)), as tmux itself reads it. */
const localeOf = ({ LC_ALL, LC_CTYPE, LANG }: Environment): string =>
  [LC_ALL, LC_CTYPE, LANG].map((value) => displayText(value ?? '')).find((value) => value !== '') ?? 'C';

/** Returns whether tmux-resurrect or tmux-continuum is at work in the server too. */
export const otherSaversCheck = (found: Found<TmuxContents | null>, tmux: string): Check =>
  judged('other-savers', found, (contents) => {
    const id = 'other-savers';
    if (contents === null) return passed(id, 'no server to look into');
    const options = new Map(
      Object.values(contents.options).flatMap((scope) =>
        Object.entries(scope).map(([name, value]) => [name, displayText(value)] as const),
      ),
    );
    const inConf = 'take it out of tmux.conf too';
    if (options.get('@continuum-restore') === 'on')
      return warned(
        id,
        `tmux-continuum restores in new servers as well, so that sessions may come twice; ${inConf}`,
        `${tmux} set-option -g @continuum-restore off`,
      );
    if (options.get('@continuum-boot') === 'on')
      return warned(
        id,
        `tmux-continuum starts a tmux server at boot as well; ${inConf}`,
        `${tmux} set-option -g @continuum-boot off; systemctl --user disable tmux.service`,
      );
    const words = [contents.statusLines, ...contents.hooks, ...options.keys()].join('\n');
    // With an interval of 0 it saves no more.
    if (/continuum[_-]save|@continuum-/.test(words) && options.get('@continuum-save-interval') !== '0')
      return warned(
        id,
        'tmux-continuum is loaded: it saves on its own, which costs time and restores nothing here',
        `${tmux} set-option -g @continuum-save-interval 0`,
      );
    if (/resurrect/.test(words))
      return warned(id, 'tmux-resurrect is loaded: its restore key types into panes; take it out of tmux.conf');
    return passed(id, 'neither tmux-resurrect nor tmux-continuum');
  });

/** Where variables were found that a coding agent left for its children. */
export interface MarkerPlaces {
  readonly tmux: readonly string[];
  readonly manager: readonly string[];
}

/** Returns whether new panes would take themselves for children of a coding agent. */
export const markersCheck = (found: Found<MarkerPlaces>, tmux: string): Check =>
  judged('agent-markers', found, (places) => {
    const commands = [
      ...places.tmux.map((name) => `${tmux} set-environment -gu ${name}`),
      ...(places.manager.length === 0 ? [] : [`systemctl --user unset-environment ${places.manager.join(' ')}`]),
    ];
    const names = [...new Set([...places.tmux, ...places.manager])];
    if (names.length === 0) return passed('agent-markers', 'none in the environment of new panes');
    return warned(
      'agent-markers',
      `new panes get what a coding agent left to its children, and an agent in them may save nothing: ${names.join(', ')}`,
      commands.join('; '),
    );
  });

/** Returns whether our own options can be used. */
export const optionsCheck = (found: Found<TmuxContents | null>, tmux: string): Check =>
  judged('options', found, (contents) => {
    const [bad] = contents?.badOptions ?? [];
    return bad === undefined
      ? passed('options', contents === null ? 'no server to look into' : 'all can be used')
      : warned('options', bad.message, withServer(bad.hint, tmux));
  });

/** Returns a command of tmux for the server that is meant. */
const withServer = (command: string, tmux: string): string => command.replace(/^tmux /, () => `${tmux} `);
