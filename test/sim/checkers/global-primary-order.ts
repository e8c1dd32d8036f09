/** GlobalPrimaryOrder: what an earlier leader proposed is delivered before what a later one did. */
import { epochOf } from "../../../nodes/zab/zxid.js";
import type { Checker } from "./checker.js";
import { deliveredBefore } from "./delivered-before.js";

export function globalPrimaryOrder(): Checker {
  return deliveredBefore(
    "GlobalPrimaryOrder",
    (last, next) => next > last && epochOf(next) >= epochOf(last),
  );
}
