/**
 * LocalPrimaryOrder: what one leader proposed is delivered in the order of its proposals, without
 * leaving one out: the counters of an epoch come as 0, 1, 2, ...
 */
import { counterOf, epochOf } from "../../../nodes/zab/zxid.js";
import type { Checker } from "./checker.js";
import { deliveredBefore } from "./delivered-before.js";

export function localPrimaryOrder(): Checker {
  return deliveredBefore("LocalPrimaryOrder", (last, next) => {
    const sameLeader = epochOf(next) === epochOf(last);
    return sameLeader ? next === last + 1n : counterOf(next) === 0;
  });
}
