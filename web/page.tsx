/** The page as it stands: model in, elements out. It keeps nothing and decides nothing. */
import type { Actions } from "./actions.js";
import { Banner } from "./banner.js";
import { InviteDialog } from "./dialogs/invite-dialog.js";
import { PlayerDialog } from "./dialogs/player-dialog.js";
import { RoomDialog } from "./dialogs/room-dialog.js";
import { GamePane } from "./game/game-pane.js";
import { GuessList, RoundList, ScoreList } from "./game/lists.js";
import { Header } from "./header.js";
import { LogPane } from "./log/log-pane.js";
import type { PageModel } from "./page-model.js";
import { ClusterPane } from "./ring/cluster-pane.js";
import type { TraceSource } from "./ring/trace-source.js";

export interface PageProps {
  readonly model: PageModel;
  readonly actions: Actions;
  readonly trace: TraceSource;
}

export function Page({ model, actions, trace }: PageProps) {
  const { session, dialog, nowMs, chosenNode } = model;
  return (
    <div class={`page${session.past === undefined ? "" : " in-past"}`}>
      <Header model={model} actions={actions} />
      <Banner model={model} actions={actions} />
      <main>
        <GamePane model={model} actions={actions} />
        <div class="lists">
          <GuessList session={session} />
          <RoundList session={session} />
          <ScoreList session={session} />
        </div>
        <ClusterPane
          session={session}
          selected={chosenNode}
          onSelect={actions.chooseNode}
          onBreak={actions.breakCluster}
          trace={trace}
          nowMs={nowMs}
        />
        <LogPane model={model} actions={actions} />
      </main>
      {dialog === "rooms" ? <RoomDialog session={session} actions={actions} /> : null}
      {dialog === "player" ? <PlayerDialog session={session} actions={actions} /> : null}
      {dialog === "invite" ? <InviteDialog room={session.room} actions={actions} /> : null}
    </div>
  );
}
