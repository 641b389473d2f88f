/**
 * What is never started again, whoever lists it: what destroys, publishes, fetches or acts as somebody else, and shells that are told what
 * to do. A command that runs another one is judged by every word of it.
 */
import type { Text } from '../../model/text.js';
import { baseName } from '../command-line.js';

const set = (...names: readonly string[]): ReadonlySet<string> => new Set(names.flatMap((some) => some.split(' ')));

/** Whatever they are called with. */
const NEVER = set(
  'sudo sudoedit doas su pkexec run0 runuser dd rm rmdir shred wipefs fdisk sfdisk cfdisk parted mkswap mke2fs curl wget',
  'terraform tofu pulumi shutdown reboot poweroff halt kill pkill killall',
);

/** Alone they are what a pane has anyway, with arguments they run them. */
const SHELLS = set('sh bash dash ash zsh fish ksh mksh tcsh csh nu elvish xonsh pwsh busybox toybox');
const SHELL_FLAGS = set('-l -i -li -il --login');

/** Programs that are refused with one of these words anywhere. */
const WITH_WORD: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['git', set('push')],
  ['kubectl', set('apply create delete replace patch edit drain cordon scale rollout')],
  ['oc', set('apply create delete replace patch edit drain scale rollout')],
  ['helm', set('install upgrade uninstall rollback')],
  ['systemctl', set('poweroff reboot halt kexec suspend hibernate start stop restart kill')],
  ['perl', set('-e -E -ne -pe -i')],
  ['ruby', set('-e -ne -pe')],
  ['php', set('-r')],
  ['python', set('-c -')],
  ['node', set('-e -p --eval --print -')],
  ['find', set('-delete -exec -execdir -ok -okdir')],
]);

/** Programs that run the rest of their words, here or elsewhere. */
const RUNNERS = set(
  'env nohup nice ionice timeout setsid stdbuf time chroot unshare nsenter systemd-run systemd-inhibit flock xargs parallel exec command',
  'script watch entr ssh autossh mosh mosh-client et sshpass fakeroot firejail bwrap strace ltrace gdb taskset chrt numactl',
  'dbus-run-session docker podman nerdctl kubectl oc lxc incus machinectl distrobox toolbox flatpak nix nix-shell uvx npx pnpx bunx',
);

const characters = (text: Text): string => (typeof text === 'string' ? text : atob(text.base64));

/** Returns whether a name is that of a shell. */
export const isShell = (name: string): boolean => SHELLS.has(name.replace(/^-/, ''));

/** Returns whether an argument vector is one that is never started. */
export function isDenied(argv: readonly Text[]): boolean {
  const [program, ...args] = argv;
  if (program === undefined) return true;
  const name = baseName(program);
  const words = args.map(characters);
  if (isDeniedCommand(name, words)) return true;
  if (!RUNNERS.has(name)) return false;
  // One word may be a whole line, and a command may begin behind anything that separates words there.
  const inner = words.flatMap((word) => word.split(/[\s;&|()<>`$"'=]+/));
  return inner.some((word, at) => isDeniedCommand(baseName(word), inner.slice(at + 1)));
}

function isDeniedCommand(name: string, args: readonly string[]): boolean {
  if (NEVER.has(name) || /^mkfs(\.|$)/.test(name)) return true;
  if (SHELLS.has(name)) return args.some((word) => !SHELL_FLAGS.has(word));
  const refused = WITH_WORD.get(name) ?? WITH_WORD.get(name.replace(/[\d.]+$/, ''));
  return refused !== undefined && args.some((word) => refused.has(word));
}
