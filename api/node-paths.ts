/**
 * Which handler serves a path: a method of the port's own services, or under /nodes/ID/ one of the
 * services of a single node, which is told by its context whose it is.
 */
import { type ContextKey, createContextKey } from "@connectrpc/connect";
import type { UniversalHandler } from "@connectrpc/connect/protocol";

/** In the context of a call under /nodes/ID/: the id, which may be that of no node. */
export const calledNode: ContextKey<string> = createContextKey("", {
  description: "the node that the path names",
});

const NODE_PATH = /^\/nodes\/([^/]+)(\/[^/]+\/[^/]+)$/;

export type HandlerLookup = (path: string) => UniversalHandler | undefined;

export function createHandlerLookup(
  own: readonly UniversalHandler[],
  ofNodes: readonly UniversalHandler[],
): HandlerLookup {
  const ownByPath = byPath(own);
  const ofNodesByPath = byPath(ofNodes);
  return (path) => {
    const handler = ownByPath.get(path);
    if (handler !== undefined) return handler;
    const [, nodeId = "", rest = ""] = NODE_PATH.exec(path) ?? [];
    const shared = ofNodesByPath.get(rest);
    return shared === undefined ? undefined : forNode(shared, nodeId);
  };
}

function byPath(handlers: readonly UniversalHandler[]): Map<string, UniversalHandler> {
  return new Map(handlers.map((handler) => [handler.requestPath, handler]));
}

function forNode(handler: UniversalHandler, nodeId: string): UniversalHandler {
  const call: typeof handler = Object.assign((request: Parameters<UniversalHandler>[0]) => {
    request.contextValues?.set(calledNode, nodeId);
    return handler(request);
  }, handler);
  return call;
}
