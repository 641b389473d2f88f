/**
 * Which environment variables are saved: a short list of harmless ones, and those that the user names. What belongs to one login and
 * what may be a secret is never written down, whoever asks for it.
 */

/** What is saved of every environment. */
const HARMLESS = new Set(
  'PATH LANG LANGUAGE TZ EDITOR VISUAL PAGER MANPAGER MANPATH INFOPATH GIT_EDITOR GIT_PAGER LESS NO_COLOR'.split(' '),
);

/** What names a login, its agents, its bus, its display or its terminal: in another one it is wrong, or leads to a stranger. */
const SESSION_BOUND = new RegExp(
  `^(?:${[
    'SSH_.*|GPG_.*|KRB5.*|XDG_(?:RUNTIME_DIR|SESSION_.*|SEAT|VTNR)|DBUS_.*|DISPLAY|WAYLAND_.*|XAUTHORITY|WINDOWID',
    'TMUX.*|TERM|STY|TTY|PWD|OLDPWD|SHLVL|_|INVOCATION_ID|JOURNAL_STREAM|NOTIFY_SOCKET|LISTEN_.*|MANAGERPID|SYSTEMD_.*',
    'LD_.*',
  ].join('|')})$`,
  'i',
);

/** Says that a value is a secret, wherever in the name it stands; that a keyboard has a key in it is a small loss. */
const SECRET = /KEY|TOKEN|SECRET|PASS|CREDENTIAL|(?:^|_)(?:O?AUTH|CREDS?|PAT)(?:_|$)|_PWD$/i;

/** Returns whether the name of a variable says that its value is a secret. */
export const isSecretName = (name: string): boolean => SECRET.test(name);

/** Returns whether a text can be the name of a variable in a shell. */
export const isVariableName = (name: string): boolean => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);

/** Returns whether a variable may be saved when its user asks for it. */
export const mayBeStored = (name: string): boolean =>
  isVariableName(name) && !SESSION_BOUND.test(name) && !isSecretName(name);

/** Returns whether a variable is saved; `extra` are the names that its user asks for. */
export const isStorableVariable = (name: string, extra: readonly string[]): boolean =>
  (HARMLESS.has(name) || /^LC_[A-Z]+$/.test(name) || extra.includes(name)) && mayBeStored(name);
