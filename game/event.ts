/**
 * Events: facts, past tense. What is in the log is a fact for ever, so an old log never meets new
 * rules. Wire and file form: transaction.ts.
 */

export type GameEvent =
  | { readonly type: "LeaderEstablished"; readonly epoch: number; readonly nodeId: string }
  | {
      readonly type: "TargetSet";
      readonly room: string;
      readonly round: number;
      readonly value: number;
      readonly by: string;
    }
  | {
      readonly type: "GuessSubmitted";
      readonly room: string;
      readonly round: number;
      readonly player: string;
      readonly value: number;
    }
  | {
      readonly type: "RoundClosed";
      readonly room: string;
      readonly round: number;
      readonly winner: string;
      readonly guess: number;
      readonly distance: number;
    };
