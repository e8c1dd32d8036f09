/** Which transactions concern a room: its own, and changes of leader, which concern every room. */
import type { Transaction } from "../game/transaction.js";

/** The same list if it needs no filtering; the empty name means every room. */
export function inRoom(transactions: readonly Transaction[], room: string): readonly Transaction[] {
  if (room === "" || transactions.every((transaction) => concerns(transaction, room))) {
    return transactions;
  }
  return transactions.filter((transaction) => concerns(transaction, room));
}

/** The rooms that the transactions are about; "all" as soon as one is a change of leader. */
export function roomsTouched(transactions: readonly Transaction[]): ReadonlySet<string> | "all" {
  const touched = new Set<string>();
  for (const transaction of transactions) {
    for (const event of transaction.events) {
      if (event.type === "LeaderEstablished") return "all";
      touched.add(event.room);
    }
  }
  return touched;
}

function concerns(transaction: Transaction, room: string): boolean {
  return transaction.events.some(
    (event) => event.type === "LeaderEstablished" || event.room === room,
  );
}
