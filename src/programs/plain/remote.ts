/**
 * Shells on other machines. They may ask for a password, so they are offered. What runs a command of the saved text here (ProxyCommand and
 * its like, a wrapper by name) never comes back, nor does what holds no terminal (-N, -W, -f); of commands there, only those that attach to
 * a multiplexer or show something.
 */
import type { Text } from '../../model/text.js';
import type { Family } from '../family.js';
import { monitors } from './monitors.js';
import { pagers } from './pagers.js';
import { isHarmlessFor, plainFamily, type Harmless } from './plain-family.js';

/** Flags of ssh(1) without a value, and with one; -f -G -N -n -s -V and -E -F -I -O -Q -W are not among them. */
const SWITCH = /^-[46AaCgKkMqTtvXxYy]+$/;
const VALUE = /^-([46AaCgKkMqTtvXxYy]*)([BbceDiJLlmPpRSw])(.*)$/s;
const OPTION = /^-([46AaCgKkMqTtvXxYy]*)o(.*)$/s;

/** Options of ssh_config(5) that neither run a command nor read another file of settings. */
const SSH_OPTIONS = new Set(
  (
    'addkeystoagent addressfamily batchmode bindaddress bindinterface ciphers clearallforwardings compression connectionattempts ' +
    'connecttimeout controlmaster controlpath controlpersist dynamicforward enablesshkeysign escapechar exitonforwardfailure forwardagent ' +
    'forwardx11 forwardx11trusted gatewayports gssapiauthentication hashknownhosts hostkeyalgorithms hostkeyalias hostname identitiesonly ' +
    'identityagent identityfile ipqos kbdinteractiveauthentication kexalgorithms localforward loglevel macs nohostauthenticationforlocalhost ' +
    'numberofpasswordprompts passwordauthentication port preferredauthentications proxyjump pubkeyacceptedalgorithms pubkeyauthentication ' +
    'remoteforward requesttty serveralivecountmax serveraliveinterval stricthostkeychecking tcpkeepalive updatehostkeys user ' +
    'userknownhostsfile verifyhostkeydns visualhostkey'
  ).split(' '),
);

const HOST = /^[^-\s][^\s]*$/;

/** Words that a shell on the other side takes as they are. */
const PLAIN = /^[\w./:=+@%,-]+(?: [\w./:=+@%,-]+)*$/;

const ATTACHES = new RegExp(
  [
    String.raw`^(?:exec )?tmux(?: -[2uCl]+| -[LSf] \S+)*(?: (?:a|at|attach|attach-session)(?: -[dErx]+| -t \S+| -[dErx]*t \S+)*)?$`,
    String.raw`^(?:exec )?tmux(?: -[2ul]+| -[LS] \S+)* new(?:-session)?(?: -[AdDXE]+| -[AdDX]*[stn] \S+)*$`,
    String.raw`^(?:exec )?screen(?: -[dDrRxUqa]+| [\w.]+)*$`,
    String.raw`^(?:exec )?zellij(?: (?:a|attach)(?: -c| --create)?(?: [\w.-]+)?)?$`,
    String.raw`^(?:exec )?(?:bash|zsh|fish|sh)(?: -[li]+| --login)*$`,
  ].join('|'),
);

/** Returns whether a command for the other side only shows something there. */
function isShown(command: readonly string[]): boolean {
  const line = command.join(' ');
  if (!PLAIN.test(line)) return false;
  return ATTACHES.test(line) || [monitors, pagers].some((family) => isHarmlessFor(family, line.split(' ')));
}

/** Returns whether the words after the host are harmless. */
const isRemoteCommand = (command: readonly string[]): boolean => {
  const words = command[0] === '--' ? command.slice(1) : command;
  return words.length === 0 || isShown(words);
};

/** ssh takes flags before and after the host, up to the command. */
const ssh: Harmless = (args) => {
  let host: string | null = null;
  for (let at = 0; at < args.length; at++) {
    const word = args[at] ?? '';
    const option = OPTION.exec(word)?.[2];
    if (option !== undefined) {
      const text = option === '' ? args[++at] : option;
      if (!SSH_OPTIONS.has((/^\s*(\w+)(?:\s*=|\s)/.exec(text ?? '')?.[1] ?? '').toLowerCase())) return false;
      continue;
    }
    if (SWITCH.test(word)) continue;
    const value = VALUE.exec(word)?.[3];
    if (value === '') at++;
    if (value !== undefined) continue;
    if (word === '--' && host === null && at + 1 < args.length) continue;
    if (host !== null) return isRemoteCommand(args.slice(at));
    if (!HOST.test(word)) return false;
    host = word;
  }
  return host !== null;
};

/** autossh(1) begins with the port that it watches. */
const autossh: Harmless = (args) =>
  ssh(args[0] === '-M' ? args.slice(2) : /^-M\d+$/.test(args[0] ?? '') ? args.slice(1) : args);

/** Of et(1) what runs a command there (-c), and what holds no terminal (-N), are not among these. */
const et: Harmless = (args) => {
  const words = args.filter(
    (word) =>
      !/^(?:-[xf]|--(?:kill-other-sessions|forward-ssh-agent|macserver|port=\d+|jumphost=[\w.:@-]+|jport=\d+|keepalive=\d+))$/.test(
        word,
      ),
  );
  const rest = words.filter((word, at) => !/^-(?:p|k|t|r)$/.test(word) && !/^-(?:p|k|t|r)$/.test(words[at - 1] ?? ''));
  return rest.length === 1 && HOST.test(rest[0] ?? '');
};

const MOSH_FLAG =
  /^(?:-[46an]|--(?:no-init|no-ssh-pty|ssh-pty|predict=\w+|predict-overwrite|port=[\d:]+|family=[\w-]+|experimental-remote-ip=\w+)|-p[\d:]+)$/;

/** Of mosh(1) what names a command for either side (--ssh, --client, --server) is not among these. */
const mosh: Harmless = (args) => {
  const words = args.filter((word) => !MOSH_FLAG.test(word));
  const at = words[0] === '-p' || words[0] === '--predict' || words[0] === '--port' ? 2 : 0;
  const [host, ...command] = words.slice(at);
  return host !== undefined && HOST.test(host) && isRemoteCommand(command);
};

/** Returns the words that mosh was called with, from those of the client that it became (`-# WORDS |`, address, port), or null. */
function moshWords([comment]: readonly Text[]): readonly string[] | null {
  // mosh joins them with blanks, so that only plain ones can be told apart.
  const words = typeof comment === 'string' ? /^-# (.*) \|$/.exec(comment)?.[1] : undefined;
  return words !== undefined && PLAIN.test(words) ? words.split(' ') : null;
}

const sshFamily = plainFamily({ kind: 'ssh', mode: 'offer', programs: { ssh, autossh, et } });

const moshByName = plainFamily({ kind: 'mosh', mode: 'offer', programs: { mosh } });

const moshFamily: Family = {
  ...moshByName,
  // What runs is mosh-client, which is started by mosh alone, with a new key.
  names: ['mosh'],
  recognise(argv, exe) {
    const command = plainClient.recognise(argv, exe);
    if (command === null) return moshByName.recognise(argv, exe);
    return moshByName.recognise(['mosh', ...(moshWords(argv.slice(1)) ?? ['--client'])], exe);
  },
};

const plainClient = plainFamily({ kind: 'mosh', mode: 'offer', programs: { 'mosh-client': () => true } });

/** The families of shells on other machines. */
export const remote: readonly Family[] = [sshFamily, moshFamily];
