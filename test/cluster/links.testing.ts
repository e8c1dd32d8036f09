/** Cutting and healing the links between nodes, through AdminService. */
import assert from "node:assert/strict";
import type { TestNode } from "./node-process.testing.js";
import { post } from "./post.testing.js";

/** Nothing passes between a node of one side and a node of the other, either way. */
export async function cutLinks(
  one: readonly TestNode[],
  other: readonly TestNode[],
): Promise<void> {
  await setLinks(one, other, true);
}

export async function healLinks(
  one: readonly TestNode[],
  other: readonly TestNode[],
): Promise<void> {
  await setLinks(one, other, false);
}

async function setLinks(
  one: readonly TestNode[],
  other: readonly TestNode[],
  cut: boolean,
): Promise<void> {
  const pairs = one.flatMap((node) => other.map((peer) => ({ node, peer })));
  await Promise.all(
    pairs.map(async ({ node, peer }) => {
      const { status, body } = await post(node, "AdminService/SetLink", { peerId: peer.id, cut });
      assert.equal(status, 200, JSON.stringify(body));
    }),
  );
}
