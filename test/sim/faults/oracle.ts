/**
 * Election as an oracle that says anything (D7): whoever looks for a leader is told that all others
 * vote for a node drawn at random. Rivals try to lead at once, and behind candidates win; safety
 * must not depend on any of it. It is done to the notifications on their way, so the core is as is.
 */
import type { PeerMessage } from "../../../nodes/rpc/peer-message.js";
import type { Prng } from "../prng.js";
import type { SimCluster } from "../sim-cluster.js";
import type { World } from "../world.js";

/** A vote that beats every honest one. */
const EPOCH_BEYOND = 1_000_000;

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
  let favourites = new Map<string, string>();

  /** Who is to win at each node in this turn: one for all, or each its own. */
  function drawFavourites(): void {
    const one = dice.pick(cluster.nodes).id;
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
      drawFavourites();
    }
    if (msg.role !== "LOOKING" && !dice.chance(asideChance)) return msg;
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
