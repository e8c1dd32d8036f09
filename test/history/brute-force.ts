/**
 * Linearizability by its definition: every order is tried, and nothing is remembered or left out.
 * For histories of a handful of operations; it judges the real checker.
 */
import { EMPTY_ROOM, obey, type RoomState, step } from "./model.js";
import { isAnswered, type Operation } from "./operation.js";

/** All operations must be on one room. */
export function isLinearizableByForce(
  operations: readonly Operation[],
  state = EMPTY_ROOM,
): boolean {
  if (!operations.some(isAnswered)) return true;
  return operations.some((operation) => {
    const others = operations.filter((other) => other !== operation);
    const isTooEarly = others.some(
      ({ returnedAtMs }) => returnedAtMs !== undefined && returnedAtMs < operation.invokedAtMs,
    );
    if (isTooEarly) return false;
    const after = effect(state, operation);
    return typeof after !== "string" && isLinearizableByForce(others, after);
  });
}

function effect(state: RoomState, operation: Operation): RoomState | string {
  const { player, call } = operation;
  if (isAnswered(operation)) return step(state, player, call, operation.result);
  return call.type === "read" ? "nobody knows what it saw" : obey(state, player, call);
}
