/**
 * Every mutant there is, in the order of the report. A list and nothing else: the mutants are in
 * mutants/, by the part of the product that they break.
 */
import type { Mutant } from "./mutant.js";
import { BROADCAST_MUTANTS } from "./mutants/broadcast.js";
import { DESK_MUTANTS } from "./mutants/desk.js";
import { DISCOVERY_MUTANTS } from "./mutants/discovery.js";
import { DRIVER_MUTANTS } from "./mutants/driver.js";
import { ELECTION_MUTANTS } from "./mutants/election.js";
import { FOLLOWER_MUTANTS } from "./mutants/follower.js";
import { GAME_MUTANTS } from "./mutants/game.js";
import { READ_MUTANTS } from "./mutants/reads.js";
import { REPAIR_MUTANTS } from "./mutants/repair.js";
import { STORE_MUTANTS } from "./mutants/store.js";
import { SYNCHRONIZATION_MUTANTS } from "./mutants/synchronization.js";

export const MUTANTS: readonly Mutant[] = [
  ...ELECTION_MUTANTS,
  ...DISCOVERY_MUTANTS,
  ...SYNCHRONIZATION_MUTANTS,
  ...BROADCAST_MUTANTS,
  ...FOLLOWER_MUTANTS,
  ...READ_MUTANTS,
  ...DRIVER_MUTANTS,
  ...DESK_MUTANTS,
  ...GAME_MUTANTS,
  ...STORE_MUTANTS,
  ...REPAIR_MUTANTS,
];
