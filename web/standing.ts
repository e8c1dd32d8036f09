/** How the page stands to the cluster, always true and in words; a mark and a tone beside them. */
import { age, duration } from "../client/durations.js";
import { standingOf } from "../client/session-model.js";
import { quorumInWords } from "../client/session-words.js";
import type { PageModel } from "./page-model.js";

export interface StandingWords {
  readonly mark: string;
  readonly tone: "good" | "warn" | "bad";
  readonly words: string;
}

export function standingInWords({ session, nowMs, isAsleep }: PageModel): StandingWords {
  const { connection, status } = session;
  if (isAsleep) return { mark: "◌", tone: "warn", words: "asleep: the tab was hidden" };
  const sinceMs = nowMs - connection.sinceMs;
  switch (standingOf(session)) {
    case "live":
      return { mark: "●", tone: "good", words: `live, ${status?.leaderId ?? "?"} leads` };
    case "joining":
      return { mark: "◌", tone: "warn", words: `joining ${age(sinceMs)}` };
    case "electing": {
      const quorum = quorumInWords(session);
      if (quorum !== undefined) return { mark: "✕", tone: "bad", words: quorum };
      const electingMs = nowMs - session.statusSinceMs;
      return { mark: "◌", tone: "warn", words: `electing ${duration(electingMs)}` };
    }
    case "lost":
      return { mark: "✕", tone: "bad", words: `reconnecting ${duration(sinceMs)}` };
  }
}
