/**
 * Peers that ask and then do not read: the answer waits in its buffers, and with it whatever was
 * opened for it, such as a place among the watchers. Who takes nothing at all for long enough is
 * given up. A slow peer is not: every piece that it takes begins its time anew.
 */
import { abandon } from "./abandon.js";
import type { HttpResponse } from "./front-port.js";

/** Gives the answer up once nothing of it moved for `stallMs` although something waits. */
export function abandonWhenStalled(response: HttpResponse, stallMs: number): void {
  response.setTimeout(stallMs, () => {
    if (!waitsForPeer(response)) {
      // Silent, for it had nothing to send.
      response.setTimeout(stallMs);
      return;
    }
    abandon(response);
    // If the whole connection is stuck, the news cannot leave; what was opened ends all the same.
    if ("stream" in response) response.stream.destroy();
  });
}

function waitsForPeer(response: HttpResponse): boolean {
  const writable = "stream" in response ? response.stream : response;
  return writable.writableEnded ? !writable.writableFinished : writable.writableNeedDrain;
}
