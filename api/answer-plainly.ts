/** A whole answer in plain text, for whatever is no call of a service. */
import type { HttpResponse } from "./front-port.js";

/** Does nothing if an answer has begun or nobody is there any more. To HEAD no text is sent. */
export function answerPlainly(response: HttpResponse, status: number, text: string): void {
  if (response.headersSent || !response.writable) return;
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" });
  if (response.req.method === "HEAD") response.end();
  else response.end(text);
}
