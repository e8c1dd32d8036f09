// Proves that the search over the clients' own records is content with a real cluster whose leaders
// crash, and that it alone finds each lie that a node tells a client: it is given nothing else.
import assert from "node:assert/strict";
import test from "node:test";
import type { Room } from "../../game/room.js";
import { CALM_PROFILE } from "./calm-profile.js";
import { linearizability } from "./checkers/linearizability.js";
import { startClients } from "./clients.js";
import { createHistory, type History } from "./history.js";
import { createPrng } from "./prng.js";
import { createSimCluster, type RunningNode, type SimNode } from "./sim-cluster.js";
import { Violation } from "./violation.js";
import { createWorld } from "./world.js";

const CRASHES = 4;

type Replica = RunningNode["node"];

/** Four clients and a stranger play while one leader after the other crashes. */
function play(lie: (replica: Replica) => void): { history: History; judge: () => void } {
  const world = createWorld();
  const prng = createPrng(1);
  const cluster = createSimCluster(world, prng.fork("cluster"), CALM_PROFILE.cluster);
  const history = createHistory();
  const checker = linearizability(history);
  cluster.onStart = (node) => {
    const replica = node.running?.node ?? assert.fail("it did not start");
    lie(replica);
    const { submit } = replica;
    replica.submit = (command, deadlineMs, reply) => {
      checker.onAsked?.(node, command, 1);
      submit(command, deadlineMs, reply);
    };
  };
  const run = (ms: number): void => world.run(world.nowMs + ms, () => {});
  for (const node of cluster.nodes) cluster.start(node);
  const profile = { ...CALM_PROFILE.clients, clients: 4, readChance: 0.4, twiceChance: 0.1 };
  const clients = startClients(world, prng.fork("clients"), cluster, history, profile);
  for (let crash = 1; crash <= CRASHES; crash++) {
    run(1500);
    const leader = cluster.nodes.find(leads) ?? assert.fail("nobody leads");
    const wish = { type: "SetTarget", room: "lobby", player: "stranger", value: 50 } as const;
    leader.running?.node.submit({ ...wish, requestId: `s${crash}` }, 1000, () => {});
    run(3);
    cluster.crash(leader);
    run(500);
    cluster.start(leader);
  }
  clients.stop();
  run(3000);
  return { history, judge: () => checker.atEnd?.() };
}

function leads({ running }: SimNode): boolean {
  const role = running?.node.core.role;
  return role?.kind === "LEADING" && role.phase === "BROADCAST";
}

test("what clients are told through crashes of the leader is linearizable", (t) => {
  const { history, judge } = play(() => {});
  judge();
  const { clientOperations } = history;
  const unknown = clientOperations.filter(({ result }) => result === undefined).length;
  const strange = clientOperations.filter(({ result }) => {
    return result?.type === "state" && result.view.by === "stranger";
  });
  t.diagnostic(`${clientOperations.length} operations, ${unknown} unknown`);
  assert.ok(clientOperations.length > 500);
  assert.ok(strange.length > 0, "nobody saw what the stranger did");
});

/** Reads see the rooms in another way. */
function showing(replica: Replica, change: (room: Room) => Room): void {
  const { game } = replica;
  replica.game = () => {
    const rooms = Array.from(game().rooms, ([name, room]) => [name, change(room)] as const);
    return { ...game(), rooms: new Map(rooms) };
  };
}

const LIES: Readonly<Record<string, (replica: Replica) => void>> = {
  "a read of what the node has": (replica) => {
    replica.readIndex = (_deadlineMs, reply) => reply({ ok: true, zxid: replica.game().zxid });
  },
  "a read without the newest guess": (replica) =>
    showing(replica, (room) => {
      if (room.status === "closed" || room.guesses.length < 3) return room;
      return { ...room, guesses: room.guesses.slice(0, -1), guessCount: room.guessCount - 1 };
    }),
  "another winner": (replica) =>
    showing(replica, (room) => {
      const rounds = room.rounds.map((round) => ({ ...round, winner: "player1" }));
      return { ...room, rounds };
    }),
  "a reply with the round before": (replica) => {
    const { submit } = replica;
    replica.submit = (command, deadlineMs, reply) => {
      submit(command, deadlineMs, (outcome) => {
        const isLie = outcome.ok && outcome.round > 1 && command.type === "SetTarget";
        reply(isLie ? { ...outcome, round: outcome.round - 1 } : outcome);
      });
    };
  },
  "a no to what happened": (replica) => {
    const { submit } = replica;
    const refusal = { reason: "NO_OPEN_ROUND", message: "No." } as const;
    replica.submit = (command, deadlineMs, reply) => {
      submit(command, deadlineMs, (outcome) => {
        reply(outcome.ok && command.type === "SubmitGuess" ? { ok: false, refusal } : outcome);
      });
    };
  },
  "a yes to what was refused": (replica) => {
    const { submit } = replica;
    replica.submit = (command, deadlineMs, reply) => {
      submit(command, deadlineMs, (outcome) => {
        const isNo = !outcome.ok && outcome.refusal.reason === "NO_OPEN_ROUND";
        reply(isNo ? { ok: true, zxid: replica.game().zxid, round: 1 } : outcome);
      });
    };
  },
  "a yes before anything is committed": (replica) => {
    const { submit } = replica;
    replica.submit = (command, deadlineMs, reply) => {
      submit(command, deadlineMs, () => {});
      reply({ ok: true, zxid: replica.game().zxid + 1n, round: 1 });
    };
  },
};

for (const [what, lie] of Object.entries(LIES)) {
  test(`${what} is found`, (t) => {
    const { judge } = play(lie);
    assert.throws(judge, (error) => {
      assert.ok(error instanceof Violation, String(error));
      assert.equal(error.invariant, "Linearizability");
      t.diagnostic(/but .*/.exec(error.what)?.[0] ?? "no reason given");
      return true;
    });
  });
}
