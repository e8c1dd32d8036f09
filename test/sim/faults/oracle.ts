/**
 * Election as an oracle that says anything (D7): whoever looks for a leader is told that all others
 * vote for a node drawn at random. Rivals try to lead at once, and behind candidates win; safety
 * must not depend on any of it. It is done to the notifications on their way, so the core is as is.
 */
import type { PeerMessage } from "../../../nodes/rpc/peer-message.js";
import { lastOf } from "../platter.js";
import type { Prng } from "../prng.js";
import type { SimCluster, SimNode } from "../sim-cluster.js";
import type { World } from "../world.js";

/** A vote that beats every honest one. */
const EPOCH_BEYOND = 1_000_000;

/** Each lie may be answered by several words, which are lies again: without delays, for ever. */
const LIES_PER_TURN = 1000;

/** Who runs with the shortest log: it must not get to lead, whatever the votes. */
function laggard({ nodes }: SimCluster): SimNode | undefined {
  const running = nodes.filter((node) => node.running !== undefined);
  return running.toSorted((a, b) => (lastOf(a.platter) < lastOf(b.platter) ? -1 : 1))[0];
}

export function tellLies(
  world: World,
  cluster: SimCluster,
  dice: Prng,
): (from: string, to: string, msg: PeerMessage) => PeerMessage {
  const turnMs = dice.pick([60, 250, 1000]);
  const apartChance = dice.pick([0, 0.5, 1]);
  const asideChance = dice.pick([0, 0.3]);
  const begunMs = dice.int(0, 1000);
  let turn = -1;
  let lies = 0;
  let favourites = new Map<string, string>();

  /** Who is to win at each node in this turn: one for all, or each its own. */
  function drawFavourites(): void {
    const one = ((dice.chance(0.5) && laggard(cluster)) || dice.pick(cluster.nodes)).id;
    const apart = dice.chance(apartChance);
    favourites = new Map(
      cluster.nodes.map(({ id }) => [id, apart ? dice.pick(cluster.nodes).id : one]),
    );
  }

  return (_from, to, msg) => {
    if (msg.t !== "notify") return msg;
    const now = Math.floor((world.nowMs + begunMs) / turnMs);
    if (now !== turn) {
      turn = now;
      lies = 0;
      drawFavourites();
    }
    if (lies >= LIES_PER_TURN || (msg.role !== "LOOKING" && !dice.chance(asideChance))) return msg;
    lies++;
    const receiver = cluster.nodes.find(({ id }) => id === to)?.running?.node.core;
    const leader = favourites.get(to) ?? to;
    const epoch = EPOCH_BEYOND + turn;
    return {
      ...msg,
      role: "LOOKING",
      round: receiver?.round ?? msg.round,
      vote: { leader, epoch, zxid: BigInt(epoch) << 32n },
    };
  };
}
