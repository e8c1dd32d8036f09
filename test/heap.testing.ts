/** Test support: how much memory a result holds, the garbage of its making not counted. */
import v8 from "node:v8";
import vm from "node:vm";

v8.setFlagsFromString("--expose-gc");
const collectGarbage: unknown = vm.runInNewContext("gc");

/** Bytes that are in use now, in JavaScript's heap and in buffers beside it. */
export function usedBytes(): number {
  if (typeof collectGarbage === "function") collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Bytes that are in use for as long as somebody holds what `make` returns. */
export function retainedBytes(make: () => unknown): number {
  const before = usedBytes();
  const held = [make()];
  const after = usedBytes();
  // Looked at once more, so that it is held until here.
  return held.length === 1 ? after - before : 0;
}
