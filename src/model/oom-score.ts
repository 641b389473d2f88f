/**
 * How the processes of panes stand to the tmux server when the kernel looks for somebody to kill for want of memory (P1).
 * One rule: a pane comes before its server. The kernel kills whose memory, in thousandths of all of it, plus oom_score_adj is most.
 */

/**
 * How far a pane stands above its server: as if it held so many thousandths of the machine's memory more. Under the server's unit that
 * is where all other services of the user stand (user@.service(5)), so that panes are taken neither before nor after them.
 */
const ABOVE_SERVER = 100;

/** proc_pid_oom_score_adj(5). */
const MOST = 1000;

/** Returns the oom_score_adj that a process of a pane is to be given, or null to leave it alone; none is ever lowered. */
export function paneOomScore(server: number, process: number): number | null {
  // A server that the kernel spares, at -1000, must not hand that down: a pane could then take the machine along.
  const wanted = Math.min(MOST, Math.max(0, server + ABOVE_SERVER));
  return process < wanted ? wanted : null;
}
