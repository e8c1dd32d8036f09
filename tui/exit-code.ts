/** What the shell learns from a `zabble` command. */

export const ExitCode = {
  done: 0,
  /** The rules of the game said no. */
  refused: 1,
  /** The command line was wrong; nothing was tried. */
  usage: 2,
  /** No answer from the cluster, or the outcome is unknown. */
  unavailable: 3,
  /** A bug in the program; its stack is on stderr. */
  bug: 70,
} as const;
