/** What the parts of the page may ask for; run-page.tsx makes messages of it. */
import type { BreakWish } from "../client/break-cluster.js";
import type { Move } from "../client/past-update.js";
import type { Wish } from "../client/pending-command.js";
import type { Dialog, Theme } from "./page-model.js";

export interface Actions {
  readonly give: (wish: Wish) => void;
  readonly travel: (move: Move) => void;
  readonly enterRoom: (room: string) => void;
  /** The address names the room already. */
  readonly arriveIn: (room: string) => void;
  /** Undefined only watches. */
  readonly playAs: (player: string | undefined) => void;
  readonly open: (dialog: Dialog | undefined) => void;
  readonly chooseNode: (nodeId: string | undefined) => void;
  readonly breakCluster: (wish: BreakWish) => void;
  readonly setTheme: (theme: Theme) => void;
}
