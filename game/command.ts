/** Commands: wishes, imperative. A command that check-command.ts let through is well formed. */

export type Command =
  | {
      readonly type: "SetTarget";
      readonly room: string;
      readonly player: string;
      readonly value: number;
      readonly requestId: string;
    }
  | {
      readonly type: "SubmitGuess";
      readonly room: string;
      readonly player: string;
      readonly value: number;
      readonly requestId: string;
    }
  | {
      readonly type: "CloseRound";
      readonly room: string;
      readonly player: string;
      readonly requestId: string;
    };
